/**
 * One local cluster: its folders, names and addresses. Everything follows from the home folder and a small
 * network index, so that several installations (the tests have their own) run side by side.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../core/lock";
import { homeFolder, machineFolder, runFolder } from "../core/paths";
import { Problem } from "../core/problem";
import { run } from "../core/run";
import { overlaps, parseCidr, type Cidr } from "./cidr";
import { readJson, writeAtomic } from "./files";

export interface Installation {
    readonly home: string;
    /** 0 for the first installation of a machine. */
    readonly index: number;
    /** Name of its network namespace, control groups and chains on the host. */
    readonly name: string;
    /** Persistent: database, certificates, volumes, image store. */
    readonly folder: string;
    /** Sockets, pids; gone after a reboot. */
    readonly run: string;
    readonly kubeconfig: string;
    readonly network: Network;
}

export interface Network {
    /** Network namespace of the node, a name under /run/netns. */
    readonly namespace: string;
    /** The link between host and node: the interface on the host's side, and both addresses. */
    readonly hostInterface: string;
    readonly hostAddress: string;
    readonly nodeAddress: string;
    /** Everything that the host routes to the node. */
    readonly podRange: string;
    readonly serviceRange: string;
    /** Addresses of pods: the part of `podRange` on the bridge. */
    readonly podSubnet: string;
    readonly bridgeAddress: string;
    readonly apiService: string;
    readonly dnsService: string;
    readonly api: string;
}

export const contextName = "agent-platform-local";
export const nodeName = "agent-platform-local";
const most = 11;

/** The installation of this home if it has ever been started, and nothing if not. */
export function findInstallation(home = homeFolder()): Installation | undefined {
    const index = readJson<{ index: number }>(join(home, "cluster", "network.json"))?.index;
    return index === undefined ? undefined : describeInstallation(home, index);
}

/** Finds or founds the installation of this home, with the first network that nobody else uses. */
export async function claimInstallation(home = homeFolder()): Promise<Installation> {
    return withLock(join(machineFolder, "lock"), "choosing a network", async () => {
        const chosen = await claimable(home);
        if (chosen instanceof Problem) throw chosen;
        mkdirSync(chosen.folder, { recursive: true, mode: 0o700 });
        mkdirSync(join(machineFolder, "networks"), { recursive: true });
        writeAtomic(registration(chosen.index), JSON.stringify({ home }));
        writeAtomic(join(chosen.folder, "network.json"), JSON.stringify({ index: chosen.index }));
        return chosen;
    });
}

/** The installation that this home has or would get. Changes nothing. */
export async function claimable(home = homeFolder()): Promise<Installation | Problem> {
    const found = findInstallation(home);
    if (found && ownerOf(found.index) === home) return found;
    const routes = await hostRoutes();
    const free = Array.from({ length: most }, (_, index) => describeInstallation(home, index)).filter(candidate => ownerOf(candidate.index) === undefined);
    return (found && free.find(candidate => candidate.index === found.index))
        ?? free.find(candidate => !collides(candidate.network, routes))
        // A company's route to all of 10.0.0.0/8 leaves nothing clear; the narrower route then wins for these addresses.
        ?? free.find(candidate => !collides(candidate.network, routes.filter(route => route.length >= 16)))
        ?? new Problem("AP-K8S-NETWORK", {
            what: "There is no free network for the local Kubernetes",
            why: `it takes one of 10.244.0.0/16 to 10.${243 + most}.0.0/16 with one of 10.96.0.0/16 to 10.${95 + most}.0.0/16, and the machine's routes or other installations use all of them`,
            fix: "see `ip route`; stop a VPN that takes these ranges, or run `npm run destroy` in an installation that is no longer needed",
        });
}

/** Gives the network back. The last step of removing an installation. */
export function releaseInstallation(installation: Installation): void {
    if (readJson<{ home: string }>(registration(installation.index))?.home === installation.home) rmSync(registration(installation.index), { force: true });
    rmSync(join(installation.folder, "network.json"), { force: true });
}

/** Pure: what the installation of `home` with network `index` is called and where it is. */
export function describeInstallation(home: string, index: number): Installation {
    const pods = `10.${244 + index}`;
    const services = `10.${96 + index}`;
    const name = `agent-platform-${index}`;
    return {
        home, index, name,
        folder: join(home, "cluster"),
        run: join(runFolder, String(index)),
        kubeconfig: join(home, "kubeconfig"),
        network: {
            namespace: name,
            hostInterface: `agentplat${index}`,
            hostAddress: `${pods}.255.1`,
            nodeAddress: `${pods}.255.2`,
            podRange: `${pods}.0.0/16`,
            serviceRange: `${services}.0.0/16`,
            podSubnet: `${pods}.0.0/24`,
            bridgeAddress: `${pods}.0.1`,
            apiService: `${services}.0.1`,
            dnsService: `${services}.0.10`,
            api: `https://${pods}.255.2:6443`,
        },
    };
}

function registration(index: number): string {
    return join(machineFolder, "networks", `${index}.json`);
}

/** The home that has this network; one whose folder was deleted by hand has lost it. */
function ownerOf(index: number): string | undefined {
    const home = readJson<{ home: string }>(registration(index))?.home;
    return home !== undefined && existsSync(join(home, "cluster", "network.json")) ? home : undefined;
}

/** Where the machine sends packets already, apart from our own links. */
async function hostRoutes(): Promise<Cidr[]> {
    const routes = JSON.parse(await run("ip", ["-j", "-4", "route", "show", "table", "all"])) as { dst: string; dev?: string }[];
    return routes.filter(route => route.dst !== "default" && !route.dev?.startsWith("agentplat"))
        .flatMap(route => { try { return [parseCidr(route.dst)]; } catch { return []; } });
}

function collides(network: Network, routes: Cidr[]): boolean {
    return [network.podRange, network.serviceRange].some(range => routes.some(route => overlaps(route, parseCidr(range))));
}
