/**
 * The node lives in a network namespace of its own, joined to the machine by one link. Its bridge, routes and
 * packet rules vanish with the namespace, and two installations cannot meet. On the machine itself there are
 * only the link, two routes and one chain in two tables.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineFolder } from "../core/paths";
import { run, tryRun } from "../core/run";
import { readIfThere, writeAtomic } from "./files";
import type { Installation, Network } from "./installation";
import { baseRules, table } from "./policy/render";

export const bridge = "cni0";
export const uplink = "uplink";
const forwarding = "/proc/sys/net/ipv4/ip_forward";
const forwardingBefore = join(machineFolder, "ip_forward.before");

/** The command line that runs something inside the node's network namespace, and nothing else changed. */
export function inside(network: Network, ...command: string[]): [string, string[]] {
    return ["nsenter", [`--net=/run/netns/${network.namespace}`, "--", ...command]];
}

export function networkIsUp(network: Network): boolean {
    return existsSync(`/sys/class/net/${network.hostInterface}`) && existsSync(`/run/netns/${network.namespace}`);
}

/** Builds what is missing; a second call changes nothing. */
export async function ensureNetwork(installation: Installation): Promise<void> {
    const { network } = installation;
    const known = (await tryRun("ip", ["netns", "list"])).stdout.split("\n").some(line => line.split(" ")[0] === network.namespace);
    // A file without a namespace behind it is what a reboot leaves where /run is a disk.
    if (!known || (await tryRun(...inside(network, "true"))).code !== 0) {
        rmSync(`/run/netns/${network.namespace}`, { force: true });
        await run("ip", ["netns", "add", network.namespace]);
    }
    if (!existsSync(`/sys/class/net/${network.hostInterface}`)) {
        await run("ip", ["link", "add", network.hostInterface, "type", "veth", "peer", "name", uplink, "netns", network.namespace]);
    }
    await run("sh", ["-ec", hostScript, "sh", network.hostInterface, `${network.hostAddress}/30`, network.podRange, network.serviceRange, network.nodeAddress]);
    await run(...inside(network, "sh", "-ec", nodeScript, "sh", uplink, `${network.nodeAddress}/30`, network.hostAddress, bridge, `${network.bridgeAddress}/24`));
    await run(...inside(network, "iptables-restore", "--noflush"), { input: natRules(network) });
    await denyIpv6(network);
    // Before any pod can start: whatever the watcher does not know yet is cut off.
    const present = await run(...inside(network, "iptables-save", "-t", "filter"));
    if (!present.includes(`:${table.root} `)) await run(...inside(network, "iptables-restore", "--noflush"), { input: baseRules(network) });
    await ensureHostRules(installation);
}

/** Takes everything down, in any state it may be in. */
export async function removeNetwork(installation: Installation): Promise<void> {
    const { network } = installation;
    await removeHostRules(installation);
    await tryRun("ip", ["link", "delete", network.hostInterface]);
    if (existsSync(`/run/netns/${network.namespace}`)) {
        await tryRun("ip", ["netns", "delete", network.namespace]);
        rmSync(`/run/netns/${network.namespace}`, { force: true });
    }
    const others = readdirSync("/sys/class/net").some(name => name.startsWith("agentplat"));
    if (!others && readIfThere(forwardingBefore)?.trim() === "0") writeFileSync(forwarding, "0");
    if (!others) rmSync(forwardingBefore, { force: true });
}

const hostScript = `
ip address replace "$2" dev "$1"
ip link set "$1" up
ip route replace "$3" via "$5" dev "$1"
ip route replace "$4" via "$5" dev "$1"
`;

const nodeScript = `
ip link set lo up
ip address replace "$2" dev "$1"
ip link set "$1" up
ip route replace default via "$3" dev "$1"
ip link show "$4" >/dev/null 2>&1 || ip link add "$4" type bridge
ip address replace "$5" dev "$4"
ip link set "$4" up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
echo 1 > /proc/sys/net/bridge/bridge-nf-call-ip6tables
`;

function natRules(network: Network): string {
    return `*nat
:AP-NAT - [0:0]
-F POSTROUTING
-A POSTROUTING -j AP-NAT
-A AP-NAT -s ${network.podSubnet} ! -d ${network.podSubnet} ! -o ${bridge} -j MASQUERADE
COMMIT
`;
}

/** Pods have no IPv6 address but a link-local one each; on the bridge that would be a way round every policy. */
async function denyIpv6(network: Network): Promise<void> {
    await tryRun(...inside(network, "sh", "-c", `ip6tables -P FORWARD DROP; ip6tables -C INPUT -i ${bridge} -j DROP 2>/dev/null || ip6tables -A INPUT -i ${bridge} -j DROP`));
}

async function ensureHostRules(installation: Installation): Promise<void> {
    mkdirSync(machineFolder, { recursive: true });
    const before = readIfThere(forwarding)?.trim() ?? "1";
    if (!existsSync(forwardingBefore)) writeAtomic(forwardingBefore, before);
    if (before !== "1") writeFileSync(forwarding, "1");
    const { hostInterface, nodeAddress } = installation.network;
    const chain = hostChain(installation);
    await run("iptables-restore", ["--wait", "--noflush"], {
        input: `*filter
:${chain} - [0:0]
-A ${chain} -i ${hostInterface} -j ACCEPT
-A ${chain} -o ${hostInterface} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ${chain} -o ${hostInterface} -j DROP
COMMIT
*nat
:${chain} - [0:0]
-A ${chain} -s ${nodeAddress}/32 ! -o ${hostInterface} -j MASQUERADE
COMMIT
`,
    });
    for (const [where, from] of hostJumps) {
        const jump = [from, "-j", chain];
        if ((await tryRun("iptables", ["--wait", "-t", where, "-C", ...jump])).code !== 0) await run("iptables", ["--wait", "-t", where, "-I", ...jump]);
    }
}

async function removeHostRules(installation: Installation): Promise<void> {
    const chain = hostChain(installation);
    for (const [where, from] of hostJumps) {
        while ((await tryRun("iptables", ["--wait", "-t", where, "-D", from, "-j", chain])).code === 0);
        await tryRun("iptables", ["--wait", "-t", where, "-F", chain]);
        await tryRun("iptables", ["--wait", "-t", where, "-X", chain]);
    }
}

const hostJumps = [["filter", "FORWARD"], ["nat", "POSTROUTING"]] as const;

function hostChain(installation: Installation): string {
    return installation.name.toUpperCase();
}
