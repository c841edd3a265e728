/** An S3-compatible store: buckets by name, one namespace for all. */
import type { Kind, Vendor } from "../vendor";

const kinds: Record<string, Kind> = {
    s3Bucket: {
        immutable: ["bucket", "bucketPrefix", "objectLocking"],
        id: ({ inputs }) => String(inputs.bucket),
        check: ({ bucket }) => (typeof bucket === "string" && !/^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$/.test(bucket) ? [{ property: "bucket", reason: `Bucket name contains invalid characters: ${bucket}` }] : []),
        outputs: ({ inputs }) => ({ arn: `arn:aws:s3:::${inputs.bucket}`, bucketDomainName: `https://simulated.your-objectstorage.com/minio/${inputs.bucket}` }),
    },
    s3BucketVersioning: { immutable: ["bucket"], id: ({ inputs }) => String(inputs.bucket) },
};

export const minio: Vendor = {
    name: "minio",
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`minio:index/${name}:${name[0]!.toUpperCase()}${name.slice(1)}`, kind])),
    id: ({ seed }) => seed.token(16),
    immutable: () => false,
    autonames: false,
    outside: new Set(),
    namesWithoutId: false,
    commonModules: [],
    missing: (name, value) => `The specified bucket does not exist: ${name} ${value}`,
    inUse: (object, by) => `The bucket you tried to delete is not empty: ${object.id}, ${by.id}`,
    exists: (object) => `Your previous request to create the named bucket succeeded and you already own it: ${object.id}`,
    invokes: {},
};
