/** Storage: Longhorn keeps copies of each volume on several machines, encrypted, and snapshots of them in a bucket. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { common, fixedName, refuse } from "../parts/component";
import type { Bucket } from "./buckets";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface LonghornArgs {
    readonly home: PlatformHome;
    /** Copies of each volume: with 3 of them any 2 machines may be lost. @default 3 */
    readonly replicas?: number;
    /** Where snapshots go; nobody can delete them before their time. */
    readonly backups: Bucket;
    /** When, as cron writes it, and how many are kept. */
    readonly schedule: { readonly cron: string; readonly keep: number };
}

/** Names of the StorageClasses. */
export const storageClasses = {
    /** Copies on several machines. */
    durable: "longhorn-encrypted",
    /** One copy on the machine's own NVMe, for databases that copy themselves. */
    local: "local-nvme",
} as const;

export class Longhorn extends pulumi.ComponentResource {
    /** Volumes can be made. */
    readonly ready: readonly pulumi.Resource[];

    constructor(name: string, args: LonghornArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Longhorn", name, {}, opts);
        const { home, replicas = 3, backups, schedule } = args;
        refuse(this, "Longhorn", name, [
            ...(Number.isInteger(replicas) && replicas >= 3 ? [] : [`replicas: ${replicas} do not survive the loss of two machines`]),
            ...(/^(\S+ ){4}\S+$/.test(schedule.cron) ? [] : [`schedule.cron: "${schedule.cron}" has no five fields`]),
            ...(schedule.keep >= 1 ? [] : [`schedule.keep: ${schedule.keep} keeps no backup`]),
        ]);
        // It mounts disks of the machine for other pods, which no lower level allows.
        const space = new PlatformNamespace("longhorn-system", {
            home,
            level: "privileged",
            keepsData: true,
            incoming: [{ to: "itself" }, { to: { cidrs: home.apiServer.cidrs }, ports: [9501, 9502, 9503] }, { to: { namespace: "monitoring" }, ports: [9500] }, { to: { namespace: "authentik" }, ports: [8000] }],
            outgoing: [{ to: "itself" }, { to: "api-server" }, { to: "internet", ports: [443] }],
        }, { parent: this });
        const credentials = new k8s.core.v1.Secret(`${name}-backup-credentials`, {
            metadata: { name: "backup-credentials", namespace: space.namespace, labels: { ...common } },
            stringData: pulumi.secret({ AWS_ACCESS_KEY_ID: backups.accessKey, AWS_SECRET_ACCESS_KEY: backups.secretKey, AWS_ENDPOINTS: pulumi.interpolate`https://${backups.endpoint}` }),
        }, fixedName(this));
        const installed = release(this, name, {
            home,
            chart: "longhorn",
            namespace: space,
            timeout: 900,
            values: {
                persistence: { defaultClass: false, defaultClassReplicaCount: replicas },
                preUpgradeChecker: { jobEnabled: false },
                longhornUI: { replicas: 2 },
                metrics: { serviceMonitor: { enabled: true } },
                defaultBackupStore: { backupTarget: pulumi.interpolate`s3://${backups.bucket}@${backups.region}/`, backupTargetCredentialSecret: "backup-credentials", pollInterval: 300 },
                defaultSettings: {
                    createDefaultDiskLabeledNodes: false,
                    defaultReplicaCount: replicas,
                    // Two copies on one machine would be lost together.
                    replicaSoftAntiAffinity: false,
                    replicaAutoBalance: "best-effort",
                    nodeDownPodDeletionPolicy: "delete-both-statefulset-and-deployment-pod",
                    nodeDrainPolicy: "block-if-contains-last-replica",
                    storageMinimalAvailablePercentage: 15,
                    concurrentReplicaRebuildPerNodeLimit: 2,
                    orphanResourceAutoDeletion: "replica-data",
                },
            },
        }, { dependsOn: [credentials] });

        const key = new random.RandomPassword(`${name}-volume-key`, { length: 64, special: false }, { parent: this, protect: home.protect });
        const crypto = new k8s.core.v1.Secret(`${name}-crypto`, {
            metadata: { name: "longhorn-crypto", namespace: space.namespace, labels: { ...common } },
            stringData: pulumi.secret({ CRYPTO_KEY_VALUE: key.result, CRYPTO_KEY_PROVIDER: "secret", CRYPTO_KEY_CIPHER: "aes-xts-plain64", CRYPTO_KEY_HASH: "sha256", CRYPTO_KEY_SIZE: "256", CRYPTO_PBKDF: "argon2i" }),
        }, fixedName(this, { protect: home.protect }));
        const classOf = (className: string, parameters: Record<string, string>) => new k8s.storage.v1.StorageClass(`${name}-${className}`, {
            metadata: { name: className, labels: { ...common } },
            provisioner: "driver.longhorn.io",
            allowVolumeExpansion: true,
            reclaimPolicy: "Retain",
            volumeBindingMode: "WaitForFirstConsumer",
            parameters: {
                encrypted: "true",
                ...Object.fromEntries(["provisioner", "node-publish", "node-stage", "node-expand"].flatMap((step) => [[`csi.storage.k8s.io/${step}-secret-name`, "longhorn-crypto"], [`csi.storage.k8s.io/${step}-secret-namespace`, "longhorn-system"]])),
                staleReplicaTimeout: "30",
                fsType: "ext4",
                ...parameters,
            },
        }, fixedName(this, { dependsOn: [installed, crypto] }));
        this.ready = [
            classOf(storageClasses.durable, { numberOfReplicas: String(replicas), dataLocality: "best-effort" }),
            // The only copy, on the machine that the pod runs on: reads and writes stay on its NVMe.
            classOf(storageClasses.local, { numberOfReplicas: "1", dataLocality: "strict-local" }),
        ];
        custom(this, `${name}-snapshots`, {
            apiVersion: "longhorn.io/v1beta2",
            kind: "RecurringJob",
            name: "snapshots",
            namespace: space.namespace,
            // `default`: every volume without a group of its own.
            spec: { task: "backup", cron: schedule.cron, retain: schedule.keep, concurrency: 2, groups: ["default"] },
        }, { dependsOn: [installed] });
        this.registerOutputs({});
    }
}
