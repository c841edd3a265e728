/** The parts of Kubernetes objects that policies depend on. */

export interface Labels {
    [key: string]: string;
}

export interface Selector {
    matchLabels?: Labels;
    matchExpressions?: { key: string; operator: "In" | "NotIn" | "Exists" | "DoesNotExist"; values?: string[] }[];
}

export interface Peer {
    podSelector?: Selector;
    namespaceSelector?: Selector;
    ipBlock?: { cidr: string; except?: string[] };
}

export interface PolicyPort {
    protocol?: "TCP" | "UDP" | "SCTP";
    port?: number | string;
    endPort?: number;
}

export interface NetworkPolicy {
    metadata: { name: string; namespace: string };
    spec?: {
        podSelector?: Selector;
        policyTypes?: ("Ingress" | "Egress")[];
        ingress?: { from?: Peer[]; ports?: PolicyPort[] }[];
        egress?: { to?: Peer[]; ports?: PolicyPort[] }[];
    };
}

export interface Pod {
    metadata: { name: string; namespace: string; uid?: string; labels?: Labels; creationTimestamp?: string };
    spec?: { hostNetwork?: boolean; containers?: Container[]; initContainers?: Container[] };
    status?: { phase?: string; podIP?: string };
}

export interface Container {
    ports?: { name?: string; containerPort: number; protocol?: string }[];
}

export interface Namespace {
    metadata: { name: string; labels?: Labels };
}
