/**
 * What pods may do, as the text of one iptables transaction in the node's own network namespace. Pure.
 *
 * A packet of a new connection passes AP-EGRESS when it comes from a pod and AP-INGRESS when it goes to one. Each has
 * one line per known pod, which goes to the pod's chain; leaving that chain means allowed. What no line knows is
 * dropped: a pod that has just been given an address waits, for a moment, rather than being open.
 */
import { createHash } from "node:crypto";
import type { Network } from "../installation";
import type { Allow, PodRules } from "./compile";

export const table = { root: "AP-FORWARD", node: "AP-NODE", egress: "AP-EGRESS", ingress: "AP-INGRESS", prefix: "AP-" } as const;

/** The transaction that everything starts from: no pod known, so nothing passes but what is established. */
export function baseRules(network: Network): string {
    return transaction([
        ...declarations([table.root, table.node, table.egress, table.ingress]),
        // Rules of our own first, whatever has been put there since.
        "-I FORWARD 1 -j " + table.root,
        "-I INPUT 1 -j " + table.node,
        ...fixedRules(network),
        `-A ${table.egress} -j DROP`,
        `-A ${table.ingress} -j DROP`,
    ]);
}

/**
 * The transaction that brings the table from any earlier state to these rules.
 * @param present the chains that exist now, so that those of departed pods are deleted
 */
export function renderRules(network: Network, pods: readonly PodRules[], present: readonly string[] = []): string {
    const chains = new Map<string, string[]>();
    const egress: string[] = [];
    const ingress: string[] = [];
    for (const pod of pods) {
        egress.push(direction("egress", pod, chains));
        ingress.push(direction("ingress", pod, chains));
    }
    const kept = new Set<string>([...Object.values(table), ...chains.keys()]);
    const stale = present.filter(chain => /^AP-[EI]-/.test(chain) && !kept.has(chain));
    return transaction([
        ...declarations([table.root, table.node, table.egress, table.ingress, ...chains.keys(), ...stale]),
        ...fixedRules(network),
        ...egress, `-A ${table.egress} -j DROP`,
        ...ingress, `-A ${table.ingress} -j DROP`,
        ...[...chains.values()].flat(),
        ...stale.map(chain => `-X ${chain}`),
    ]);
}

function fixedRules(network: Network): string[] {
    return [
        `-A ${table.root} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
        `-A ${table.root} -s ${network.podSubnet} -j ${table.egress}`,
        // The machine is to its pods what a node is: never shut out.
        `-A ${table.root} -i uplink -s ${network.hostAddress}/32 -j RETURN`,
        `-A ${table.root} -d ${network.podSubnet} -j ${table.ingress}`,
        // What pods send to the node itself (the API server) is not forwarded, but is egress all the same.
        `-A ${table.node} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
        `-A ${table.node} -s ${network.podSubnet} -i cni0 -j ${table.egress}`,
    ];
}

/** The line that leads a pod's packets to its chain; the chain itself is added to `chains`. */
function direction(which: "egress" | "ingress", pod: PodRules, chains: Map<string, string[]>): string {
    const [mine, other] = which === "egress" ? ["-s", "-d"] : ["-d", "-s"];
    const line = `-A ${table[which]} ${mine} ${pod.address}/32`;
    const allows = pod[which];
    if (allows === undefined) return `${line} -j RETURN`;
    const chain = `AP-${which === "egress" ? "E" : "I"}-${createHash("sha256").update(`${pod.pod} ${pod.address}`).digest("hex").slice(0, 16)}`;
    chains.set(chain, [
        // No policy keeps a pod from itself.
        `-A ${chain} ${other} ${pod.address}/32 -j RETURN`,
        ...allows.map(allow => `-A ${chain}${match(allow, other!)} -j RETURN`),
        `-A ${chain} -j DROP`,
    ]);
    return `${line} -g ${chain}`;
}

function match({ range, protocol, ports }: Allow, flag: string): string {
    return (range === undefined || range === "0.0.0.0/0" ? "" : ` ${flag} ${range}`)
        + (protocol ? ` -p ${protocol}` : "")
        + (ports ? ` -m ${protocol} --dport ${ports[0] === ports[1] ? ports[0] : `${ports[0]}:${ports[1]}`}` : "");
}

function declarations(chains: Iterable<string>): string[] {
    return [...new Set(chains)].map(chain => `:${chain} - [0:0]`);
}

function transaction(lines: string[]): string {
    return ["*filter", ...lines, "COMMIT", ""].join("\n");
}
