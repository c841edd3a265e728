/** Buckets of an S3-compatible store: an object is named by its own name. */
import type { Kind, Vendor } from "../vendor";

const ofBucket: Kind = { id: ({ inputs }) => String(inputs.bucket), immutable: ["bucket"] };

const kinds: Record<string, Kind> = {
    s3Bucket: { id: ({ inputs, name }) => String(inputs.bucket ?? name), immutable: ["bucket", "objectLocking", "bucketPrefix"], defaults: { acl: "private" }, outputs: ({ inputs, name, config }) => ({ bucket: inputs.bucket ?? name, arn: `arn:aws:s3:::${String(inputs.bucket ?? name)}`, bucketDomainName: `https://${String(config.minioServer ?? "s3.simulated.invalid")}/${String(inputs.bucket ?? name)}` }) },
    s3BucketVersioning: ofBucket,
    s3BucketServerSideEncryption: ofBucket,
    s3BucketPolicy: ofBucket,
    s3ObjectLock: ofBucket,
    ilmPolicy: ofBucket,
    iamUser: { id: ({ inputs, name }) => String(inputs.name ?? name), immutable: ["name"] },
    iamPolicy: { id: ({ inputs, name }) => String(inputs.name ?? name), immutable: ["name"] },
};

export const minio: Vendor = {
    name: "minio",
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`minio:index/${name}:${name[0]!.toUpperCase()}${name.slice(1)}`, kind])),
    id: ({ seed }) => seed.of("id").hex(20),
    immutable: () => false,
    autonames: true,
    outside: new Set(["user", "group", "policy"]),
    namesWithoutId: false,
    commonModules: [],
    aliases: { bucket: "s3bucket", "minio:index/s3Bucket:S3Bucket.bucket": "" },
    missing: (name, value) => `The specified ${name} does not exist: ${value} (NoSuchBucket)`,
    inUse: (object) => `The bucket you tried to delete is not empty: ${object.id} (BucketNotEmpty)`,
    exists: (object) => `Your previous request to create the named bucket succeeded and you already own it: ${object.id} (BucketAlreadyOwnedByYou)`,
    invokes: {},
};
