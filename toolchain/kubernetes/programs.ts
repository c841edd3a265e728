/** Where the programs of the node come from: PATH, the vendor's download, or pinned Go modules. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../core/lock";
import { cacheFolder, repository } from "../core/paths";
import { canReach } from "../core/download";
import { Problem } from "../core/problem";
import type { Finding, Provision, Report, Source } from "../core/provision";
import { run, tryRun, which } from "../core/run";
import { findGo, goBuild } from "../pulumi/go";
import { goArchitecture } from "./architecture";
import type { Programs } from "./components";
import { downloadProgram } from "./download";
import { findNodeTools } from "./packages";
import { buildScratch, corednsVersion, kubernetesVersion, nodePrograms } from "./pins";

interface Found {
    /** Folder with the programs of Kubernetes. */
    kubernetes: string;
    coredns: string;
    source: Source;
    version: string;
}

const modules = join(repository, "toolchain", "go", "kubernetes");
const release = `https://dl.k8s.io/release/v${kubernetesVersion}/bin/linux/${goArchitecture()}`;
const corednsRelease = `https://github.com/coredns/coredns/releases/download/v${corednsVersion}/coredns_${corednsVersion}_linux_${goArchitecture()}.tgz`;

/** Everything that a node runs. @throws Problem when something is missing */
export async function findPrograms(): Promise<Programs> {
    const [found, tools] = [await find(), await findNodeTools()];
    if (!found || !tools) throw new Problem("AP-K8S-PROGRAMS", { what: "The programs of the local Kubernetes are not there yet", why: found ? "a Debian package is missing" : "they are not on PATH and have not been downloaded or built", fix: "npm run up" });
    return { kubernetes: found.kubernetes, coredns: found.coredns, ...tools };
}

export const kubernetesPrograms: Provision = {
    id: "kubernetes",
    title: "Kubernetes programs",
    async inspect(): Promise<Finding> {
        const found = await find();
        if (found) return { state: "ready", version: found.version, source: found.source, detail: found.kubernetes };
        if (await canDownload()) return { state: "missing", plan: `download Kubernetes ${kubernetesVersion} from dl.k8s.io and CoreDNS ${corednsVersion} from github.com (about 450 MB)` };
        const go = await findGo();
        if (!go) return { state: "failed", problem: noWay() };
        return { state: "missing", plan: `build Kubernetes ${kubernetesVersion} and CoreDNS ${corednsVersion} from their Go modules with Go ${go} (6 to 8 minutes on 2 cores, 190 MB)` };
    },
    async ensure(report: Report): Promise<void> {
        if (await find()) return;
        if (await canDownload()) return download(report);
        if (!(await findGo())) throw noWay();
        const folder = builtFolder();
        await goBuild({
            title: "Kubernetes", module: modules, packages: ["./cmd/kubernetes", "./cmd/coredns"], folder, scratch: buildScratch,
            // Without its version Kubernetes takes itself for 0.0.0 and refuses to compare.
            ldflags: ["-s -w", ...Object.entries({ gitVersion: `v${kubernetesVersion}`, gitMajor: "1", gitMinor: kubernetesVersion.split(".")[1]! }).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(" "),
        }, report);
        link(folder);
    },
};

async function find(): Promise<Found | undefined> {
    return await onPath() ?? await cached(downloadFolder(), "download") ?? await cached(builtFolder(), "built");
}

/** All of them, of the pinned minor version: components of different versions are nothing to rely on. */
async function onPath(): Promise<Found | undefined> {
    const kubelet = await which("kubelet");
    const coredns = await which("coredns");
    if (!kubelet || !coredns) return undefined;
    const folder = dirname(kubelet);
    if (!nodePrograms.every(name => existsSync(join(folder, name)))) return undefined;
    const version = /v(\d+\.\d+\.\d+)/.exec((await tryRun(kubelet, ["--version"])).stdout)?.[1];
    return version && minor(version) === minor(kubernetesVersion) ? { kubernetes: folder, coredns, source: "path", version } : undefined;
}

async function cached(folder: string, source: Source): Promise<Found | undefined> {
    const complete = [...nodePrograms, "coredns"].every(name => existsSync(join(folder, name)));
    return complete ? { kubernetes: folder, coredns: join(folder, "coredns"), source, version: kubernetesVersion } : undefined;
}

function downloadFolder(): string {
    return cacheFolder("kubernetes", `download-${kubernetesVersion}`);
}

/** Named after everything that goes into it. */
function builtFolder(): string {
    const digest = createHash("sha256");
    for (const file of ["go.mod", "go.sum", "cmd/kubernetes/main.go", "cmd/coredns/main.go"]) digest.update(readFileSync(join(modules, file)));
    return cacheFolder("kubernetes", `built-${kubernetesVersion}-${digest.digest("hex").slice(0, 12)}`);
}

/** One program answers to six names. */
function link(folder: string): void {
    for (const name of nodePrograms) {
        const path = join(folder, name);
        if (!existsSync(path) || readlinkSync(path) !== "kubernetes") symlinkSync("kubernetes", path);
    }
}

async function canDownload(): Promise<boolean> {
    if (process.platform !== "linux") return false;
    const answers = await Promise.all([canReach(`${release}/kubelet.sha256`), canReach(`${corednsRelease}.sha256`)]);
    return answers.every(Boolean);
}

async function download(report: Report): Promise<void> {
    const folder = downloadFolder();
    await withLock(`${folder}.lock`, "downloading Kubernetes", async () => {
        if (existsSync(folder)) return;
        await mkdir(dirname(folder), { recursive: true });
        for (const name of readdirSync(dirname(folder))) if (name.startsWith(`download-${kubernetesVersion}.`) && name.endsWith(".tmp")) await rm(join(dirname(folder), name), { recursive: true, force: true });
        const draft = `${folder}.${process.pid}.tmp`;
        await mkdir(draft);
        try {
            for (const [number, name] of nodePrograms.entries()) {
                report(`downloading ${name} (${number + 1} of ${nodePrograms.length + 1})`);
                await downloadProgram(`${release}/${name}`, `${release}/${name}.sha256`, join(draft, name));
            }
            report("downloading CoreDNS");
            await downloadProgram(corednsRelease, `${corednsRelease}.sha256`, join(draft, "coredns.tgz"));
            await run("tar", ["-xzf", join(draft, "coredns.tgz"), "-C", draft, "coredns"]);
            await rm(join(draft, "coredns.tgz"));
            await rename(draft, folder);
        } finally {
            await rm(draft, { recursive: true, force: true });
        }
    }, holder => report(`waiting for another run that downloads Kubernetes (process ${holder.pid})`));
}

function minor(version: string): string {
    return version.split(".").slice(0, 2).join(".");
}

function noWay(): Problem {
    return new Problem("AP-K8S-PROGRAMS", {
        what: "The programs of Kubernetes cannot be had on this machine", why: "they are not on PATH, dl.k8s.io and github.com cannot be reached, and there is no Go to build them from their modules",
        fix: "install Go 1.24 or newer (https://go.dev/dl) and put it on PATH, or Docker, or allow access to dl.k8s.io and github.com",
    });
}
