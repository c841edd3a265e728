/**
 * Network policies, pods and namespaces to what each pod may send and receive. Pure: the same objects in any
 * order give the same answer.
 */
import { contains, formatCidr, parseCidr, subtract } from "../cidr";
import type { Namespace, NetworkPolicy, Peer, Pod, PolicyPort, Selector } from "./types";

/** One permission: this range (no range: everyone), this protocol (none: all), these ports (none: all). */
export interface Allow {
    range?: string;
    protocol?: "tcp" | "udp" | "sctp";
    ports?: [first: number, last: number];
}

export interface PodRules {
    address: string;
    /** `namespace/name`. */
    pod: string;
    /** What may come in; nothing here means that no policy isolates this direction. */
    ingress?: Allow[];
    egress?: Allow[];
}

/** The rules of every pod that has an address on the bridge, by address. */
export function compilePolicies(policies: readonly NetworkPolicy[], pods: readonly Pod[], namespaces: readonly Namespace[]): PodRules[] {
    const labels = new Map(namespaces.map(namespace => [namespace.metadata.name, namespace.metadata.labels ?? {}]));
    const live = livePods(pods);
    const context: Context = { live, namespaceLabels: name => labels.get(name) ?? {} };
    return live.map(pod => {
        const mine = policies.filter(policy => policy.metadata.namespace === pod.metadata.namespace && matches(policy.spec?.podSelector ?? {}, pod.metadata.labels));
        const incoming = mine.filter(isolatesIngress);
        const outgoing = mine.filter(isolatesEgress);
        return {
            address: pod.status!.podIP!,
            pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
            ...(incoming.length > 0 ? { ingress: sorted(incoming.flatMap(policy => (policy.spec?.ingress ?? []).flatMap(rule => ingress(context, policy, pod, rule)))) } : {}),
            ...(outgoing.length > 0 ? { egress: sorted(outgoing.flatMap(policy => (policy.spec?.egress ?? []).flatMap(rule => egress(context, policy, rule)))) } : {}),
        };
    });
}

/** Whether labels satisfy a selector; the empty selector takes everything. */
export function matches(selector: Selector, labels: Record<string, string> = {}): boolean {
    return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
        && (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
            const present = Object.hasOwn(labels, key);
            switch (operator) {
                case "In": return present && values.includes(labels[key]!);
                case "NotIn": return !present || !values.includes(labels[key]!);
                case "Exists": return present;
                case "DoesNotExist": return !present;
                default: return false;
            }
        });
}

interface Context {
    live: Pod[];
    namespaceLabels(name: string): Record<string, string>;
}

/** Finished pods have given their address back; of two that claim one, the younger has it. */
function livePods(pods: readonly Pod[]): Pod[] {
    const byAddress = new Map<string, Pod>();
    for (const pod of pods) {
        const address = pod.status?.podIP;
        if (!address || pod.spec?.hostNetwork || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") continue;
        const other = byAddress.get(address);
        if (!other || age(pod) > age(other)) byAddress.set(address, pod);
    }
    return [...byAddress.values()].sort((a, b) => compare(a.status!.podIP!, b.status!.podIP!));
}

function age(pod: Pod): string {
    return `${pod.metadata.creationTimestamp ?? ""} ${pod.metadata.namespace}/${pod.metadata.name}`;
}

function isolatesIngress(policy: NetworkPolicy): boolean {
    return policy.spec?.policyTypes?.includes("Ingress") ?? true;
}

function isolatesEgress(policy: NetworkPolicy): boolean {
    return policy.spec?.policyTypes?.includes("Egress") ?? (policy.spec?.egress?.length ?? 0) > 0;
}

function ingress(context: Context, policy: NetworkPolicy, pod: Pod, rule: { from?: Peer[]; ports?: PolicyPort[] }): Allow[] {
    const ranges = rule.from?.length ? rule.from.flatMap(peer => peerRanges(context, policy, peer)) : [undefined];
    const ports = portsOf(rule.ports, [pod]);
    return ranges.flatMap(range => ports.map(port => allow(range, port)));
}

/** A named port means another number on every pod that is reached, so each such peer is asked. */
function egress(context: Context, policy: NetworkPolicy, rule: { to?: Peer[]; ports?: PolicyPort[] }): Allow[] {
    const named = rule.ports?.filter(port => typeof port.port === "string") ?? [];
    const plain = rule.ports?.filter(port => typeof port.port !== "string") ?? [];
    const ranges = rule.to?.length ? rule.to.flatMap(peer => peerRanges(context, policy, peer)) : [undefined];
    const result = rule.ports?.length && plain.length === 0 ? [] : ranges.flatMap(range => portsOf(plain, []).map(port => allow(range, port)));
    if (named.length > 0) {
        const reached = rule.to?.length ? rule.to.flatMap(peer => peer.ipBlock ? podsWithin(context, peerRanges(context, policy, peer)) : peerPods(context, policy, peer)) : context.live;
        result.push(...reached.flatMap(pod => portsOf(named, [pod]).map(port => allow(`${pod.status!.podIP!}/32`, port))));
    }
    return result;
}

type Port = Omit<Allow, "range">;

function portsOf(ports: PolicyPort[] | undefined, pods: Pod[]): Port[] {
    if (!ports?.length) return [{}];
    return ports.flatMap(({ protocol = "TCP", port, endPort }): Port[] => {
        const lower = protocol.toLowerCase() as Port["protocol"];
        if (port === undefined) return [{ protocol: lower! }];
        if (typeof port === "number") return [{ protocol: lower!, ports: [port, endPort ?? port] }];
        return pods.flatMap(pod => [...pod.spec?.containers ?? [], ...pod.spec?.initContainers ?? []])
            .flatMap(container => container.ports ?? [])
            .filter(declared => declared.name === port && (declared.protocol ?? "TCP") === protocol)
            .map(declared => ({ protocol: lower!, ports: [declared.containerPort, declared.containerPort] as [number, number] }));
    });
}

function allow(range: string | undefined, port: Port): Allow {
    return { ...(range === undefined ? {} : { range }), ...port };
}

function peerRanges(context: Context, policy: NetworkPolicy, peer: Peer): string[] {
    if (!peer.ipBlock) return peerPods(context, policy, peer).map(pod => `${pod.status!.podIP!}/32`);
    try {
        return subtract(parseCidr(peer.ipBlock.cidr), (peer.ipBlock.except ?? []).map(parseCidr)).map(formatCidr);
    } catch {
        // An IPv6 range: nothing here has such an address.
        return [];
    }
}

function podsWithin(context: Context, ranges: readonly string[]): Pod[] {
    return context.live.filter(pod => ranges.some(range => contains(parseCidr(range), parseCidr(pod.status!.podIP!))));
}

function peerPods(context: Context, policy: NetworkPolicy, peer: Peer): Pod[] {
    if (peer.ipBlock || (!peer.podSelector && !peer.namespaceSelector)) return [];
    return context.live.filter(pod =>
        (peer.namespaceSelector ? matches(peer.namespaceSelector, context.namespaceLabels(pod.metadata.namespace)) : pod.metadata.namespace === policy.metadata.namespace)
        && matches(peer.podSelector ?? {}, pod.metadata.labels));
}

function sorted(allows: Allow[]): Allow[] {
    const keyed = new Map(allows.map(each => [JSON.stringify([each.range ?? "", each.protocol ?? "", each.ports ?? []]), each]));
    return [...keyed.entries()].sort(([a], [b]) => compare(a, b)).map(([, each]) => each);
}

function compare(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
