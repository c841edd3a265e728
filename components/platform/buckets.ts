/** A bucket of an S3-compatible store, as what writes to it sees it. */
import type * as pulumi from "@pulumi/pulumi";

export interface Bucket {
    /** Host name of the store: `nbg1.your-objectstorage.com`. */
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: pulumi.Input<string>;
    /** Secret. */
    readonly accessKey: pulumi.Input<string>;
    /** Secret. */
    readonly secretKey: pulumi.Input<string>;
}
