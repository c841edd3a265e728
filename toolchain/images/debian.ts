/** Root filesystems out of Debian packages, from the very mirror that this machine's apt uses. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "../core/problem";
import { CommandFailed, run, tryRun } from "../core/run";
import type { Report } from "../core/provision";
import { debianRelease } from "./pins";

/** One root filesystem to assemble. Everything in it is part of the base's key. */
export interface Recipe {
    packages: readonly string[];
    /** Shell patterns of dependencies whose files are removed again. */
    dropPackages?: readonly string[];
    /** Shell patterns of further paths, below the root. */
    dropPaths?: readonly string[];
    /** The account that the image runs as. */
    account?: { name: string; uid: number; home: string };
}

/** Files that are copied into a root filesystem: from where on this machine, to where below its root. */
export type Addition = readonly [source: string, destination: string];

/**
 * Assembles `recipe` into the tar archive `archive`, the packages that stay into `manifest` (one "name version" a line).
 * The same packages give the same bytes: entries are sorted and all times are zero.
 * @throws Problem AP-IMAGE-NO-MIRROR, AP-IMAGE-BASE
 */
export async function assemble(recipe: Recipe, additions: readonly Addition[], archive: string, manifest: string, report: Report): Promise<void> {
    report("reading the package lists");
    const args = [
        "--variant=extract",
        "--format=tar",
        `--include=${recipe.packages.join(",")}`,
        ...(await aptOptions()).map((option) => `--aptopt=${option}`),
        "--skip=cleanup/apt,output/dev",
        `--extract-hook=sh "$FINISH" "$1"`,
        debianRelease,
        archive,
        ...(await debianSources()),
    ];
    const env = {
        SOURCE_DATE_EPOCH: "0",
        // What a killed run leaves is then cleared away together with the archive.
        TMPDIR: dirname(archive),
        LC_ALL: "C.UTF-8",
        FINISH: join(__dirname, "bases", "finish.sh"),
        DROP_PACKAGES: (recipe.dropPackages ?? []).join(" "),
        DROP_PATHS: (recipe.dropPaths ?? []).join(" "),
        ADD: additions.map(([source, destination]) => `${source} ${destination}`).join("\n"),
        ACCOUNT: recipe.account ? `${recipe.account.name} ${recipe.account.uid} ${recipe.account.home}` : "",
        MANIFEST: manifest,
    };
    try {
        await run("mmdebstrap", args, { env, onLine: (line) => /^I: (?:running apt|downloading|extracting|creating)/.test(line) && report(line.slice(3)) });
        await appendMountPoints(archive);
    } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        const lines = error.result.stderr.trim().split("\n");
        throw new Problem("AP-IMAGE-BASE", {
            what: "a base image could not be assembled from Debian packages",
            why: lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1) ?? "mmdebstrap gave no reason",
            fix: "apt-get update   # must work on this machine and its mirror must carry Debian 13; then run the command again",
            cause: error,
        });
    }
}

/** Device nodes would make the archive impossible to unpack in a user namespace; what a runtime mounts over must be there all the same. */
async function appendMountPoints(archive: string): Promise<void> {
    const folder = mkdtempSync(`${archive}.`);
    try {
        mkdirSync(join(folder, "dev"), { mode: 0o755 });
        await run("tar", ["--append", "--file", archive, "--directory", folder, "--no-recursion", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=0755", "./dev"]);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/**
 * The lines of a sources list for `debianRelease`: the mirrors of apt's own configuration with the release exchanged.
 * `AGENT_PLATFORM_DEBIAN_MIRROR` names one where apt has none (a machine that is not Debian).
 */
async function debianSources(): Promise<string[]> {
    const named = process.env.AGENT_PLATFORM_DEBIAN_MIRROR;
    if (named) return [`deb ${named} ${debianRelease} main`];
    const listed = await tryRun("apt-get", ["indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)", "Created-By: Packages"]);
    const sources = sourcesFrom(listed.code === 0 ? listed.stdout : "");
    if (sources.length > 0) return sources;
    throw new Problem("AP-IMAGE-NO-MIRROR", {
        what: "no Debian mirror is known on this machine",
        why: "no container registry can be reached, so the base images are made from Debian packages, but apt has no Debian source",
        fix: "export AGENT_PLATFORM_DEBIAN_MIRROR=<address of a Debian mirror>, or run where a container registry can be reached",
    });
}

const debianReleases = new Set(["bullseye", "bookworm", "trixie", "forky", "sid", "oldoldstable", "oldstable", "stable", "testing", "unstable"]);

/** Pure part of `debianSources`: from the index targets that apt lists to the lines for the wanted release. */
export function sourcesFrom(indexTargets: string): string[] {
    const lines = new Set<string>();
    for (const target of indexTargets.split("\n")) {
        const [uri, release, component, origin] = target.split("|");
        if (!uri || !release || component !== "main") continue;
        const [, name, suffix] = /^([a-z]+)(|-security|-updates)$/.exec(release) ?? [];
        // The origin is only known once the lists have been fetched; the release's name is known before.
        const debian = origin ? origin === "Debian" : debianReleases.has(name ?? "");
        if (debian && suffix !== undefined) lines.add(`deb ${uri.replace(/\/$/, "")} ${debianRelease}${suffix} main`);
    }
    // Without the release itself, its updates alone are of no use.
    return [...lines].some((line) => line.endsWith(` ${debianRelease} main`)) ? [...lines].sort() : [];
}

/** How this machine's apt reaches the network (proxies, certificates, credentials), for the apt inside mmdebstrap. */
async function aptOptions(): Promise<string[]> {
    const dump = await tryRun("apt-config", ["dump", "--format", "%F %v%n"]);
    const wanted = /^Acquire::(?:https?::|Check-Valid-Until|Check-Date|Retries|ForceIPv[46])/;
    const options = dump.stdout.split("\n").flatMap((line) => {
        const space = line.indexOf(" ");
        const [key, value] = [line.slice(0, space), line.slice(space + 1)];
        return space > 0 && value !== "" && wanted.test(key) ? [`${key} "${value}"`] : [];
    });
    return [...options, 'Dir::Etc::netrc "/etc/apt/auth.conf"', 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d"'];
}
