/** NATS with JetStream in the cluster: an odd number of servers that agree on what is in a stream. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import type { Nats } from "../../topology/types";
import { fixedName, labelsOf, refuse, transformed, type Transform } from "./component";
import type { Home } from "./home";
import { containerSecurity, podSecurity, poolOf } from "./pod";
import { SecretBundle } from "./secret-bundle";
import { joined, randomValue, secretText, type SecretText } from "./secret-text";

export interface NatsStoreArgs {
    readonly home: Home;
    readonly store: Nats;
    readonly transform?: { readonly statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs> };
}

const secretsFolder = "/run/secrets/agent-platform";
const routePort = 6222;

/** A StatefulSet with a volume for each server: a message that was taken is on the disks of a majority. */
export class NatsStore extends pulumi.ComponentResource {
    readonly secrets: { readonly nats: SecretBundle };
    /** Ready when every server follows the others. */
    readonly statefulSet: k8s.apps.v1.StatefulSet;

    constructor(name: string, args: NatsStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:NatsStore", name, {}, opts);
        const { home, store, transform = {} } = args;
        refuse(this, "NatsStore", name, [
            ...(home.images[store.image] === undefined ? [`store.image: the home has no image "${store.image}"`] : []),
            ...(store.replicas % 2 === 1 ? [] : [`store.replicas: ${store.replicas} servers cannot lose more than ${store.replicas - 1} can; choose an odd number`]),
        ]);
        const metadata = { name: store.name, namespace: home.namespace, labels: labelsOf(store.name, store.owner) };
        const selector = { [nameLabel]: store.name };
        const nodes = `${store.name}-nodes`;
        const secret = (purpose: string) => randomValue(home.secretSource, `${name}-${purpose}-password`, 32, { parent: this });
        const passwords = { client: secret("client"), route: secret("route") };
        this.secrets = {
            nats: new SecretBundle("nats", {
                namespace: home.namespace,
                values: {
                    url: secretText`nats://agent-platform:${passwords.client}@${store.name}:${store.port}`,
                    "access.conf": accessOf(passwords.client, passwords.route, store.name, nodes, store.replicas),
                },
            }, { parent: this }),
        };
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const settings = new k8s.core.v1.ConfigMap(`${name}-settings`, { metadata, data: { "nats.conf": serverConfig(store) } }, fixedName(this));
        const quiet = { "pulumi.com/skipAwait": "true" };
        const ports = [{ name: "nats", port: store.port, targetPort: store.port, protocol: "TCP" }, { name: "monitor", port: store.monitor, targetPort: store.monitor, protocol: "TCP" }];
        new k8s.core.v1.Service(`${name}-address`, { metadata: { ...metadata, annotations: quiet }, spec: { type: "ClusterIP", selector, ports } }, fixedName(this));
        const names = new k8s.core.v1.Service(`${name}-nodes`, {
            metadata: { ...metadata, name: nodes, annotations: quiet },
            // Servers look each other up before any of them is ready.
            spec: { type: "ClusterIP", clusterIP: "None", publishNotReadyAddresses: true, selector, ports: [...ports, { name: "route", port: routePort, targetPort: routePort, protocol: "TCP" }] },
        }, fixedName(this));
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } } }, fixedName(this));
        this.statefulSet = new k8s.apps.v1.StatefulSet(`${name}-set`, ...transformed(transform.statefulSet, {
            metadata,
            spec: {
                replicas: store.replicas,
                serviceName: names.metadata.name,
                podManagementPolicy: "Parallel",
                revisionHistoryLimit: 3,
                selector: { matchLabels: selector },
                persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
                volumeClaimTemplates: [{ metadata: { name: "data", labels: labelsOf(store.name, store.owner) }, spec: { accessModes: ["ReadWriteOnce"], ...(home.storageClass === undefined ? {} : { storageClassName: home.storageClass }), resources: { requests: { storage: store.size } } } }],
                template: {
                    metadata: { labels: labelsOf(store.name, store.owner), annotations: { "agent-platform/secrets": this.secrets.nats.checksum } },
                    spec: {
                        serviceAccountName: account.metadata.name,
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        priorityClassName: home.priorities.data,
                        terminationGracePeriodSeconds: store.graceSeconds,
                        securityContext: podSecurity(store.image),
                        ...poolOf(store),
                        // Two servers on one machine would be lost together, and with them the majority.
                        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: selector } }],
                        containers: [natsContainer(store, home.images[store.image]!)],
                        volumes: [
                            { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
                            { name: "settings", configMap: { name: settings.metadata.name } },
                            { name: "secrets", secret: { secretName: this.secrets.nats.secretName, defaultMode: 0o440, items: [{ key: "access.conf", path: "access.conf" }] } },
                        ],
                    },
                },
            },
        }, fixedName(this, { protect: home.protect, dependsOn: [...home.guards] })));
        this.registerOutputs({});
    }
}

/** The server's own configuration; passwords and the routes that carry one come in from a secret file. */
export function serverConfig(store: Nats): string {
    return [
        "server_name: $POD_NAME",
        `port: ${store.port}`,
        `http_port: ${store.monitor}`,
        // In its own time it hands its streams over before it stops.
        `lame_duck_duration: "${Math.max(10, store.graceSeconds - 15)}s"`,
        'lame_duck_grace_period: "5s"',
        "max_payload: 1MB",
        "jetstream {",
        '  store_dir: "/data"',
        `  max_file_store: ${store.size.replace(/i$/, "iB")}`,
        "  max_memory_store: 64MiB",
        "}",
        // Paths are taken from the folder of this file.
        `include ../../${secretsFolder.slice(1)}/access.conf`,
        "",
    ].join("\n");
}

/** Who may connect, and what for: clients to the platform's own subjects, servers to each other. */
export function accessOf(client: SecretText, route: SecretText, name: string, nodes: string, replicas: number): SecretText {
    const routes = Array.from({ length: replicas }, (_, index) => secretText`"nats-route://route:${route}@${name}-${index}.${nodes}:${routePort}"`);
    return joined([
        "authorization {",
        secretText`  users: [{ user: "agent-platform", password: "${client}", permissions: {`,
        '    publish: ["agent-platform.>", "$JS.API.>", "$JS.ACK.>"]',
        '    subscribe: ["agent-platform.>", "_INBOX.>"]',
        "  } }]",
        "}",
        ...(replicas === 1 ? [] : ["cluster {", '  name: "agent-platform"', `  port: ${routePort}`, secretText`  authorization { user: "route", password: "${route}" }`, secretText`  routes: [${joined(routes, ", ")}]`, "}"]),
        "",
    ], "\n");
}

function natsContainer(store: Nats, image: pulumi.Input<string>): k8s.types.input.core.v1.Container {
    const health = (path: string) => ({ httpGet: { path, port: store.monitor }, timeoutSeconds: 3 });
    return {
        name: store.name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: ["--config", "/etc/nats/nats.conf"],
        env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        ports: [{ containerPort: store.port, protocol: "TCP" }, { containerPort: store.monitor, protocol: "TCP" }, { containerPort: routePort, protocol: "TCP" }],
        resources: { requests: { ...store.resources.requests }, limits: { ...store.resources.limits } },
        securityContext: containerSecurity,
        // Until it has caught up with the others; a long log takes its time.
        startupProbe: { ...health("/healthz"), periodSeconds: 2, failureThreshold: 150 },
        readinessProbe: { ...health("/healthz?js-server-only=true"), periodSeconds: 5 },
        livenessProbe: { ...health("/healthz?js-enabled-only=true"), periodSeconds: 10, failureThreshold: 6 },
        volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "tmp", mountPath: "/tmp" },
            { name: "settings", mountPath: "/etc/nats", readOnly: true },
            { name: "secrets", mountPath: secretsFolder, readOnly: true },
        ],
    };
}
