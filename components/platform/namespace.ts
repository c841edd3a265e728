/** A namespace of a platform service: its Pod Security level, and no connection that is not listed. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { notTheInternet } from "../../topology/network-policies";
import { common, fixedName } from "../parts/component";
import type { PlatformHome } from "./home";
import { signedOnly } from "./image-policies";

/** Who is at the other end. */
export type Other =
    | "internet"
    | "api-server"
    /** Every pod of the same namespace. */
    | "itself"
    /** Every pod of every namespace. */
    | "cluster"
    /** Machines: of an API server that calls webhooks, for one. */
    | { readonly cidrs: readonly string[] }
    | { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };

/** One opening; no ports: all of them. */
export interface Door {
    readonly to: Other;
    readonly ports?: readonly number[];
    readonly protocol?: "TCP" | "UDP";
}

export interface PlatformNamespaceArgs {
    readonly home: PlatformHome;
    /** What its pods may do. Anything below `restricted` needs a reason. */
    readonly level: "restricted" | "baseline" | "privileged";
    /** Who may connect to its pods. @default nobody */
    readonly incoming?: readonly Door[];
    /** Whom its pods may connect to, beside DNS. @default nobody */
    readonly outgoing?: readonly Door[];
    /** Only signed images may run in it: components/platform/signatures.ts. @default false */
    readonly signed?: boolean;
    /** Refuse to delete it. @default false */
    readonly keepsData?: boolean;
}

/** The Pod Security Standards of this Kubernetes version; an older cluster takes its newest. */
const podSecurityVersion = "v1.34";

export class PlatformNamespace extends pulumi.ComponentResource {
    readonly namespace: pulumi.Output<string>;
    /** Whatever makes pods waits for these. */
    readonly guards: readonly pulumi.Resource[];

    constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Namespace", name, {}, opts);
        const { home, level, incoming = [], outgoing = [], signed = false, keepsData = false } = args;
        const levels = Object.fromEntries(["enforce", "audit", "warn"].flatMap((mode) => [
            [`pod-security.kubernetes.io/${mode}`, level],
            [`pod-security.kubernetes.io/${mode}-version`, podSecurityVersion],
        ]));
        const made = new k8s.core.v1.Namespace(`${name}-namespace`, { metadata: { name, labels: { ...common, ...levels, ...(signed ? signedOnly : {}) } } }, fixedName(this, { protect: keepsData && home.protect, dependsOn: [...(home.after ?? [])] }));
        this.namespace = made.metadata.name;
        const policy = (policyName: string, spec: Omit<k8s.types.input.networking.v1.NetworkPolicySpec, "podSelector">) =>
            new k8s.networking.v1.NetworkPolicy(`${name}-${policyName}-policy`, { metadata: { name: policyName, namespace: this.namespace, labels: { ...common } }, spec: { podSelector: {}, ...spec } }, fixedName(this));
        const ruleOf = (door: Door): { peers: k8s.types.input.networking.v1.NetworkPolicyPeer[]; ports?: { protocol: string; port?: number }[] } => {
            const ports = door.to === "api-server" ? home.apiServer.ports : door.ports;
            return { peers: peersOf(door.to, home), ...(ports === undefined ? (door.protocol === undefined ? {} : { ports: [{ protocol: door.protocol }] }) : { ports: ports.map((port) => ({ protocol: door.protocol ?? "TCP", port })) }) };
        };
        this.guards = [
            policy("default-deny", { policyTypes: ["Ingress", "Egress"] }),
            policy("doors", {
                policyTypes: ["Ingress", "Egress"],
                ...(incoming.length === 0 ? {} : { ingress: incoming.map(ruleOf).map(({ peers, ports }) => ({ from: peers, ...(ports === undefined ? {} : { ports }) })) }),
                egress: [dns, ...outgoing.map(ruleOf).map(({ peers, ports }) => ({ to: peers, ...(ports === undefined ? {} : { ports }) }))],
            }),
        ];
        this.registerOutputs({ namespace: this.namespace });
    }
}

const dns = {
    to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } }, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
    ports: [53, 1053].flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }))),
};

function peersOf(other: Other, home: PlatformHome): k8s.types.input.networking.v1.NetworkPolicyPeer[] {
    if (other === "internet") return [{ ipBlock: { cidr: "0.0.0.0/0", except: [...notTheInternet] } }];
    if (other === "api-server") return home.apiServer.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    if (other === "itself") return [{ podSelector: {} }];
    if (other === "cluster") return [{ namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" }] } }];
    if ("cidrs" in other) return other.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    return [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": other.namespace } }, ...(other.labels === undefined ? {} : { podSelector: { matchLabels: { ...other.labels } } }) }];
}
