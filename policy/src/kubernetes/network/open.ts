import { covers, parseBlock, type Block } from "../../common/cidr";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { object } from "../examples";
import { nsa } from "../frameworks";
import { objectRule } from "../objects";

const policies = "networking.k8s.io/v1";
// Where nothing on the internet is, but the cloud's credentials and the neighbours are.
const inside = ["169.254.169.254/32", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
const insideBlocks = inside.map(text => parseBlock(text)!);
const everywhere = ["0.0.0.0/0", "::/0"].map(text => parseBlock(text)!);

export const networkPolicyOpen = objectRule({
    id: "k8s-netpol-open",
    title: "NetworkPolicies let nobody in and nothing out wholesale",
    what: `No rule of a NetworkPolicy is without peers (rules for DNS alone excepted), selects all pods of all namespaces, or admits all addresses. Egress to a block of the internet excepts what lies inside it of ${inside.join(", ")}, unless it is for the port of the API server (6443) alone, whose address nobody knows beforehand.`,
    why: "An agent fetches what it is told to. Without the exceptions a prompt can make it read the cloud's metadata service, and with it the node's credentials, or any host of the private network.",
    severity: "high",
    strictness: "mandatory",
    references: [nsa("Network separation and hardening")],
    remediation: ["Name the peers by labels. For the internet use `cidr: 0.0.0.0/0` with `except` for the metadata address and the private ranges."],
    compliant: [
        object(policies, "NetworkPolicy", { spec: { podSelector: { matchLabels: { app: "shop" } }, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: { matchLabels: { app: "web" } } }] }] } }),
        object(policies, "NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] } }], ports: [{ port: 443 }] }] } }),
    ],
    violating: [
        object(policies, "NetworkPolicy", { spec: { podSelector: { matchLabels: { app: "shop" } }, policyTypes: ["Ingress"], ingress: [{}] } }),
        object(policies, "NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ namespaceSelector: {} }] }] } }),
        object(policies, "NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] } }),
    ],
    kinds: ["NetworkPolicy"],
    checkObject({ properties }, _settings, findings) {
        const spec = properties.at("spec");
        for (const rule of spec.at("ingress").list()) checkRule(rule, rule.at("from"), false, findings);
        for (const rule of spec.at("egress").list()) checkRule(rule, rule.at("to"), true, findings);
    },
});

function checkRule(rule: Value, peers: Value, egress: boolean, findings: Findings): void {
    if (rule.unknown || peers.unknown) return findings.undetermined(peers.unknown ? peers : rule);
    const listed = peers.list();
    if (listed.length === 0 && !(egress && isDnsOnly(rule.at("ports"), findings))) findings.violation(rule, egress ? "lets everything out" : "lets everybody in");
    for (const peer of listed) {
        const block = peer.at("ipBlock");
        if (block.unknown) findings.undetermined(block);
        else if (block.known && egress && isOnly(rule.at("ports"), apiServer)) continue;
        else if (block.known) checkBlock(block, egress, findings);
        else checkSelectors(peer, findings);
    }
}

/** The port of the Kubernetes API where nothing else listens. */
const apiServer: readonly unknown[] = [6443];

function isOnly(ports: Value, wanted: readonly unknown[]): boolean {
    const listed = ports.list();
    return listed.length > 0 && listed.every(port => wanted.includes(port.at("port").value) && port.at("endPort").absent);
}

function isDnsOnly(ports: Value, findings: Findings): boolean {
    const numbers = ports.list().map(port => port.at("port"));
    for (const number of numbers) if (number.unknown) findings.undetermined(number);
    return numbers.length > 0 && numbers.every(number => number.unknown || number.value === 53 || number.value === "dns");
}

/** A peer whose namespace selector is empty and whose pod selector is empty or missing is everybody. */
function checkSelectors(peer: Value, findings: Findings): void {
    const namespaces = peer.at("namespaceSelector");
    const parts = [namespaces, peer.at("podSelector")].flatMap(selector => [selector.at("matchLabels"), selector.at("matchExpressions")]);
    const selects = (part: Value): boolean => part.known && (part.isList ? part.list() : part.entries()).length > 0;
    if (namespaces.absent || parts.some(selects)) return;
    const unclear = [namespaces, ...parts].find(part => part.unknown);
    if (unclear) findings.undetermined(unclear);
    else findings.violation(peer, "selects all pods of all namespaces");
}

function checkBlock(block: Value, egress: boolean, findings: Findings): void {
    const cidr = block.at("cidr");
    if (cidr.unknown) return findings.undetermined(cidr);
    const range = cidr.text === undefined ? undefined : parseBlock(cidr.text);
    if (!range) return findings.violation(cidr, "is no block of addresses");
    if (!egress) {
        // Half of all addresses and the other half are all addresses.
        if (everywhere.some(all => all.family === range.family && (range.last - range.first + 1n) * 2n >= all.last - all.first + 1n)) findings.violation(cidr, "lets every address in");
        return;
    }
    const exceptions = block.at("except").list();
    const excepted = exceptions.flatMap(item => (item.text === undefined ? [] : (parseBlock(item.text) ?? [])));
    const open = insideBlocks.filter(part => isWider(range, part) && !excepted.some(exception => covers(exception, part)));
    if (open.length === 0) return;
    const unclear = exceptions.find(item => item.unknown);
    if (unclear) findings.undetermined(unclear);
    else findings.violation(block, "reaches the metadata address or private ranges, which it does not except");
}

/** Truly wider: a rule that names a private range itself means it. */
function isWider(range: Block, part: Block): boolean {
    return covers(range, part) && !covers(part, range) && !insideBlocks.some(other => other !== part && covers(other, range));
}
