/** A node of our own: started, stopped, given images. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../core/lock";
import { log } from "../core/log";
import { homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { KubeClient } from "./api";
import { socketOf } from "./components";
import { nodeFacts, recordFile, supervisorSpec, writeConfiguration } from "./configuration";
import { readJson, writeAtomic } from "./files";
import { dropOldImages, importImage, type ImportedImage } from "./images";
import { claimInstallation, contextName, findInstallation, releaseInstallation, type Installation } from "./installation";
import { ensureNetwork, networkIsUp, removeNetwork } from "./network";
import { ensureCgroups, ensureFolders, podProcesses, removeCgroups, unmountBelow } from "./node";
import { pauseCommand } from "./pause";
import { ensurePki } from "./pki";
import { commandLine, endProcesses, findProcesses, isAlive } from "./process";
import { findPrograms } from "./programs";
import { applySystem, waitForApi, waitForNode } from "./readiness";
import type { SupervisorRecord, SupervisorSpec } from "./supervisor";
import { ensureImages, storeOf, systemImages } from "./system-images";

export interface StartedCluster {
    kubeconfig: string;
    context: string;
    /** Whether it was running already, exactly as wanted. */
    unchanged: boolean;
    /** Images that were imported once and are beyond recovery: build and import them again. */
    lostImages: ImportedImage[];
}


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
    // The first process of each pod only holds its network: it hears no signal but the last, and has nothing to finish.
    await endProcesses(podProcesses(installation).filter(({ pid }) => commandLine(pid)?.[0] !== pauseCommand), 8000);
    await endProcesses(podProcesses(installation), 0);
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
