/**
 * Postgres run by CloudNativePG: a primary and standbys in other zones, PgBouncer before them, a base backup each night
 * and the write-ahead log in a bucket as it is written, so that minutes and not a day can be lost.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import type { CloudNativePostgres } from "../../topology/types";
import { common, fixedName, labelsOf, refuse, transformed, type Transform } from "../parts/component";
import { customResource } from "../parts/custom-resource";
import type { Home } from "../parts/home";
import { appRole } from "../parts/postgres-store";
import { containerSecurity, poolOf, users } from "../parts/pod";
import { kubernetesSecret, SecretBundle } from "../parts/secret-bundle";
import { randomValue, secretText, type SecretText } from "../parts/secret-text";
import { resolveKubernetesArgs, type KubernetesArgs } from "./args";
import { inKubernetes, type Database, type RunningStore } from "./in-kubernetes";

/** A bucket, and how the database proves that it may write there. */
export interface Archive {
    /** `s3://bucket/path` or `gs://bucket/path`. */
    readonly url: pulumi.Input<string>;
    /** Keys of an S3-compatible bucket, or the workload identity of a Google service account. */
    readonly access:
        | { readonly kind: "s3"; readonly endpoint: string; readonly accessKey: pulumi.Input<string>; readonly secretKey: pulumi.Input<string> }
        | { readonly kind: "google"; readonly serviceAccount: pulumi.Input<string> };
}

export interface CloudNativeForm {
    readonly kind: "cloudnativepg";
    /** Where backups and the write-ahead log go. @default nowhere: what a volume loses is lost */
    readonly archive?: Archive | undefined;
    /** How long backups are kept. @default "30d" */
    readonly keep?: string;
    /** When the base backup is taken, with seconds first. @default at 02:00 each day */
    readonly schedule?: string;
    /** Whether Prometheus' operator is there to read how the database is. @default false */
    readonly monitored?: boolean;
    readonly transform?: { readonly cluster?: Transform<k8s.apiextensions.CustomResourceArgs> };
}

export interface CloudNativeArgs extends KubernetesArgs {
    readonly form: CloudNativeForm;
}

const apiVersion = "postgresql.cnpg.io/v1";

/** PgBouncer's settings, to which CloudNativePG adds what libpq needs. */
export const poolerParameters = {
    max_client_conn: "1000",
    default_pool_size: "25",
    // Drivers prepare statements; PgBouncer keeps them in transaction mode when it may.
    max_prepared_statements: "200",
    // It would refuse a connection that asks for these. They hold all the same: the services' role has them.
    ignore_startup_parameters: "statement_timeout,idle_in_transaction_session_timeout",
} as const;

export function cloudNativePg(component: pulumi.ComponentResource, name: string, args: CloudNativeArgs): Database {
    const resolved = resolveKubernetesArgs(args, "cloudnativepg", (problems) => refuse(component, "RagService", name, [...problems, ...formProblems(args)]));
    return inKubernetes(component, resolved, database(component, resolved.home, resolved.store as CloudNativePostgres, args.form));
}

function formProblems({ form, share, home }: CloudNativeArgs): string[] {
    const store = share.stores.find((one): one is CloudNativePostgres => one.form === "cloudnativepg");
    const problems: string[] = [];
    if (store?.archive !== undefined && form.archive === undefined) problems.push(`form.archive: "${store.name}" is to be archived in "${store.archive}", and nothing says how to get there`);
    if (store?.archive === undefined && form.archive !== undefined) problems.push("form.archive: the topology has no archive, so no flow lets the database reach it");
    if (store !== undefined && store.replicas < 2) problems.push(`share.stores: "${store.name}" has ${store.replicas} instance; nothing takes over from one`);
    if (store?.pooler !== undefined && home.images.pgbouncer === undefined) problems.push('store.pooler: the home has no image "pgbouncer"');
    if (store !== undefined && home.images[store.image] === undefined) problems.push(`store.image: the home has no image "${store.image}"`);
    return problems;
}

function database(component: pulumi.ComponentResource, home: Home, store: CloudNativePostgres, form: CloudNativeForm): RunningStore {
    const { namespace, protect } = home;
    const kept = { parent: component, protect };
    const labels = labelsOf(store.name, store.owner);
    const clusterName = `${store.name}-cluster`;
    const direct = `${clusterName}-rw`;

    const password = (user: string) => randomValue(home.secretSource, `${store.name}-${user}-password`, 32, kept);
    const passwords = { owner: password("owner"), app: password("app") };
    const url = (host: pulumi.Input<string>, user: string, secret: SecretText) => secretText`postgres://${user}:${secret}@${host}:${store.port}/${store.database}`;
    const secrets = {
        database: new SecretBundle("database", {
            namespace,
            values: {
                url: url(store.pooler === undefined ? direct : store.name, appRole, passwords.app),
                "session-url": url(direct, appRole, passwords.app),
                password: passwords.app,
            },
        }, { parent: component }),
        "database-owner": new SecretBundle("database-owner", { namespace, values: { url: url(direct, store.user, passwords.owner), password: passwords.owner } }, { parent: component }),
    };
    const login = kubernetesSecret(component, `${store.name}-login`, { namespace, labels, type: "kubernetes.io/basic-auth", values: { username: store.user, password: passwords.owner } });

    const cluster = new k8s.apiextensions.CustomResource(`${store.name}-cluster`, ...transformed<k8s.apiextensions.CustomResourceArgs>(form.transform?.cluster, {
        apiVersion,
        kind: "Cluster",
        metadata: { name: clusterName, namespace, labels },
        spec: {
            instances: store.replicas,
            imageName: home.images[store.image]!,
            postgresUID: users["cloudnative-pg"],
            postgresGID: users["cloudnative-pg"],
            // NetworkPolicies find the pods by these.
            inheritedMetadata: { labels: { [nameLabel]: store.name, ...common } },
            priorityClassName: home.priorities.data,
            enableSuperuserAccess: false,
            primaryUpdateStrategy: "unsupervised",
            primaryUpdateMethod: "switchover",
            stopDelay: store.graceSeconds,
            affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "topology.kubernetes.io/zone", ...poolOf(store) },
            resources: store.resources,
            storage: { size: store.size, ...(home.storageClass === undefined ? {} : { storageClass: home.storageClass }), resizeInUseVolumes: true },
            bootstrap: {
                initdb: {
                    database: store.database,
                    owner: store.user,
                    secret: { name: login.secretName },
                    encoding: "UTF8",
                    localeCollate: "C",
                    localeCType: "C",
                    // The migration makes the role of the services, as the owner.
                    postInitSQL: [`alter role ${store.user} createrole`],
                    postInitApplicationSQL: ["create extension if not exists vector"],
                },
            },
            postgresql: {
                parameters: {
                    // Even when nobody writes, a piece of the log leaves every five minutes.
                    archive_timeout: "300",
                    max_connections: "200",
                    password_encryption: "scram-sha-256",
                    log_connections: "on",
                    log_disconnections: "on",
                },
                // A write is kept by two before it is confirmed; with one alone it goes on.
                synchronous: { method: "any", number: 1, dataDurability: "preferred" },
            },
            monitoring: { enablePodMonitor: form.monitored ?? false },
            ...(form.archive === undefined ? {} : archived(component, home, store, form.archive, form.keep ?? "30d")),
        },
    }, fixedName(component, { protect, dependsOn: [...home.guards] })));

    if (form.archive !== undefined) {
        customResource(component, `${store.name}-nightly`, {
            apiVersion,
            kind: "ScheduledBackup",
            name: `${store.name}-nightly`,
            namespace,
            labels,
            spec: { schedule: form.schedule ?? "0 0 2 * * *", immediate: true, backupOwnerReference: "self", cluster: { name: clusterName }, method: "barmanObjectStore" },
        }, { dependsOn: [cluster] });
    }
    const running = store.pooler === undefined ? cluster : pooler(component, home, store, store.pooler, clusterName, cluster);
    return { secrets, running, sessionUrl: url(pulumi.interpolate`${direct}.${namespace}.svc`, appRole, passwords.app) };
}

/** Backup and archive of the cluster, and the proof that it may write there. */
function archived(component: pulumi.ComponentResource, home: Home, store: CloudNativePostgres, { url, access }: Archive, keep: string): Record<string, unknown> {
    const how =
        access.kind === "google"
            ? { googleCredentials: { gkeEnvironment: true } }
            : { endpointURL: access.endpoint, s3Credentials: s3Credentials(new SecretBundle("objects", { namespace: home.namespace, values: { "access-key": access.accessKey, "secret-key": access.secretKey } }, { parent: component }).secretName) };
    return {
        backup: {
            retentionPolicy: keep,
            barmanObjectStore: { destinationPath: url, serverName: store.name, ...how, wal: { compression: "gzip", maxParallel: 4 }, data: { compression: "gzip", jobs: 2 } },
        },
        ...(access.kind === "google" ? { serviceAccountTemplate: { metadata: { annotations: { "iam.gke.io/gcp-service-account": access.serviceAccount } } } } : {}),
    };
}

function s3Credentials(secret: pulumi.Output<string>) {
    return { accessKeyId: { name: secret, key: "access-key" }, secretAccessKey: { name: secret, key: "secret-key" } };
}

/** PgBouncer under the store's own name: callers see one address, and the primary few connections. */
function pooler(component: pulumi.ComponentResource, home: Home, store: CloudNativePostgres, { replicas, mode }: NonNullable<CloudNativePostgres["pooler"]>, cluster: string, after: pulumi.Resource): k8s.apiextensions.CustomResource {
    return customResource(component, `${store.name}-pooler`, {
        apiVersion,
        kind: "Pooler",
        name: store.name,
        namespace: home.namespace,
        labels: labelsOf(store.name, store.owner),
        spec: {
            cluster: { name: cluster },
            instances: replicas,
            type: "rw",
            pgbouncer: {
                poolMode: mode,
                parameters: poolerParameters,
            },
            template: {
                metadata: { labels: labelsOf(store.name, store.owner) },
                spec: {
                    priorityClassName: home.priorities.data,
                    // CloudNativePG makes this account: its part of the pod reads PgBouncer's settings from the API server.
                    serviceAccountName: store.name,
                    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                    containers: [{ name: "pgbouncer", image: home.images.pgbouncer!, resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } }, securityContext: containerSecurity }],
                },
            },
        },
    }, { dependsOn: [after] });
}
