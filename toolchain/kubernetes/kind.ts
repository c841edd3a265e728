/** The local Kubernetes where Docker runs: kind, with a node image pinned by digest. It brings network policies and volumes itself. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { cacheFolder, homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import type { Finding, Provision, Report } from "../core/provision";
import { run, tryRun, which } from "../core/run";
import { goArchitecture } from "./architecture";
import { KubeClient } from "./api";
import type { StartedCluster } from "./cluster";
import { downloadProgram } from "./download";
import { readJson, writeAtomic } from "./files";
import { importImage, restoreImages, type ImageStore, type ImportedImage } from "./images";
import { contextName } from "./installation";
import { kind, kubernetesVersion } from "./pins";
import type { ClusterStatus } from "./status";

/** Whether a Docker daemon answers; looked up once in a run. */
export function dockerRuns(): Promise<boolean> {
    docker ??= (async () => (await which("docker")) !== undefined && (await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5000 })).code === 0)();
    return docker;
}

let docker: Promise<boolean> | undefined;

export const kindProgram: Provision = {
    id: "kind",
    title: "kind (Kubernetes in Docker)",
    async inspect(): Promise<Finding> {
        const found = await findKind();
        if (found) return { state: "ready", version: found.version, source: found.source, detail: found.path };
        return checksum() ? { state: "missing", plan: `download kind ${kind.version} from github.com (10 MB)` } : { state: "failed", problem: noKind() };
    },
    async ensure(report: Report): Promise<void> {
        if (await findKind()) return;
        const wanted = checksum();
        if (!wanted) throw noKind();
        report(`downloading kind ${kind.version}`);
        mkdirSync(cacheFolder("kind", kind.version), { recursive: true });
        await downloadProgram(`https://github.com/kubernetes-sigs/kind/releases/download/v${kind.version}/kind-${platformName()}`, wanted, cacheFolder("kind", kind.version, "kind"));
    },
};

/** Whether this home's cluster is one of kind's that we made. */
export function isKindHome(home = homeFolder()): boolean {
    return existsSync(recordFile(home));
}

export async function startKind(report: Report, home: string): Promise<StartedCluster> {
    const program = await requireKind();
    const name = clusterName(home);
    const exists = (await run(program, ["get", "clusters"])).split("\n").includes(name);
    if (exists && !isKindHome(home)) throw new Problem("AP-K8S-FOREIGN", {
        what: `There is a kind cluster ${name} already, and this installation did not create it`, why: "clusters of others are never touched",
        fix: `delete it if it is not needed (kind delete cluster --name ${name}), or use it on purpose: npm run up -- --context kind-${name}`,
    });
    // Recorded first: a creation that is killed half way is then known as ours, and is thrown away and done again.
    const complete = readJson<{ complete: boolean }>(recordFile(home))?.complete === true;
    let unchanged = exists && complete;
    if (exists && !complete) await run(program, ["delete", "cluster", "--name", name]);
    if (!unchanged) await create(program, name, home, report);
    else if ((await nodeStatus(name)) !== "running") {
        report("starting the node");
        await run("docker", ["start", nodeOf(name)]);
        unchanged = false;
    }
    await writeKubeconfig(program, name, home);
    await waitForNodes(home);
    return { kubeconfig: join(home, "kubeconfig"), context: contextName, unchanged, lostImages: await restoreImages(storeOf(home)) };
}

/** With its data kept, the node is only stopped: its database lives inside. */
export async function stopKind({ keepData }: { keepData: boolean }, home: string): Promise<void> {
    if (!isKindHome(home)) return;
    const name = clusterName(home);
    if (keepData) {
        await tryRun("docker", ["stop", nodeOf(name)]);
        return;
    }
    await run(await requireKind(), ["delete", "cluster", "--name", name, "--kubeconfig", join(home, "kubeconfig")]);
    rmSync(join(home, "kubeconfig"), { force: true });
    rmSync(join(home, "cluster"), { recursive: true, force: true });
}

export async function kindStatus(home: string): Promise<ClusterStatus> {
    const name = clusterName(home);
    const base = { context: contextName, kubeconfig: join(home, "kubeconfig"), folder: join(home, "cluster"), components: [] };
    if ((await nodeStatus(name)) !== "running") return { ...base, state: "stopped" };
    const ready = await isReady(home).catch(() => false);
    return { ...base, state: ready ? "running" : "degraded", version: kubernetesVersion, node: { name: nodeOf(name), ready, address: "127.0.0.1" } };
}

export async function importIntoKind(images: readonly { archive: string; name: string; digest?: string }[], report: Report, home: string): Promise<ImportedImage[]> {
    const result: ImportedImage[] = [];
    for (const { archive, name, digest } of images) {
        report(`importing ${name}`);
        result.push(await importImage(storeOf(home), archive, name, digest));
    }
    return result;
}

async function create(program: string, name: string, home: string, report: Report): Promise<void> {
    report("creating the node (downloads 400 MB the first time)");
    const volumes = join(home, "cluster", "volumes");
    mkdirSync(volumes, { recursive: true, mode: 0o711 });
    writeAtomic(recordFile(home), JSON.stringify({ name, complete: false }));
    const config = {
        kind: "Cluster", apiVersion: "kind.x-k8s.io/v1alpha4", name,
        nodes: [{ role: "control-plane", image: kind.nodeImage, extraMounts: [{ hostPath: volumes, containerPath: "/var/local-path-provisioner" }] }],
    };
    await run(program, ["create", "cluster", "--config", "-", "--wait", "180s", "--kubeconfig", join(home, "kubeconfig.kind")], { input: JSON.stringify(config), onLine: line => report(line.trim()) });
    rmSync(join(home, "kubeconfig.kind"), { force: true });
    writeAtomic(recordFile(home), JSON.stringify({ name, complete: true }));
}

/** In our own form and under our own name, apart from the user's. */
async function writeKubeconfig(program: string, name: string, home: string): Promise<void> {
    const config = parse(await run(program, ["get", "kubeconfig", "--name", name], { secret: true })) as Record<string, unknown> & { contexts: { name: string }[] };
    config.contexts[0]!.name = contextName;
    config["current-context"] = contextName;
    writeAtomic(join(home, "kubeconfig"), JSON.stringify(config, undefined, 2));
}

async function waitForNodes(home: string): Promise<void> {
    let last = "";
    for (const end = Date.now() + 120_000; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 500))) {
        try {
            if (await isReady(home)) return;
        } catch (error) {
            last = error instanceof Error ? error.message : String(error);
        }
    }
    throw new Problem("AP-K8S-START", { what: "The kind node does not get ready", why: last || "its kubelet does not report", fix: "look at `docker logs agent-platform-control-plane`; `npm run up` tries again" });
}

async function isReady(home: string): Promise<boolean> {
    const client = KubeClient.fromKubeconfig(join(home, "kubeconfig"));
    try {
        const nodes = await client.get<{ items: { status: { conditions: { type: string; status: string }[] } }[] }>("/api/v1/nodes");
        return nodes.items.length > 0 && nodes.items.every(node => node.status.conditions.some(({ type, status }) => type === "Ready" && status === "True"));
    } finally {
        client.close();
    }
}

async function nodeStatus(name: string): Promise<string> {
    return (await tryRun("docker", ["inspect", "--format", "{{.State.Status}}", nodeOf(name)])).stdout.trim();
}

async function findKind(): Promise<{ path: string; version: string; source: "path" | "download" } | undefined> {
    const onPath = await which("kind");
    const version = onPath && /kind v(\d+\.\d+\.\d+)/.exec((await tryRun(onPath, ["version"])).stdout)?.[1];
    // A node image works with the release it was made for, and with later ones.
    if (onPath && version && version.localeCompare(kind.version, "en", { numeric: true }) >= 0) return { path: onPath, version, source: "path" };
    const cached = cacheFolder("kind", kind.version, "kind");
    return existsSync(cached) ? { path: cached, version: kind.version, source: "download" } : undefined;
}

async function requireKind(): Promise<string> {
    const found = await findKind();
    if (!found) throw new Problem("AP-K8S-PROGRAMS", { what: "kind is not there yet", why: "it is not on PATH and has not been downloaded", fix: "npm run up" });
    return found.path;
}

function storeOf(home: string): ImageStore {
    return { ctr: ["docker", "exec", "--interactive", nodeOf(clusterName(home)), "ctr"], record: join(home, "cluster", "images.json") };
}

function recordFile(home: string): string {
    return join(home, "cluster", "kind.json");
}

/** The usual home has the plain name; every other one its own. */
function clusterName(home: string): string {
    const usual = join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "agent-platform");
    return home === usual ? "agent-platform" : `agent-platform-${createHash("sha256").update(home).digest("hex").slice(0, 8)}`;
}

function nodeOf(name: string): string {
    return `${name}-control-plane`;
}

function platformName(): string {
    return `${process.platform}-${goArchitecture()}`;
}

function checksum(): string | undefined {
    return kind.checksums[platformName()];
}

function noKind(): Problem {
    return new Problem("AP-K8S-PROGRAMS", { what: "There is no kind for this machine", why: `kind ${kind.version} is not published for ${platformName()}`, fix: "install kind and put it on PATH, or name a cluster: npm run up -- --context NAME --registry HOST" });
}
