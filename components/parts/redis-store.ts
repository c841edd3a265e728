/** Redis in the cluster: a primary, and replicas that follow it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import { parseMemory } from "../../topology/quantities";
import type { InClusterRedis } from "../../topology/types";
import { fixedName, labelsOf, refuse, transformed, type Transform } from "./component";
import type { Home } from "./home";
import { containerSecurity, podSecurity, poolOf } from "./pod";
import { SecretBundle } from "./secret-bundle";
import { randomValue, secretText } from "./secret-text";

export interface RedisStoreArgs {
    readonly home: Home;
    readonly store: InClusterRedis;
    readonly transform?: { readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

const secretsFolder = "/run/secrets/agent-platform";

/**
 * A StatefulSet whose first pod is the primary; the others copy it. One Service leads to the primary, for writes must
 * not end in a copy. When the primary is lost its replacement has the same name and address, and the copies follow it.
 * What is in it may be lost: the queue is filled again from Postgres.
 */
export class RedisStore extends pulumi.ComponentResource {
    readonly secrets: { readonly redis: SecretBundle };
    /** Ready when the primary answers and every copy follows. */
    readonly statefulSet: k8s.apps.v1.StatefulSet;

    constructor(name: string, args: RedisStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:RedisStore", name, {}, opts);
        const { home, store, transform = {} } = args;
        refuse(this, "RedisStore", name, home.images[store.image] === undefined ? [`store.image: the home has no image "${store.image}"`] : []);
        const metadata = { name: store.name, namespace: home.namespace, labels: labelsOf(store.name, store.owner) };
        const selector = { [nameLabel]: store.name };
        const primary = `${store.name}-0`;
        const nodes = `${store.name}-nodes`;

        const password = randomValue(home.secretSource, `${name}-password`, 32, { parent: this });
        this.secrets = {
            redis: new SecretBundle("redis", {
                namespace: home.namespace,
                values: {
                    password,
                    url: secretText`redis://:${password}@${store.name}:${store.port}`,
                    // As a file, because arguments of a process can be read by everybody on the node.
                    "access.conf": secretText`requirepass ${password}\nmasterauth ${password}\n`,
                },
            }, { parent: this }),
        };
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const port = { name: "redis", port: store.port, targetPort: store.port, protocol: "TCP" };
        const quiet = { "pulumi.com/skipAwait": "true" };
        new k8s.core.v1.Service(`${name}-address`, {
            metadata: { ...metadata, annotations: quiet },
            spec: { type: "ClusterIP", selector: { ...selector, "statefulset.kubernetes.io/pod-name": primary }, ports: [port] },
        }, fixedName(this));
        const names = new k8s.core.v1.Service(`${name}-nodes`, {
            metadata: { ...metadata, name: nodes, annotations: quiet },
            // A copy looks its primary up before either is ready.
            spec: { type: "ClusterIP", clusterIP: "None", publishNotReadyAddresses: true, selector, ports: [port] },
        }, fixedName(this));
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } } }, fixedName(this));
        this.statefulSet = new k8s.apps.v1.StatefulSet(`${name}-set`, ...transformed(transform.statefulSet, {
            metadata,
            spec: {
                replicas: store.replicas,
                serviceName: names.metadata.name,
                // The primary does not wait for copies, nor they for each other.
                podManagementPolicy: "Parallel",
                revisionHistoryLimit: 3,
                selector: { matchLabels: selector },
                template: {
                    metadata: { labels: labelsOf(store.name, store.owner), annotations: { "agent-platform/secrets": this.secrets.redis.checksum } },
                    spec: {
                        serviceAccountName: account.metadata.name,
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        priorityClassName: home.priorities.data,
                        terminationGracePeriodSeconds: store.graceSeconds,
                        securityContext: podSecurity(store.image),
                        ...poolOf(store),
                        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } }],
                        containers: [redisContainer(store, `${primary}.${nodes}`, home.images[store.image]!)],
                        volumes: [
                            { name: "data", emptyDir: { sizeLimit: store.size } },
                            { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
                            { name: "secrets", secret: { secretName: this.secrets.redis.secretName, defaultMode: 0o440, items: ["access.conf", "password"].map((key) => ({ key, path: key })) } },
                        ],
                    },
                },
            },
        }, fixedName(this, { dependsOn: [...home.guards] })));
        this.registerOutputs({});
    }
}

function redisContainer(store: InClusterRedis, primary: string, image: pulumi.Input<string>): k8s.types.input.core.v1.Container {
    // Three quarters of the limit: the rest is for copying and for connections.
    const memory = Math.floor(((parseMemory(store.resources.limits.memory) ?? 0) * 0.75) / 2 ** 20);
    const start = [
        `case "$HOSTNAME" in *-0) ;; *) set -- --replicaof ${primary} ${store.port} ;; esac`,
        // A copy that still knows the address of a primary that is gone waits for it only so long: by default a minute.
        `exec redis-server ${secretsFolder}/access.conf --port ${store.port} --dir /data --save "" --appendonly no --repl-ping-replica-period 3 --repl-timeout 10 --maxmemory ${memory}mb --maxmemory-policy noeviction "$@"`,
    ].join("\n");
    const asked = (wanted: string) => ({ exec: { command: ["sh", "-c", `REDISCLI_AUTH="$(cat ${secretsFolder}/password)" redis-cli -p ${store.port} info replication | grep -qE '${wanted}'`] } });
    return {
        name: store.name,
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["sh", "-euc", start, "redis"],
        ports: [{ containerPort: store.port, protocol: "TCP" }],
        resources: { requests: { ...store.resources.requests }, limits: { ...store.resources.limits } },
        securityContext: containerSecurity,
        startupProbe: { ...asked("role:"), periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 60 },
        readinessProbe: { ...asked("role:master|master_link_status:up"), periodSeconds: 5, timeoutSeconds: 3 },
        livenessProbe: { tcpSocket: { port: store.port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 },
        volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "tmp", mountPath: "/tmp" },
            { name: "secrets", mountPath: secretsFolder, readOnly: true },
        ],
    };
}
