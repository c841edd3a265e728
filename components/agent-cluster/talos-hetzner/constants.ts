/** What is the same for every Talos cluster at Hetzner. */

/** Versions that were tried together by the makers of hcloud-k8s. */
export const versions = { talos: "v1.13.9", kubernetes: "v1.34.10" } as const;

export const podCidr = "10.244.0.0/16";
export const serviceCidr = "10.96.0.0/12";

/** Hetzner's own resolvers, reachable from the private network through the egress gateway. */
export const nameServers: readonly string[] = ["185.12.64.1", "185.12.64.2"];

/** The namespace whose CronJob may copy etcd. */
export const etcdBackupNamespace = "etcd-backup";

/**
 * Applied by the control plane itself, because what follows needs them: the definitions that Cilium's gateway reads,
 * and the approver of the kubelets' certificates. A release tag, and a commit.
 */
export const machineManifests: readonly string[] = [
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.4.0/standard-install.yaml",
    "https://raw.githubusercontent.com/alex1989hu/kubelet-serving-cert-approver/008f3adfd41026ed609ab5b80c78fa1bb8796eb6/deploy/standalone-install.yaml",
];

/** Port of each machine at which the audit pipeline's collector takes what Talos says of itself. */
export const talosLogPort = 6050;
