/** What the machines are told, as patches of the configuration that Talos generates: plain data, no Pulumi. */

/** The extensions that Longhorn needs: an iSCSI initiator and the tools that mount. */
export const systemExtensions = ["siderolabs/iscsi-tools", "siderolabs/util-linux-tools"] as const;

/** What the image factory builds a machine image from; JSON is YAML too. */
export function schematic(): string {
    return JSON.stringify({ customization: { systemExtensions: { officialExtensions: [...systemExtensions] } } });
}

/** Names and addresses that the patches speak of. */
export interface MachineNetwork {
    /** All addresses of the private network: 10.0.0.0/16. */
    readonly cidr: string;
    /** Address that workers send everything to that is not in the network: the router of the private network. */
    readonly router: string;
    readonly nameServers: readonly string[];
}

export interface MachineConfigArgs {
    readonly network: MachineNetwork;
    /** Host names and addresses that the API servers answer to besides their own. */
    readonly apiNames: readonly string[];
    /** Addresses of pods and of Services. */
    readonly podCidr: string;
    readonly serviceCidr: string;
    /** Manifests that the control plane applies first, each with its version in the address. */
    readonly manifests: readonly string[];
    /** Namespaces whose pods may ask Talos for a copy of etcd. */
    readonly backupNamespaces: readonly string[];
    /** Port of a collector on each machine that takes what Talos logs. @default nobody takes it */
    readonly logPort?: number;
}

type Document = Readonly<Record<string, unknown>>;

/** Patches of every machine. */
export function commonPatches(args: MachineConfigArgs): Document[] {
    return [
        {
            machine: {
                kubelet: {
                    nodeIP: { validSubnets: [args.network.cidr] },
                    // Certificates that others can check; an approver among the manifests signs them.
                    extraArgs: { "rotate-server-certificates": "true" },
                    // Where Longhorn keeps replicas; shared, because it mounts volumes for other pods.
                    extraMounts: [{ destination: "/var/lib/longhorn", type: "bind", source: "/var/lib/longhorn", options: ["bind", "rshared", "rw"] }],
                },
                network: { nameservers: [...args.network.nameServers] },
                // What Talos and its API say of themselves, to the collector on the same machine.
                ...(args.logPort === undefined ? {} : { logging: { destinations: [{ endpoint: `tcp://127.0.0.1:${args.logPort}`, format: "json_lines" }] } }),
                sysctls: { "net.core.somaxconn": "65535" },
                features: {
                    rbac: true,
                    // A load balancer for the API server on every node itself: Cilium finds it before there is a network.
                    kubePrism: { enabled: true, port: kubePrismPort },
                    hostDNS: { enabled: true, forwardKubeDNSToHost: false },
                    ...(args.backupNamespaces.length === 0 ? {} : { kubernetesTalosAPIAccess: { enabled: true, allowedRoles: ["os:etcd:backup"], allowedKubernetesNamespaces: [...args.backupNamespaces] } }),
                },
            },
            cluster: {
                network: { cni: { name: "none" }, podSubnets: [args.podCidr], serviceSubnets: [args.serviceCidr] },
                proxy: { disabled: true },
                externalCloudProvider: { enabled: true },
            },
        },
        // What is on a disk that leaves the data centre, or in a copy of it, cannot be read.
        ...["STATE", "EPHEMERAL"].map((name) => ({ apiVersion: "v1alpha1", kind: "VolumeConfig", name, encryption: { provider: "luks2", keys: [{ slot: 0, nodeID: {} }] } })),
    ];
}

export const kubePrismPort = 7445;

/** Patches of the control planes. */
export function controlPlanePatches(args: MachineConfigArgs): Document[] {
    return [
        {
            machine: { certSANs: [...args.apiNames] },
            cluster: {
                allowSchedulingOnControlPlanes: false,
                extraManifests: [...args.manifests],
                etcd: { advertisedSubnets: [args.network.cidr], extraArgs: { "listen-metrics-urls": "http://0.0.0.0:2381" } },
                apiServer: {
                    certSANs: [...args.apiNames],
                    auditPolicy: auditPolicy(),
                    extraArgs: { "audit-log-maxage": "7", "audit-log-maxbackup": "10", "audit-log-maxsize": "100" },
                },
                controllerManager: { extraArgs: { "bind-address": "0.0.0.0" } },
                scheduler: { extraArgs: { "bind-address": "0.0.0.0" } },
            },
        },
    ];
}

/** Patches of the workers of one pool. */
export function workerPatches(args: MachineConfigArgs, pool: string): Document[] {
    return [
        {
            machine: {
                nodeLabels: { "agent-platform/pool": pool, ...(pool === "db" ? { "node.longhorn.io/create-default-disk": "true" } : {}) },
                // Workers have no public address: they call out through the egress gateway.
                network: { interfaces: [{ deviceSelector: { physical: true }, dhcp: true, routes: [{ network: "0.0.0.0/0", gateway: args.network.router }] }] },
            },
        },
    ];
}

/**
 * What the API server writes down: who changed what, every change of rights with its contents, and nothing of
 * what Secrets hold. Reads of the machinery itself are left out.
 */
export function auditPolicy(): Document {
    const quiet = { users: ["system:kube-proxy", "system:kube-scheduler", "system:kube-controller-manager", "system:apiserver"], verbs: ["get", "list", "watch"] };
    return {
        apiVersion: "audit.k8s.io/v1",
        kind: "Policy",
        omitStages: ["RequestReceived"],
        rules: [
            { level: "None", nonResourceURLs: ["/healthz*", "/readyz*", "/livez*", "/version", "/openapi/*"] },
            { level: "RequestResponse", verbs: ["create", "update", "patch", "delete", "deletecollection"], resources: [{ group: "rbac.authorization.k8s.io" }] },
            { level: "Metadata", resources: [{ group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] }, { group: "authentication.k8s.io", resources: ["tokenreviews"] }] },
            { level: "None", ...quiet },
            { level: "None", userGroups: ["system:nodes"], verbs: ["get", "list", "watch"] },
            { level: "None", verbs: ["get", "list", "watch"], resources: [{ group: "", resources: ["events", "endpoints"] }, { group: "coordination.k8s.io" }, { group: "discovery.k8s.io" }] },
            { level: "Metadata" },
        ],
    };
}

/** The patches as the plugin takes them. */
export function asText(patches: readonly Document[]): string[] {
    return patches.map((patch) => JSON.stringify(patch));
}
