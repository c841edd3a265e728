/** Buckets of Hetzner's object store that nobody can empty: objects in them cannot be deleted before their time. */
import { S3Bucket } from "@pulumi/minio/s3bucket";
import { S3BucketVersioning } from "@pulumi/minio/s3bucketVersioning";
import * as pulumi from "@pulumi/pulumi";
import type { Bucket } from "../../platform/buckets";

export interface ObjectStoreArgs {
    readonly endpoint: string;
    readonly region: string;
    /** Secret. */
    readonly accessKey: pulumi.Input<string>;
    /** Secret. */
    readonly secretKey: pulumi.Input<string>;
    /** Before each bucket's name: names are taken across all customers. */
    readonly prefix: string;
    /** What each is for: `etcd` becomes `<prefix>-etcd`. */
    readonly purposes: readonly string[];
    readonly protect: boolean;
}

export class ObjectStore extends pulumi.ComponentResource {
    private readonly made: ReadonlyMap<string, Bucket>;

    constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:ObjectStore", name, {}, opts);
        const { endpoint, region, prefix, protect } = args;
        this.made = new Map(args.purposes.map((purpose): [string, Bucket] => {
            // The lock can only be set when a bucket is made; how long it holds is set once, see docs/runbooks/hetzner.md.
            const bucket = new S3Bucket(`${name}-${purpose}`, { bucket: `${prefix}-${purpose}`, acl: "private", objectLocking: true, forceDestroy: false }, { parent: this, protect });
            const versions = new S3BucketVersioning(`${name}-${purpose}-versions`, { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } }, { parent: this });
            return [purpose, { endpoint, region, bucket: versions.bucket, accessKey: pulumi.secret(args.accessKey), secretKey: pulumi.secret(args.secretKey) }];
        }));
        this.registerOutputs({});
    }

    /** @throws when nobody asked for a bucket with this purpose */
    bucket(purpose: string): Bucket {
        const found = this.made.get(purpose);
        if (found === undefined) throw new Error(`there is no bucket for "${purpose}"; there are ${[...this.made.keys()].join(", ")}`);
        return found;
    }
}
