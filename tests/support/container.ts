/**
 * Runs an image as strictly as the cluster does, with runc: the image's own unprivileged user, read-only root,
 * no capabilities, no new privileges, /tmp in memory. The network is the machine's, so that tests reach it on 127.0.0.1.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, tryRun, which } from "../../toolchain/core/run";
import type { ImageArchive } from "../../toolchain/images";

/** An image unpacked for running. */
export interface UnpackedImage {
    rootfs: string;
    config: { User?: string; Env?: string[]; Entrypoint?: string[]; Cmd?: string[]; WorkingDir?: string; StopSignal?: string };
    remove(): void;
}

export interface Running {
    /** Everything that it printed so far. */
    output(): string;
    /** Resolves with the exit code when it has ended. */
    ended: Promise<number>;
    /** Sends a signal to the program in the container. */
    signal(name: string): Promise<void>;
    /** Kills it if it still runs, and removes what it left. */
    remove(): Promise<void>;
}

/** Whether containers can be run here: root, Linux and runc. */
export async function canRunContainers(): Promise<boolean> {
    return process.getuid?.() === 0 && (await which("runc")) !== undefined;
}

export async function unpackImage(image: ImageArchive): Promise<UnpackedImage> {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-image-"));
    const layout = join(folder, "layout");
    const rootfs = join(folder, "rootfs");
    mkdirSync(layout);
    mkdirSync(rootfs);
    await run("tar", ["-xf", image.archive, "-C", layout]);
    const blob = (digest: string) => join(layout, "blobs", "sha256", digest.slice("sha256:".length));
    const manifest = JSON.parse(readFileSync(blob(image.digest), "utf8")) as { config: { digest: string }; layers: { digest: string }[] };
    const { config } = JSON.parse(readFileSync(blob(manifest.config.digest), "utf8")) as { config: UnpackedImage["config"] };
    for (const layer of manifest.layers) await run("tar", ["-xpf", blob(layer.digest), "-C", rootfs, "--numeric-owner"]);
    rmSync(layout, { recursive: true });
    return { rootfs, config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts a container of the image. */
export function runImage(image: UnpackedImage, options: { env?: Record<string, string>; args?: string[]; entrypoint?: string[]; mounts?: { from: string; to: string }[] } = {}): Running {
    const bundle = mkdtempSync(join(tmpdir(), "agent-platform-bundle-"));
    const id = `agent-platform-test-${randomBytes(6).toString("hex")}`;
    const [uid = 0, gid = 0] = (image.config.User ?? "0:0").split(":").map(Number);
    const mount = (destination: string, type: string, flags: string[]) => ({ destination, type, source: type, options: flags });
    writeFileSync(join(bundle, "config.json"), JSON.stringify({
        ociVersion: "1.0.2",
        hostname: "container",
        root: { path: image.rootfs, readonly: true },
        process: {
            terminal: false,
            user: { uid, gid },
            args: [...(options.entrypoint ?? image.config.Entrypoint ?? []), ...(options.args ?? image.config.Cmd ?? [])],
            env: [...(image.config.Env ?? []), ...Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)],
            cwd: image.config.WorkingDir || "/",
            capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
            noNewPrivileges: true,
        },
        mounts: [
            mount("/proc", "proc", []),
            mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            mount("/tmp", "tmpfs", ["nosuid", "nodev", "mode=1777", "size=262144k"]),
            { destination: "/etc/hosts", type: "bind", source: "/etc/hosts", options: ["rbind", "ro"] },
            ...(options.mounts ?? []).map(({ from, to }) => ({ destination: to, type: "bind", source: from, options: ["rbind", "rw"] })),
        ],
        linux: {
            namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
            maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
            readonlyPaths: ["/proc/sys", "/proc/sysrq-trigger"],
        },
    }));
    const child = spawn("runc", ["run", "--bundle", bundle, id], { stdio: ["ignore", "pipe", "pipe"] });
    return handle(child, id, bundle);
}

function handle(child: ChildProcess, id: string, bundle: string): Running {
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const ended = new Promise<number>((resolve, reject) => child.once("error", reject).once("close", (code) => resolve(code ?? 137)));
    ended.catch(() => undefined);
    return {
        output: () => output,
        ended,
        signal: async (name) => {
            await run("runc", ["kill", id, name]);
        },
        remove: async () => {
            let over = false;
            const end = ended.then(() => (over = true), () => (over = true));
            // On a busy machine runc may not have made the container yet, and has nothing to kill.
            while (!over) {
                await tryRun("runc", ["kill", id, "KILL"]);
                await Promise.race([end, sleep(200)]);
            }
            await tryRun("runc", ["delete", "--force", id]);
            rmSync(bundle, { recursive: true, force: true });
        },
    };
}

/** Waits until `look` gives something, asking again every 100 ms; says what was printed when it never does. */
export async function eventually<T>(look: () => Promise<T | undefined>, what: () => string, patience = 60_000): Promise<T> {
    for (const end = Date.now() + patience; Date.now() < end; ) {
        const found = await look().catch(() => undefined);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`waited ${patience / 1000} s in vain: ${what()}`);
}
