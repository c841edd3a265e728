/** The local Kubernetes of one installation: started, stopped, looked at. */
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { buildSync } from "esbuild";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../core/lock";
import { homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { log } from "../core/log";
import { run, tryRun } from "../core/run";
import { goArchitecture } from "./architecture";
import { KubeClient, type KubeObject } from "./api";
import { configFile, configFiles, filesRead, nodeProcesses, socketOf, type NodeFacts, type Programs } from "./components";
import { readIfThere, readJson, writeAtomic } from "./files";
import { dropOldImages, importImage, listImages, restoreImages, type ImageStore, type ImportedImage } from "./images";
import { claimInstallation, contextName, findInstallation, nodeName, releaseInstallation, type Installation } from "./installation";
import { ensureNetwork, networkIsUp, removeNetwork } from "./network";
import { ensureCgroups, ensureFolders, podProcesses, removeCgroups, unmountBelow } from "./node";
import { buildImage, type BuiltImage } from "./oci";
import { pauseProgram } from "./pause";
import { ensurePki, identity, kubeconfigFor, pkiFile } from "./pki";
import { endProcesses, findProcesses, isAlive } from "./process";
import { kubernetesVersion } from "./pins";
import { findPrograms } from "./programs";
import { upstreamServers } from "./resolver";
import type { SupervisorRecord, SupervisorSpec } from "./supervisor";
import { systemObjects } from "./system";

export interface StartedCluster {
    kubeconfig: string;
    context: string;
    /** Whether it was running already, exactly as wanted. */
    unchanged: boolean;
    /** Images that were imported once and are beyond recovery: build and import them again. */
    lostImages: ImportedImage[];
}

/** A machine that compiles at the same time is slow. */
const patience = 180_000;
/** On the host's end of the link alone. */
const metricsPort = 6444;
const pauseName = "agent-platform.local/pause";
const corednsName = "agent-platform.local/coredns";

/**
 * Starts the cluster, or does nothing when it runs. The only thing needed after a reboot, a crash or an upgrade.
 * The provisions must have been ensured before.
 */
export async function startCluster(report: Report = () => undefined, home = homeFolder()): Promise<StartedCluster> {
    return locked(home, "starting the cluster", report, async () => {
        const installation = await claimInstallation(home);
        const programs = await findPrograms();
        report("certificates and settings");
        ensureFolders(installation);
        const newKeys = await ensurePki(installation);
        const images = systemImages(installation, programs);
        const facts = nodeFacts(installation, images.pause);
        writeConfiguration(installation, programs, facts);
        const spec = supervisorSpec(installation, programs);
        const unchanged = !newKeys && isAsWanted(installation, spec);
        if (!unchanged) {
            report("network");
            ensureCgroups(installation);
            await ensureNetwork(installation);
            await replaceSupervisor(installation, spec);
        }
        report("API server");
        const client = await waitForApi(installation, spec);
        try {
            const lostImages = await ensureImages(installation, images);
            await applySystem(client, installation, images.coredns);
            await waitForNode(client, installation, report);
            return { kubeconfig: installation.kubeconfig, context: contextName, unchanged, lostImages };
        } finally {
            client.close();
        }
    });
}

/**
 * Ends every process, container, mount and packet rule of the cluster. Its data go too, unless they are to be kept:
 * then volumes, the database and the certificates stay, and the next start finds everything as it was.
 */
export async function stopCluster({ keepData }: { keepData: boolean }, report: Report = () => undefined, home = homeFolder()): Promise<void> {
    await locked(home, "stopping the cluster", report, async () => {
        const installation = findInstallation(home);
        if (!installation) return;
        await endNode(installation, report);
        report("network and mounts");
        await unmountBelow(installation.run, join(installation.folder, "kubelet"), join(installation.folder, "containerd"));
        await removeNetwork(installation);
        removeCgroups(installation);
        rmSync(installation.run, { recursive: true, force: true });
        report("files");
        for (const part of ["kubelet", "containerd", "logs", "config", "node.json", "supervisor.js"]) rmSync(join(installation.folder, part), { recursive: true, force: true });
        if (keepData) return;
        releaseInstallation(installation);
        rmSync(installation.kubeconfig, { force: true });
        rmSync(installation.folder, { recursive: true, force: true });
    });
}

export interface ClusterStatus {
    state: "absent" | "stopped" | "running" | "degraded";
    version?: string;
    context?: string;
    kubeconfig?: string;
    /** Address of the API server. */
    api?: string;
    node?: { name: string; ready: boolean; address: string; reason?: string };
    components: { name: string; running: boolean; pid?: number; since?: string; restarts: number }[];
    folder?: string;
}

/** What runs now. Changes nothing, and asks nothing that it could wait for. */
export async function clusterStatus(home = homeFolder()): Promise<ClusterStatus> {
    const installation = findInstallation(home);
    if (!installation) return { state: "absent", components: [] };
    const record = readJson<SupervisorRecord>(recordFile(installation));
    const names = readJson<SupervisorSpec>(join(installation.folder, "supervisor.json"))?.processes.map(each => each.name) ?? [];
    const components = [
        { name: "supervisor", running: isAlive(record?.supervisor), restarts: 0, ...(isAlive(record?.supervisor) ? { pid: record!.supervisor.pid } : {}) },
        ...names.map(name => {
            const known = record?.processes[name];
            const running = isAlive(known);
            return { name, running, restarts: known?.restarts ?? 0, ...(running ? { pid: known!.pid, since: known!.since } : {}) };
        }),
    ];
    const base = { context: contextName, kubeconfig: installation.kubeconfig, api: installation.network.api, folder: installation.folder, components };
    if (!components.some(({ running }) => running)) return { ...base, state: "stopped" };
    const node = await nodeState(installation);
    const healthy = components.every(({ running }) => running) && node?.ready === true;
    return { ...base, state: healthy ? "running" : "degraded", version: kubernetesVersion, ...(node ? { node } : {}) };
}

/** Imports images for pods of this installation. The cluster must run. */
export async function importImages(images: readonly { archive: string; name: string; digest?: string }[], report: Report = () => undefined, home = homeFolder()): Promise<ImportedImage[]> {
    const installation = findInstallation(home);
    if (!installation) throw notRunning("there is none yet");
    return withLock(join(home, "images.lock"), "importing images", async () => {
        const result: ImportedImage[] = [];
        for (const { archive, name, digest } of images) {
            report(`importing ${name}`);
            result.push(await importImage(storeOf(installation), archive, name, digest));
        }
        await dropOldImages(storeOf(installation), await imagesInUse(home));
        return result;
    });
}

/** A client with all rights, for the toolchain itself. */
export function clusterClient(home = homeFolder()): KubeClient {
    return KubeClient.fromKubeconfig(join(home, "kubeconfig"));
}

async function locked<T>(home: string, purpose: string, report: Report, work: () => Promise<T>): Promise<T> {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return withLock(join(home, "cluster.lock"), purpose, work, holder => report(`waiting for process ${holder.pid}: ${holder.purpose}`));
}

interface SystemImages {
    /** References, as pods name them. */
    pause: string;
    coredns: string;
    build(): { name: string; image: BuiltImage }[];
}

/** The references are remembered, because finding them out takes building the images. */
function systemImages(installation: Installation, programs: Programs): SystemImages {
    const { size, mtimeMs } = statSync(programs.coredns);
    const key = `${programs.coredns} ${size} ${mtimeMs}`;
    const file = join(installation.folder, "system-images.json");
    const build = () => [
        { name: pauseName, image: buildImage({ name: `${pauseName}:1`, user: "65535", entrypoint: ["/pause"], files: [{ path: "pause", content: pauseProgram(process.arch), mode: 0o755 }] }, goArchitecture()) },
        { name: corednsName, image: buildImage({ name: `${corednsName}:1`, user: "65532", entrypoint: ["/coredns"], files: [{ path: "coredns", content: readFileSync(programs.coredns), mode: 0o755 }] }, goArchitecture()) },
    ];
    const known = readJson<{ key: string; pause: string; coredns: string }>(file);
    if (known?.key === key) return { pause: known.pause, coredns: known.coredns, build };
    const [pause, coredns] = build().map(({ image }) => image.reference) as [string, string];
    writeAtomic(file, JSON.stringify({ key, pause, coredns }));
    return { pause, coredns, build };
}

/** What this machine grants; decided once for as long as the node's image store lives. */
function nodeFacts(installation: Installation, pauseImage: string): NodeFacts {
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
    const resolvConf = configFile(installation, "resolv.conf");
    const servers = upstreamServers();
    writeAtomic(resolvConf, servers.map(server => `nameserver ${server}\n`).join(""), 0o644);
    const known = readJson<{ snapshotter: NodeFacts["snapshotter"] }>(join(installation.folder, "node.json"));
    const facts: NodeFacts = { limited: (effective & (1n << 24n)) === 0n, resolvConf, pauseImage, snapshotter: known?.snapshotter ?? "overlayfs" };
    writeAtomic(join(installation.folder, "node.json"), JSON.stringify({ snapshotter: facts.snapshotter }));
    return facts;
}

function writeConfiguration(installation: Installation, programs: Programs, facts: NodeFacts): void {
    const files: Record<string, string> = {
        ...configFiles(installation, programs, facts),
        "controller-manager.kubeconfig": kubeconfigFor(installation, "controller-manager", { context: contextName, user: "controller-manager" }),
        "scheduler.kubeconfig": kubeconfigFor(installation, "scheduler", { context: contextName, user: "scheduler" }),
        "kubelet.kubeconfig": kubeconfigFor(installation, "kubelet", { context: contextName, user: "kubelet" }),
        "kube-proxy.kubeconfig": kubeconfigFor(installation, "kube-proxy", { context: contextName, user: "kube-proxy" }),
        "supervisor.kubeconfig": kubeconfigFor(installation, "supervisor", { context: contextName, user: "supervisor" }),
    };
    for (const [file, content] of Object.entries(files)) {
        if (readIfThere(configFile(installation, file)) !== content) writeAtomic(configFile(installation, file), content);
    }
    const admin = kubeconfigFor(installation, "admin", { context: contextName, user: "agent-platform-admin" });
    if (readIfThere(installation.kubeconfig) !== admin) writeAtomic(installation.kubeconfig, admin);
}

/** A digest of what a process reads when it starts: another one means that it must be started again. */
function revisionOf(installation: Installation, name: string): string {
    const digest = createHash("sha256");
    for (const file of filesRead[name] ?? []) digest.update(readIfThere(file.startsWith("pki/") ? join(installation.folder, file) : configFile(installation, file)) ?? "");
    return digest.digest("hex").slice(0, 16);
}

function supervisorSpec(installation: Installation, programs: Programs): SupervisorSpec {
    const bundle = join(installation.folder, "supervisor.js");
    const built = buildSync({ entryPoints: [join(__dirname, "supervisor.ts")], bundle: true, platform: "node", target: "node22", format: "cjs", write: false, logLevel: "silent" }).outputFiles[0]!.text;
    if (readIfThere(bundle) !== built) writeAtomic(bundle, built);
    const spec = {
        network: installation.network,
        processes: nodeProcesses(installation, programs, name => revisionOf(installation, name)),
        logs: join(installation.folder, "logs"),
        volumes: join(installation.folder, "volumes"),
        kubeconfig: configFile(installation, "supervisor.kubeconfig"),
        record: recordFile(installation),
        metrics: {
            address: installation.network.hostAddress, port: metricsPort, ...identity(installation, "metrics"),
            clientAuthority: pkiFile(installation, "front-proxy-ca.crt"), clientName: "front-proxy-client", kubelet: `https://${installation.network.nodeAddress}:10250`, node: nodeName,
        },
    };
    return { ...spec, revision: createHash("sha256").update(JSON.stringify(spec)).update(built).digest("hex").slice(0, 16) };
}

function recordFile(installation: Installation): string {
    return join(installation.run, "processes.json");
}

function isAsWanted(installation: Installation, spec: SupervisorSpec): boolean {
    const record = readJson<SupervisorRecord>(recordFile(installation));
    return record?.revision === spec.revision && isAlive(record.supervisor) && networkIsUp(installation.network);
}

/** Ends an older supervisor, which leaves the node running, and starts the new one, which adopts what is as it should be. */
async function replaceSupervisor(installation: Installation, spec: SupervisorSpec): Promise<void> {
    await endProcesses(supervisors(installation), 5000);
    writeAtomic(join(installation.folder, "supervisor.json"), JSON.stringify(spec, undefined, 2));
    mkdirSync(spec.logs, { recursive: true, mode: 0o700 });
    const output = openSync(join(spec.logs, "supervisor.log"), "a", 0o600);
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => ["HOME", "LANG", "PATH", "TMPDIR"].includes(name)));
    const child = spawn(process.execPath, supervisorCommand(installation), { detached: true, stdio: ["ignore", output, output], cwd: "/", env: environment });
    closeSync(output);
    child.unref();
}

function supervisorCommand(installation: Installation): string[] {
    return ["--max-old-space-size=128", join(installation.folder, "supervisor.js"), installation.folder];
}

function supervisors(installation: Installation) {
    const tail = supervisorCommand(installation).slice(1).join("\0");
    return findProcesses(command => command.slice(-2).join("\0") === tail);
}

async function waitForApi(installation: Installation, spec: SupervisorSpec): Promise<KubeClient> {
    const client = KubeClient.fromKubeconfig(installation.kubeconfig);
    let last: unknown;
    for (const end = Date.now() + patience; Date.now() < end; await sleep(150)) {
        try {
            // One that is about to be replaced may still answer.
            const apiServer = readJson<SupervisorRecord>(spec.record);
            const current = apiServer?.revision === spec.revision && isAlive(apiServer.processes["kube-apiserver"]) && apiServer.processes["kube-apiserver"]?.revision === revisionOf(installation, "kube-apiserver");
            if (!current) throw new Error("it is not running");
            await client.text("/readyz", 3000);
            return client;
        } catch (error) {
            last = error;
        }
    }
    client.close();
    throw new Problem("AP-K8S-START", {
        what: "The API server of the local Kubernetes does not answer", why: `after three minutes: ${last instanceof Error ? last.message : String(last)}`,
        fix: `look at the ends of kube-apiserver.log and etcd.log in ${join(installation.folder, "logs")}; \`npm run up\` tries again`, cause: last,
    });
}

async function ensureImages(installation: Installation, images: SystemImages): Promise<ImportedImage[]> {
    const store = storeOf(installation);
    for (let tries = 0; (await tryRun("ctr", ["--address", socketOf(installation), "version"])).code !== 0; tries++) {
        if (tries > 100) throw new Problem("AP-K8S-START", { what: "containerd does not answer", why: "see containerd.log", fix: `look at ${join(installation.folder, "logs", "containerd.log")}` });
        await sleep(200);
    }
    const present = await listImages(store);
    if (!present.has(images.pause) || !present.has(images.coredns)) {
        for (const { name, image } of images.build()) {
            const archive = join(installation.folder, `${image.digest.slice("sha256:".length)}.tar`);
            writeAtomic(archive, image.archive);
            await importImage(store, archive, name, image.digest);
            rmSync(archive, { force: true });
        }
    }
    return (await restoreImages(store)).filter(({ name }) => name !== pauseName && name !== corednsName);
}

function storeOf(installation: Installation): ImageStore {
    return { ctr: ["ctr", "--address", socketOf(installation)], record: join(installation.folder, "images.json") };
}

/** What pods name: such an image must stay, even if there is a newer one. */
async function imagesInUse(home: string): Promise<Set<string>> {
    const client = clusterClient(home);
    try {
        const { items } = await client.get<{ items: { spec: { containers: { image: string }[]; initContainers?: { image: string }[] } }[] }>("/api/v1/pods");
        return new Set(items.flatMap(({ spec }) => [...spec.containers, ...spec.initContainers ?? []].map(({ image }) => image)));
    } finally {
        client.close();
    }
}

async function applySystem(client: KubeClient, installation: Installation, corednsImage: string): Promise<void> {
    const objects = systemObjects({ dnsService: installation.network.dnsService, corednsImage, upstream: upstreamServers(), metrics: { address: installation.network.hostAddress, port: metricsPort, authority: readIfThere(pkiFile(installation, "ca.crt")) ?? "" } });
    const digest = createHash("sha256").update(JSON.stringify(objects)).digest("hex");
    const mark = join(installation.folder, "system.applied");
    if (readIfThere(mark) === digest) return;
    for (const { path, object } of objects) await applyPatiently(client, path, object);
    writeAtomic(mark, digest);
}

/** In its first seconds an API server refuses some writes: its own roles and quotas are not there yet. */
async function applyPatiently(client: KubeClient, path: string, object: object): Promise<void> {
    for (const end = Date.now() + 30_000; ; await sleep(300)) {
        try {
            await client.apply(path, object);
            return;
        } catch (error) {
            if (Date.now() > end) throw error;
            log(`applying ${path}: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}

interface NodeObject extends KubeObject {
    status: { conditions: { type: string; status: string; reason?: string; message?: string }[] };
}

async function waitForNode(client: KubeClient, installation: Installation, report: Report): Promise<void> {
    report("node and names");
    // What the API server remembers of a node that has been down is no sign of life.
    const started = Date.parse(readJson<SupervisorRecord>(recordFile(installation))?.processes.kubelet?.since ?? "") || 0;
    let why = "the kubelet has not registered the node";
    for (const end = Date.now() + patience; Date.now() < end; await sleep(200)) {
        const node = await retried(() => client.find<NodeObject>(`/api/v1/nodes/${nodeName}`));
        const lease = await retried(() => client.find<{ spec: { renewTime?: string } }>(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nodeName}`));
        const ready = node?.status.conditions.find(condition => condition.type === "Ready");
        const alive = Date.parse(lease?.spec.renewTime ?? "") >= started;
        if (ready?.status === "True" && alive) {
            if (await servesNames(installation)) return;
            why = "names (CoreDNS) are not served yet";
        } else if (ready && alive) why = ready.message ?? why;
    }
    throw new Problem("AP-K8S-START", { what: "The node of the local Kubernetes does not get ready", why, fix: `look at the ends of kubelet.log and containerd.log in ${join(installation.folder, "logs")}; \`npm run up\` tries again` });
}

/** The API server answers, and may still be short of breath. */
async function retried<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
        return await call();
    } catch (error) {
        log(`while waiting: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
    }
}

async function servesNames(installation: Installation): Promise<boolean> {
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([installation.network.dnsService]);
    try {
        return (await resolver.resolve4("kubernetes.default.svc.cluster.local")).includes(installation.network.apiService);
    } catch {
        return false;
    }
}

async function nodeState(installation: Installation): Promise<ClusterStatus["node"]> {
    const client = KubeClient.fromKubeconfig(installation.kubeconfig);
    try {
        const node = await client.get<NodeObject>(`/api/v1/nodes/${nodeName}`);
        const ready = node.status.conditions.find(condition => condition.type === "Ready");
        return { name: nodeName, ready: ready?.status === "True", address: installation.network.nodeAddress, ...(ready?.status === "True" ? {} : { reason: ready?.message ?? "no report from the kubelet" }) };
    } catch (error) {
        return { name: nodeName, ready: false, address: installation.network.nodeAddress, reason: error instanceof Error ? error.message : String(error) };
    } finally {
        client.close();
    }
}

/** Order matters: first what would start things again, last the database. */
async function endNode(installation: Installation, report: Report): Promise<void> {
    report("supervisor");
    await endProcesses(supervisors(installation), 5000);
    const spec = readJson<SupervisorSpec>(join(installation.folder, "supervisor.json"));
    const running = (name: string) => {
        const command = spec?.processes.find(each => each.name === name)?.command;
        const wanted = command?.slice(command.indexOf("--") + 1).join("\0");
        const recorded = readJson<SupervisorRecord>(recordFile(installation))?.processes[name];
        return [...findProcesses(each => each.join("\0") === wanted), ...(isAlive(recorded) ? [recorded!] : [])];
    };
    const end = async (...names: string[]) => endProcesses(names.flatMap(running), 10_000);
    await end("kubelet", "kube-scheduler", "kube-controller-manager", "kube-proxy");
    report("containers");
    await endProcesses(podProcesses(installation), 8000);
    await endProcesses(findProcesses(command => command[0]?.includes("containerd-shim") === true && command.includes(socketOf(installation))), 3000);
    await end("containerd");
    report("control plane");
    await end("kube-apiserver");
    await end("etcd");
    log(`cluster ${installation.name} has ended`);
}

function notRunning(why: string): Problem {
    return new Problem("AP-K8S-NOT-RUNNING", { what: "The local Kubernetes does not run", why, fix: "run `npm run up`" });
}
