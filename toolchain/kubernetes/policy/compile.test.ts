import { strict as assert } from "node:assert";
import fc from "fast-check";
import { contains, parseCidr } from "../cidr";
import { describeInstallation } from "../installation";
import { compilePolicies, matches, type PodRules } from "./compile";
import { renderRules } from "./render";
import type { Labels, Namespace, NetworkPolicy, Peer, Pod, PolicyPort, Selector } from "./types";

function pod(namespace: string, name: string, address: string, labels: Labels = {}, more: Partial<Pod> = {}): Pod {
    return { metadata: { namespace, name, labels }, spec: { containers: [{ ports: [{ name: "main", containerPort: 8080 }] }] }, status: { phase: "Running", podIP: address }, ...more };
}

function policy(namespace: string, spec: NetworkPolicy["spec"]): NetworkPolicy {
    return { metadata: { namespace, name: "p" }, spec: spec! };
}

const web = pod("app", "web", "10.244.0.2", { app: "web" });
const db = pod("app", "db", "10.244.0.3", { app: "db" });
const other = pod("other", "web", "10.244.0.4", { app: "web" });
const pods = [web, db, other];
const namespaces: Namespace[] = [{ metadata: { name: "app", labels: { team: "a" } } }, { metadata: { name: "other", labels: { team: "b" } } }];
const rulesOf = (policies: NetworkPolicy[], address: string, all = pods) => compilePolicies(policies, all, namespaces).find(rules => rules.address === address)!;

describe("compiling network policies", () => {
    it("leaves pods alone that no policy selects", () => {
        assert.deepEqual(rulesOf([policy("app", { podSelector: { matchLabels: { app: "db" } } })], web.status!.podIP!), { address: "10.244.0.2", pod: "app/web" });
    });

    it("isolates ingress by default, and egress when it is spoken of", () => {
        assert.deepEqual(rulesOf([policy("app", { podSelector: {} })], "10.244.0.2"), { address: "10.244.0.2", pod: "app/web", ingress: [] });
        assert.deepEqual(rulesOf([policy("app", { podSelector: {}, egress: [{}] })], "10.244.0.2"), { address: "10.244.0.2", pod: "app/web", ingress: [], egress: [{}] });
        assert.deepEqual(rulesOf([policy("app", { podSelector: {}, policyTypes: ["Egress"] })], "10.244.0.2"), { address: "10.244.0.2", pod: "app/web", egress: [] });
    });

    it("takes a pod selector for the policy's own namespace, and with a namespace selector for those", () => {
        const from = (peer: Peer) => rulesOf([policy("app", { podSelector: { matchLabels: { app: "db" } }, ingress: [{ from: [peer] }] })], "10.244.0.3").ingress;
        assert.deepEqual(from({ podSelector: { matchLabels: { app: "web" } } }), [{ range: "10.244.0.2/32" }]);
        assert.deepEqual(from({ podSelector: { matchLabels: { app: "web" } }, namespaceSelector: {} }), [{ range: "10.244.0.2/32" }, { range: "10.244.0.4/32" }]);
        assert.deepEqual(from({ namespaceSelector: { matchLabels: { team: "b" } } }), [{ range: "10.244.0.4/32" }]);
    });

    it("adds up several policies", () => {
        const rules = rulesOf([
            policy("app", { podSelector: {}, policyTypes: ["Ingress"] }),
            policy("app", { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 80 }] }] }),
            policy("app", { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: 81, endPort: 90, protocol: "UDP" }] }, { ports: [{ protocol: "SCTP" }] }] }),
        ], "10.244.0.2");
        assert.deepEqual(rules.ingress, [{ protocol: "sctp" }, { protocol: "tcp", ports: [80, 80] }, { protocol: "udp", ports: [81, 90] }]);
    });

    it("finds named ports where they are: on the pod itself for ingress, on each peer for egress", () => {
        const named = pod("app", "db", "10.244.0.3", { app: "db" }, { spec: { containers: [{ ports: [{ name: "sql", containerPort: 5432 }] }] } });
        const all = [web, named, other];
        assert.deepEqual(rulesOf([policy("app", { podSelector: { matchLabels: { app: "db" } }, ingress: [{ ports: [{ port: "sql" }] }] })], "10.244.0.3", all).ingress, [{ protocol: "tcp", ports: [5432, 5432] }]);
        assert.deepEqual(rulesOf([policy("app", { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Egress"], egress: [{ to: [{ podSelector: {} }], ports: [{ port: "sql" }] }] })], "10.244.0.2", all).egress, [{ range: "10.244.0.3/32", protocol: "tcp", ports: [5432, 5432] }]);
        assert.deepEqual(rulesOf([policy("app", { podSelector: {}, ingress: [{ ports: [{ port: "unknown" }] }] })], "10.244.0.2", all).ingress, []);
    });

    it("cuts exceptions out of address ranges, and takes no notice of IPv6", () => {
        const rules = rulesOf([policy("app", { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/30", except: ["10.0.0.1/32"] } }, { ipBlock: { cidr: "fd00::/8" } }] }] })], "10.244.0.2");
        assert.deepEqual(rules.egress, [{ range: "10.0.0.0/32" }, { range: "10.0.0.2/31" }]);
    });

    it("leaves out pods that are finished, on the host's network, or without an address", () => {
        const gone = [pod("app", "done", "10.244.0.9", {}, { status: { phase: "Succeeded", podIP: "10.244.0.9" } }), pod("app", "host", "10.244.255.2", {}, { spec: { hostNetwork: true } }), pod("app", "new", "", {})];
        assert.deepEqual(compilePolicies([], [...pods, ...gone], namespaces).map(rules => rules.pod), ["app/web", "app/db", "other/web"]);
    });

    it("gives an address that two pods claim to the younger one", () => {
        const late = { ...pod("app", "late", "10.244.0.2"), metadata: { namespace: "app", name: "late", creationTimestamp: "2026-02-01T00:00:00Z" } };
        assert.equal(compilePolicies([], [late, web], namespaces)[0]!.pod, "app/late");
        assert.equal(compilePolicies([], [web, late], namespaces)[0]!.pod, "app/late");
    });

    it("matches expressions as Kubernetes does", () => {
        const holds = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", labels: Labels) => matches({ matchExpressions: [{ key: "a", operator, values: ["1"] }] }, labels);
        assert.deepEqual((["In", "NotIn", "Exists", "DoesNotExist"] as const).map(operator => [holds(operator, { a: "1" }), holds(operator, { a: "2" }), holds(operator, {})]),
            [[true, false, false], [false, true, true], [true, true, false], [false, false, true]]);
    });
});

/** The meaning of policies, said a second time and in another way: may this connection be made? */
function permitted(policies: NetworkPolicy[], from: Pod, to: Pod, port: number): boolean {
    const select = (selector: Selector | undefined, labels: Labels = {}) => Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
    const peer = (owner: NetworkPolicy, { podSelector, namespaceSelector, ipBlock }: Peer, pod: Pod) => ipBlock
        ? contains(parseCidr(ipBlock.cidr), parseCidr(pod.status!.podIP!)) && !(ipBlock.except ?? []).some(hole => contains(parseCidr(hole), parseCidr(pod.status!.podIP!)))
        : (namespaceSelector ? select(namespaceSelector, namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace)?.metadata.labels) : pod.metadata.namespace === owner.metadata.namespace) && select(podSelector, pod.metadata.labels);
    const open = (ports: PolicyPort[] | undefined) => !ports?.length || ports.some(each => (each.protocol ?? "TCP") === "TCP" && (each.port === undefined || (typeof each.port === "number" ? port >= each.port && port <= (each.endPort ?? each.port) : to.spec!.containers![0]!.ports!.some(({ name, containerPort }) => name === each.port && containerPort === port))));
    const about = (subject: Pod, type: "Ingress" | "Egress") => policies.filter(({ metadata, spec }) => metadata.namespace === subject.metadata.namespace && spec!.policyTypes!.includes(type) && select(spec!.podSelector, subject.metadata.labels));
    const outgoing = about(from, "Egress");
    const incoming = about(to, "Ingress");
    return (outgoing.length === 0 || outgoing.some(each => (each.spec!.egress ?? []).some(rule => (!rule.to?.length || rule.to.some(one => peer(each, one, to))) && open(rule.ports))))
        && (incoming.length === 0 || incoming.some(each => (each.spec!.ingress ?? []).some(rule => (!rule.from?.length || rule.from.some(one => peer(each, one, from))) && open(rule.ports))));
}

/** Walks the rendered chains as the kernel does. */
function passes(rules: string, from: string, to: string, port: number): boolean {
    const chains = new Map<string, string[]>();
    for (const line of rules.split("\n").filter(text => text.startsWith("-A "))) {
        const [, chain, rest] = /^-A (\S+) (.*)$/.exec(line)!;
        chains.set(chain!, [...chains.get(chain!) ?? [], rest!]);
    }
    const applies = (rule: string) => {
        const value = (flag: string) => new RegExp(`(?:^| )${flag} (\\S+)`).exec(rule)?.[1];
        if (rule.includes("conntrack") || rule.includes("-i ")) return false;
        const [source, target, protocol, ports] = [value("-s"), value("-d"), value("-p"), value("--dport")];
        const [first, last = first] = (ports ?? "").split(":").map(Number);
        return (!source || contains(parseCidr(source), parseCidr(from))) && (!target || contains(parseCidr(target), parseCidr(to))) && (!protocol || protocol === "tcp") && (!ports || (port >= first! && port <= last!));
    };
    /** @returns false when dropped */
    const walk = (chain: string): boolean => {
        for (const rule of chains.get(chain) ?? []) {
            if (!applies(rule)) continue;
            const jump = /-j (\S+)/.exec(rule)?.[1];
            const leap = /-g (\S+)/.exec(rule)?.[1];
            if (jump === "RETURN") return true;
            if (jump === "DROP") return false;
            if (leap) return walk(leap);
            if (!walk(jump!)) return false;
        }
        return true;
    };
    return walk("AP-FORWARD");
}

describe("rendered network policies", function () {
    this.timeout(60_000);
    const network = describeInstallation("/home", 0).network;
    const labels = fc.constantFrom<Labels>({}, { app: "web" }, { app: "db" });
    const selector = fc.constantFrom<Selector>({}, { matchLabels: { app: "web" } }, { matchLabels: { app: "db" } });
    const peer: fc.Arbitrary<Peer> = fc.oneof(
        fc.record({ podSelector: selector }), fc.record({ namespaceSelector: fc.constantFrom<Selector>({}, { matchLabels: { team: "a" } }), podSelector: selector }),
        fc.constantFrom<Peer>({ ipBlock: { cidr: "10.244.0.0/24", except: ["10.244.0.2/31"] } }, { ipBlock: { cidr: "0.0.0.0/0" } }));
    const port: fc.Arbitrary<PolicyPort> = fc.constantFrom<PolicyPort>({ port: 8080 }, { port: "main" }, { port: 8000, endPort: 8079 }, { protocol: "UDP", port: 8080 }, { protocol: "TCP" });
    const peers = fc.option(fc.array(peer, { maxLength: 2 }), { nil: undefined });
    const ports = fc.option(fc.array(port, { maxLength: 2 }), { nil: undefined });
    const policies = fc.array(fc.record({
        metadata: fc.record({ name: fc.constant("p"), namespace: fc.constantFrom("app", "other") }),
        spec: fc.record({
            podSelector: selector, policyTypes: fc.subarray(["Ingress" as const, "Egress" as const], { minLength: 1 }),
            ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }), egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
        }),
    }), { maxLength: 4 }) as fc.Arbitrary<NetworkPolicy[]>;

    it("let through exactly what the policies say", () => {
        fc.assert(fc.property(policies, fc.array(fc.tuple(fc.constantFrom("app", "other"), labels), { minLength: 2, maxLength: 4 }), fc.constantFrom(8080, 8081, 8001), (given, kinds, port) => {
            const all = kinds.map(([namespace, label], at) => pod(namespace, `p${at}`, `10.244.0.${at + 2}`, label));
            const text = renderRules(network, compilePolicies(given, all, namespaces));
            for (const from of all) for (const to of all) {
                if (from !== to) assert.equal(passes(text, from.status!.podIP!, to.status!.podIP!, port), permitted(given, from, to, port), `${from.metadata.name} to ${to.metadata.name}`);
            }
        }), { numRuns: 500 });
    });

    it("do not depend on the order in which objects arrive", () => {
        fc.assert(fc.property(policies, fc.constantFrom<Pod[]>([other, web, db], [db, other, web]), (given, shuffled) => {
            assert.equal(renderRules(network, compilePolicies([...given].reverse(), shuffled, namespaces)), renderRules(network, compilePolicies(given, pods, namespaces)));
        }));
    });

    it("shut out an address that they do not know, both ways, and let a pod reach itself", () => {
        const text = renderRules(network, compilePolicies([policy("app", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })], pods, namespaces));
        assert.equal(passes(text, "10.244.0.99", other.status!.podIP!, 80), false);
        assert.equal(passes(text, other.status!.podIP!, "10.244.0.99", 80), false);
        assert.equal(passes(text, "10.244.0.2", "10.244.0.2", 80), true);
        assert.equal(passes(text, other.status!.podIP!, "1.1.1.1", 443), true);
    });

    it("delete the chains of pods that are gone", () => {
        const rules: PodRules[] = compilePolicies([policy("app", { podSelector: {} })], [web], namespaces);
        const text = renderRules(network, rules, ["AP-I-0123456789abcdef", "AP-FORWARD", "KUBE-SERVICES"]);
        assert.deepEqual(text.split("\n").filter(line => line.startsWith("-X")), ["-X AP-I-0123456789abcdef"]);
    });
});
