/** Postgres with pgvector in the cluster: one replica, one volume, reachable inside only. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import type { StatefulSetPostgres } from "../../topology/types";
import { fixedName, labelsOf, refuse, transformed, type Transform } from "./component";
import type { Home } from "./home";
import { containerSecurity, podSecurity } from "./pod";
import { SecretBundle } from "./secret-bundle";
import { randomValue, secretText, type SecretText } from "./secret-text";

export interface PostgresStoreArgs {
    readonly home: Home;
    readonly store: StatefulSetPostgres;
    readonly transform?: {
        readonly volume?: Transform<k8s.core.v1.PersistentVolumeClaimArgs>;
        readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs>;
    };
}

/** The role that the services connect as; row-level security applies to it. The migration makes it. */
export const appRole = "agent_platform_app";

/**
 * A StatefulSet, its volume, its ClusterIP Service and the passwords of its owner and of the services.
 * The volume is a claim of its own and not a template of the StatefulSet: so it can grow and be protected.
 */
export class PostgresStore extends pulumi.ComponentResource {
    /** `database` for the services, `database-owner` for the migration. */
    readonly secrets: { readonly database: SecretBundle; readonly "database-owner": SecretBundle };
    /** For callers in other namespaces, as the role of the services. */
    readonly sessionUrl: SecretText;
    /** Ready when it answers queries. */
    readonly statefulSet: k8s.apps.v1.StatefulSet;

    constructor(name: string, args: PostgresStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:PostgresStore", name, {}, opts);
        const { home, store, transform = {} } = args;
        refuse(this, "PostgresStore", name, home.images[store.image] === undefined ? [`store.image: the home has no image "${store.image}"`] : []);
        const metadata = { name: store.name, namespace: home.namespace, labels: labelsOf(store.name, store.owner) };
        const selector = { [nameLabel]: store.name };
        const kept = { parent: this, protect: home.protect };

        const password = (user: string) => randomValue(home.secretSource, `${name}-${user}-password`, 32, kept);
        const passwords = { owner: password("owner"), app: password("app") };
        const url = (user: string, secret: SecretText, host: pulumi.Input<string> = store.name) => secretText`postgres://${user}:${secret}@${host}:${store.port}/${store.database}`;
        this.sessionUrl = url(appRole, passwords.app, pulumi.interpolate`${store.name}.${home.namespace}.svc`);
        const bundle = (bundleName: "database" | "database-owner", user: string, secret: SecretText) =>
            new SecretBundle(bundleName, { namespace: home.namespace, values: { url: url(user, secret), password: secret } }, { parent: this });
        this.secrets = { database: bundle("database", appRole, passwords.app), "database-owner": bundle("database-owner", store.user, passwords.owner) };

        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const volume = new k8s.core.v1.PersistentVolumeClaim(`${name}-volume`, ...transformed(transform.volume, {
            // Most classes bind a volume when its first pod is scheduled: waiting here would be waiting for ever.
            metadata: { ...metadata, name: `${store.name}-data`, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { accessModes: ["ReadWriteOnce"], ...(home.storageClass === undefined ? {} : { storageClassName: home.storageClass }), resources: { requests: { storage: store.size } } },
        }, fixedName(this, { protect: home.protect })));
        const address = new k8s.core.v1.Service(`${name}-address`, {
            metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { type: "ClusterIP", selector, ports: [{ name: "postgres", port: store.port, targetPort: store.port, protocol: "TCP" }] },
        }, fixedName(this));
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } } }, fixedName(this));
        this.statefulSet = new k8s.apps.v1.StatefulSet(`${name}-set`, ...transformed(transform.statefulSet, {
            metadata,
            spec: {
                replicas: 1,
                serviceName: address.metadata.name,
                revisionHistoryLimit: 3,
                selector: { matchLabels: selector },
                template: {
                    metadata: { labels: labelsOf(store.name, store.owner), annotations: { "agent-platform/secrets": this.secrets["database-owner"].checksum } },
                    spec: {
                        serviceAccountName: account.metadata.name,
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        priorityClassName: home.priorities.data,
                        terminationGracePeriodSeconds: store.graceSeconds,
                        securityContext: podSecurity(store.image),
                        containers: [postgresContainer(store, home.images[store.image]!)],
                        volumes: [
                            { name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } },
                            { name: "secrets", secret: { secretName: this.secrets["database-owner"].secretName, defaultMode: 0o440, items: [{ key: "password", path: "password" }] } },
                            { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
                            { name: "sockets", emptyDir: { sizeLimit: "1Mi" } },
                            // Parallel index builds of pgvector need more shared memory than the 64 MiB of a container.
                            { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
                        ],
                    },
                },
            },
        }, fixedName(this, { dependsOn: [...home.guards] })));
        this.registerOutputs({});
    }
}

function postgresContainer(store: StatefulSetPostgres, image: pulumi.Input<string>): k8s.types.input.core.v1.Container {
    // Over TCP: while it sets itself up, Postgres answers on its socket alone and is not ready.
    const answers = { exec: { command: ["pg_isready", "--quiet", "--host=127.0.0.1", `--port=${store.port}`, `--username=${store.user}`, `--dbname=${store.database}`] } };
    return {
        name: store.name,
        image,
        imagePullPolicy: "IfNotPresent",
        ports: [{ containerPort: store.port, protocol: "TCP" }],
        env: [
            { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
            { name: "POSTGRES_DB", value: store.database },
            { name: "POSTGRES_INITDB_ARGS", value: "--encoding=UTF-8 --lc-collate=C --lc-ctype=C --auth-host=scram-sha-256" },
            { name: "POSTGRES_PASSWORD_FILE", value: "/run/secrets/agent-platform/password" },
            { name: "POSTGRES_USER", value: store.user },
        ],
        resources: { requests: { ...store.resources.requests }, limits: { ...store.resources.limits } },
        securityContext: containerSecurity,
        // Ten minutes: after a crash it replays its log before it answers.
        startupProbe: { ...answers, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 300 },
        readinessProbe: { ...answers, periodSeconds: 5, timeoutSeconds: 3 },
        livenessProbe: { tcpSocket: { port: store.port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 },
        volumeMounts: [
            { name: "data", mountPath: "/var/lib/postgresql/data" },
            { name: "secrets", mountPath: "/run/secrets/agent-platform", readOnly: true },
            { name: "tmp", mountPath: "/tmp" },
            { name: "sockets", mountPath: "/var/run/postgresql" },
            { name: "shared-memory", mountPath: "/dev/shm" },
        ],
    };
}
