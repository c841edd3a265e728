/** Programs from pinned Go modules, leaving nothing behind but the executables. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../core/lock";
import { Problem, toProblem } from "../core/problem";
import type { Report } from "../core/provision";
import { run, tryRun, which } from "../core/run";

export interface GoBuild {
    /** For messages, e.g. "Pulumi CLI". */
    title: string;
    /** Folder with go.mod and go.sum, which pin every module by checksum. */
    module: string;
    /** The commands to build. */
    packages: readonly string[];
    /** Build tags. @default none */
    tags?: readonly string[];
    /** For the linker, e.g. the version that the program reports. */
    ldflags: string;
    /** Folder that the executables end up in; it appears only when all of them are built. */
    folder: string;
    /** Bytes that compiling takes for a while, beside what stays. */
    scratch: number;
}

/** The oldest Go that can fetch the one that go.mod asks for. */
const OLDEST_GO = [1, 21] as const;

/** The version of Go on PATH, if it is new enough to be of use. */
export async function findGo(): Promise<string | undefined> {
    if ((await which("go")) === undefined) return undefined;
    const found = /\bgo(\d+)\.(\d+)(\.\d+)?/.exec((await tryRun("go", ["version"])).stdout);
    if (found === null) return undefined;
    const [major, minor] = [Number(found[1]), Number(found[2])];
    return major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1]) ? found[0].slice(2) : undefined;
}

/**
 * Builds unless it is built. Safe to be killed at any moment and to run twice at once.
 * @throws Problem when the disk is too full or the build fails
 */
export async function goBuild(build: GoBuild, report: Report): Promise<void> {
    await withLock(`${build.folder}.lock`, `building ${build.title}`, async () => {
        if (existsSync(build.folder)) return;
        await mkdir(dirname(build.folder), { recursive: true });
        await removeLeftovers(build.folder);
        await requireSpace(build);
        // Private caches: the build cache of a whole program is gigabytes that nobody would ever use again.
        const scratch = `${build.folder}.${process.pid}.tmp`;
        try {
            await compile(build, scratch, report);
            await rename(join(scratch, "bin"), build.folder);
        } finally {
            await removeScratch(scratch);
        }
    }, (holder) => report(`waiting for another run that builds ${build.title} (process ${holder.pid})`));
}

async function compile(build: GoBuild, scratch: string, report: Report): Promise<void> {
    const env = {
        GOCACHE: join(scratch, "cache"), GOTMPDIR: join(scratch, "tmp"), GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0", GOTOOLCHAIN: "auto", ...(await moduleCache(scratch)),
        // Measured: a compiler that collects its garbage less often takes a fifth less of the processor; without tables
        // for debuggers, which the linker would throw away anyhow, it takes another sixth less.
        GOGC: "400",
    };
    await mkdir(env.GOTMPDIR, { recursive: true });
    await mkdir(join(scratch, "bin"), { recursive: true });
    const tags = ["-tags", (build.tags ?? []).join(",")];
    try {
        report("downloading Go modules");
        const listed = await run("go", ["list", ...tags, "-deps", "-f", "{{.ImportPath}}", ...build.packages], { cwd: build.module, env });
        const total = listed.trim().split("\n").length;
        let done = 0;
        await run("go", ["build", "-v", "-trimpath", "-gcflags=all=-dwarf=false", ...tags, "-ldflags", build.ldflags, "-o", `${join(scratch, "bin")}/`, ...build.packages], {
            cwd: build.module,
            env,
            onLine: (line) => {
                // -v names each package as it is compiled, one a line.
                if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) report(`compiling: ${++done} of ${total} packages`);
            },
        });
    } catch (error) {
        const known = toProblem(error);
        if (known.code === "AP-DISK-FULL") throw known;
        throw new Problem("AP-GO-BUILD", {
            what: `${build.title} could not be built from its Go modules`,
            why: error instanceof Error ? error.message : String(error),
            fix: "check that the Go module proxy can be reached (go env GOPROXY), then run the same command again: it goes on where it can",
            cause: error,
        });
    }
}

/** The user's own module cache when there is one; otherwise one that is removed with the rest. */
async function moduleCache(scratch: string): Promise<Record<string, string>> {
    const own = (await run("go", ["env", "GOMODCACHE"])).trim();
    return existsSync(own) ? {} : { GOMODCACHE: join(scratch, "modules") };
}

async function requireSpace(build: GoBuild): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(build.folder));
    if (bavail * bsize >= build.scratch) return;
    throw new Problem("AP-PULUMI-DISK", {
        what: `Not enough room on the disk to build ${build.title}`,
        why: `building takes ${gigabytes(build.scratch)} for a few minutes, and ${dirname(build.folder)} has ${gigabytes(bavail * bsize)}`,
        fix: "free some space, or let AGENT_PLATFORM_CACHE name a folder on another disk",
    });
}

function gigabytes(bytes: number): string {
    return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What a killed run has left; the lock says that no one is at it. */
async function removeLeftovers(folder: string): Promise<void> {
    const parent = dirname(folder);
    for (const name of await readdir(parent)) {
        const path = join(parent, name);
        if (path.startsWith(`${folder}.`) && name.endsWith(".tmp")) await removeScratch(path);
    }
}

/** Go makes the folders of its module cache read-only. */
async function removeScratch(scratch: string): Promise<void> {
    if (!existsSync(scratch)) return;
    await tryRun("chmod", ["-R", "u+w", scratch]);
    await rm(scratch, { recursive: true, force: true });
}
