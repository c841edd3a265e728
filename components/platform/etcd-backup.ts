/** A copy of etcd every hour, encrypted for a key that is not in the cluster, in a bucket that nobody can empty. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { containerSecurity } from "../parts/pod";
import type { Bucket } from "./buckets";
import { custom } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface EtcdBackupArgs {
    readonly home: PlatformHome;
    /** Namespace that the machines' configuration lets ask for a copy. */
    readonly namespace: string;
    /** talos-backup, by digest. */
    readonly image: pulumi.Input<string>;
    /** When, as cron writes it. */
    readonly schedule: string;
    readonly bucket: Bucket;
    readonly clusterName: string;
    /** Public half of an age key; the private half lies where the runbook says. */
    readonly ageRecipient: string;
}

export class EtcdBackup extends pulumi.ComponentResource {
    constructor(name: string, args: EtcdBackupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:EtcdBackup", name, {}, opts);
        const { home, bucket, schedule, ageRecipient } = args;
        refuse(this, "EtcdBackup", name, [
            ...(/^age1[a-z0-9]{58}$/.test(ageRecipient) ? [] : ["ageRecipient: is no public key of age (age1…)"]),
            ...(/^(\S+ ){4}\S+$/.test(schedule) ? [] : [`schedule: "${schedule}" has no five fields`]),
        ]);
        const space = new PlatformNamespace(args.namespace, {
            home,
            level: "restricted",
            signed: true,
            // The Talos API of the control planes, and the bucket.
            outgoing: [{ to: { cidrs: home.apiServer.cidrs }, ports: [50000] }, { to: "itself" }, { to: "internet", ports: [443] }],
        }, { parent: this });
        const metadata = { name: "etcd-backup", namespace: space.namespace, labels: { ...common, "app.kubernetes.io/name": "etcd-backup" } };
        // Talos makes the Secret of the same name, with a certificate that may do nothing but copy etcd.
        const access = custom(this, `${name}-talos-access`, { apiVersion: "talos.dev/v1alpha1", kind: "ServiceAccount", name: "talos-access", namespace: space.namespace, spec: { roles: ["os:etcd:backup"] } });
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const credentials = new k8s.core.v1.Secret(`${name}-bucket`, { metadata: { ...metadata, name: "bucket" }, stringData: pulumi.secret({ "access-key": bucket.accessKey, "secret-key": bucket.secretKey }) }, fixedName(this));
        const from = (variable: string, key: string) => ({ name: variable, valueFrom: { secretKeyRef: { name: credentials.metadata.name, key } } });
        new k8s.batch.v1.CronJob(`${name}-job`, {
            metadata,
            spec: {
                schedule,
                timeZone: "Etc/UTC",
                concurrencyPolicy: "Forbid",
                startingDeadlineSeconds: 600,
                successfulJobsHistoryLimit: 3,
                failedJobsHistoryLimit: 3,
                jobTemplate: {
                    spec: {
                        backoffLimit: 3,
                        activeDeadlineSeconds: 900,
                        ttlSecondsAfterFinished: 86_400,
                        template: {
                            metadata: { labels: metadata.labels },
                            spec: {
                                serviceAccountName: account.metadata.name,
                                automountServiceAccountToken: false,
                                enableServiceLinks: false,
                                restartPolicy: "OnFailure",
                                securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
                                containers: [{
                                    name: "etcd-backup",
                                    image: args.image,
                                    imagePullPolicy: "IfNotPresent",
                                    command: ["/talos-backup"],
                                    workingDir: "/tmp",
                                    env: [
                                        { name: "AGE_X25519_PUBLIC_KEY", value: ageRecipient },
                                        from("AWS_ACCESS_KEY_ID", "access-key"),
                                        { name: "AWS_REGION", value: bucket.region },
                                        from("AWS_SECRET_ACCESS_KEY", "secret-key"),
                                        { name: "BUCKET", value: bucket.bucket },
                                        { name: "CLUSTER_NAME", value: args.clusterName },
                                        { name: "CUSTOM_S3_ENDPOINT", value: `https://${bucket.endpoint}` },
                                        { name: "ENABLE_COMPRESSION", value: "true" },
                                    ],
                                    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
                                    securityContext: containerSecurity,
                                    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, { name: "talos", mountPath: "/var/run/secrets/talos.dev", readOnly: true }],
                                }],
                                volumes: [
                                    // A whole copy of etcd, before and after it is encrypted.
                                    { name: "tmp", emptyDir: { sizeLimit: "4Gi" } },
                                    { name: "talos", secret: { secretName: "talos-access", defaultMode: 0o440 } },
                                ],
                            },
                        },
                    },
                },
            },
        }, fixedName(this, { dependsOn: [access, ...space.guards] }));
        this.registerOutputs({});
    }
}
