/** What documents and their queue are kept in at Google: Redis with a standby, and a bucket. The workers are containers of the compute group. */
import * as cloudscheduler from "@pulumi/gcp/cloudscheduler";
import * as kms from "@pulumi/gcp/kms";
import * as projects from "@pulumi/gcp/projects";
import * as redis from "@pulumi/gcp/redis";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as storage from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { parseMemory } from "../../topology/quantities";
import type { Share } from "../../topology/derive";
import type { Bucket, ManagedRedis } from "../../topology/types";
import type { ComputeGroupHome } from "../agent-cluster/compute-group";
import { refuse } from "../parts/component";
import type { CloudSqlDatabase } from "../rag-service/cloud-sql";

export interface GoogleForm {
    readonly kind: "google";
    /** Encrypt the bucket with a key of your own, made here and rotated every 90 days. @default false */
    readonly customerKey?: boolean;
}

export interface GoogleArgs {
    readonly form: GoogleForm;
    /** `home` of an AgentCluster on a compute group. */
    readonly home: ComputeGroupHome;
    /** The Redis, the bucket, the upload service and the workers. */
    readonly share: Share;
    /** `database` of a RagService with Cloud SQL: documents lie in it, and go to the bucket every night. */
    readonly database: CloudSqlDatabase;
}

export interface BuiltGoogle {
    /** Secret values by `bundle/key`. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
    readonly ready: readonly pulumi.Resource[];
    readonly bucket: pulumi.Output<string>;
}

const day = 86_400;

export function google(component: pulumi.ComponentResource, name: string, { form, home, share, database }: GoogleArgs): BuiltGoogle {
    const queue = share.stores.find((store): store is ManagedRedis => store.form === "memorystore");
    const files = share.stores.find((store): store is Bucket => store.form === "gcs");
    refuse(component, "UploadPipeline", name, [
        ...(queue === undefined ? ["share.stores: there is no Redis of Memorystore, and the workers take their documents from it"] : []),
        ...(files === undefined ? ["share.stores: there is no bucket of Cloud Storage"] : []),
        ...(share.services.some((service) => service.port === undefined) ? [] : ["share.services: all have ports; one without must take the uploads from the queue"]),
    ]);
    const kept = { parent: component, protect: home.protect };
    const instance = new redis.Instance(`${name}-redis`, {
        project: home.project, region: home.region, name: home.prefix, displayName: "Agent platform: queue", tier: queue!.highAvailability ? "STANDARD_HA" : "BASIC", memorySizeGb: Math.ceil((parseMemory(queue!.size) ?? 0) / 2 ** 30), redisVersion: "REDIS_7_2",
        authEnabled: true, transitEncryptionMode: "SERVER_AUTHENTICATION", connectMode: "PRIVATE_SERVICE_ACCESS", authorizedNetwork: home.networkId,
        maintenancePolicy: { weeklyMaintenanceWindows: [{ day: "SUNDAY", startTime: { hours: 3, minutes: 0, seconds: 0, nanos: 0 } }] },
        // The queue is a copy of what Postgres knows: it may lose what a crash takes, and is filled again.
        persistenceConfig: { persistenceMode: "DISABLED" },
        labels: { "part-of": "agent-platform" },
    }, { parent: component, dependsOn: [home.peering] });

    const key = form.customerKey === true ? bucketKey(component, name, home) : undefined;
    const bucket = new storage.Bucket(`${name}-files`, {
        project: home.project, name: `${home.project}-${home.prefix}-files`, location: home.region.toUpperCase(), storageClass: "STANDARD", forceDestroy: false,
        uniformBucketLevelAccess: true, publicAccessPrevention: "enforced", versioning: { enabled: files!.versioning }, softDeletePolicy: { retentionDurationSeconds: 7 * day },
        lifecycleRules: [
            { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 30 } },
            { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } },
        ],
        ...(key === undefined ? {} : { encryption: { defaultKmsKeyName: key.id } }),
        labels: { "part-of": "agent-platform" },
    }, { ...kept, dependsOn: key === undefined ? [] : [key.grant] });
    exports(component, name, home, bucket, database);
    const parsing = parserSecrets(new random.RandomPassword(`${name}-parse-key`, { length: 48, special: false }, kept).result, share);
    return {
        secrets: { ...parsing, "redis/url": pulumi.secret(pulumi.interpolate`rediss://:${instance.authString}@${instance.host}:${instance.port}`), "redis/ca": pulumi.secret(instance.serverCaCerts.apply((certificates = []) => certificates.map(({ cert }) => cert).join("\n"))) },
        ready: [instance],
        bucket: bucket.name,
    };
}

/** Every night the whole database, documents and all, goes to the bucket, as an account that can do nothing else. */
function exports(component: pulumi.Resource, name: string, home: ComputeGroupHome, bucket: storage.Bucket, database: CloudSqlDatabase): void {
    const account = new serviceaccount.Account(`${name}-exporter`, { project: home.project, accountId: `${home.prefix}-exporter`, displayName: "Nightly exports of the agent platform" }, { parent: component });
    const grants = [
        new projects.IAMMember(`${name}-exporter-role`, { project: home.project, role: "roles/cloudsql.viewer", member: pulumi.interpolate`serviceAccount:${account.email}` }, { parent: component }),
        // The instance itself writes, under the account that Cloud SQL gave it.
        new storage.BucketIAMMember(`${name}-writer`, { bucket: bucket.name, role: "roles/storage.objectUser", member: pulumi.interpolate`serviceAccount:${database.instance.serviceAccountEmailAddress}` }, { parent: component }),
    ];
    const body = pulumi.jsonStringify({ exportContext: { fileType: "SQL", uri: pulumi.interpolate`gs://${bucket.name}/exports/${database.databaseName}.sql.gz`, databases: [database.databaseName], offload: true } });
    new cloudscheduler.Job(`${name}-export`, {
        project: home.project, region: home.region, name: `${home.prefix}-export`, description: "Database to bucket; older ones stay as versions for 30 days", schedule: "30 3 * * *", timeZone: "Etc/UTC", attemptDeadline: "320s", retryConfig: { retryCount: 3 },
        httpTarget: {
            uri: pulumi.interpolate`https://sqladmin.googleapis.com/v1/projects/${home.project}/instances/${database.instance.name}/export`, httpMethod: "POST", headers: { "Content-Type": "application/json" },
            body: body.apply((text) => Buffer.from(text).toString("base64")),
            oauthToken: { serviceAccountEmail: account.email, scope: "https://www.googleapis.com/auth/cloud-platform" },
        },
    }, { parent: component, dependsOn: grants });
}

/** A key that Cloud Storage may use and nobody else. */
function bucketKey(component: pulumi.Resource, name: string, home: ComputeGroupHome): { readonly id: pulumi.Output<string>; readonly grant: pulumi.Resource } {
    const kept = { parent: component, protect: home.protect };
    const ring = new kms.KeyRing(`${name}-keys`, { project: home.project, location: home.region, name: home.prefix }, kept);
    const key = new kms.CryptoKey(`${name}-key`, { keyRing: ring.id, name: "files", purpose: "ENCRYPT_DECRYPT", rotationPeriod: `${90 * day}s` }, kept);
    const agent = storage.getProjectServiceAccountOutput({ project: home.project }, { parent: component });
    const grant = new kms.CryptoKeyIAMMember(`${name}-key-user`, { cryptoKeyId: key.id, role: "roles/cloudkms.cryptoKeyEncrypterDecrypter", member: pulumi.interpolate`serviceAccount:${agent.emailAddress}` }, { parent: component });
    return { id: key.id, grant };
}

/** The key that the sandbox asks for, and what the worker is told about it. */
function parserSecrets(key: pulumi.Output<string>, share: Share): Record<string, pulumi.Output<string>> {
    const sandbox = share.services.find((service) => service.settings.ROLE === "parse");
    if (sandbox === undefined) return {};
    // To the worker it is a parser like those elsewhere: ours, which takes every kind of file.
    const parsers = (apiKey: string): string => JSON.stringify([{ provider: "fly", url: `http://${sandbox.name}:${sandbox.port}/parse`, apiKey, mediaTypes: ["application/*", "text/*", "image/*", "message/*"] }]);
    return { "parse/key": pulumi.secret(key), "parse/parsers": pulumi.secret(key).apply(parsers) };
}
