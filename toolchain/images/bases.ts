/** The bases that images stand on, made from Debian packages where no container registry can be reached. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../core/lock";
import { cacheFolder } from "../core/paths";
import type { Report } from "../core/provision";
import { Problem } from "../core/problem";
import { run } from "../core/run";
import { collect, contentKey, sha256File } from "./contentKey";
import { assemble, type Addition, type Recipe } from "./debian";
import { unpackedPackage } from "./npmFiles";
import { debianRelease, nodePackage, npmPackage } from "./pins";

export type BaseName = "node" | "node-build" | "nginx" | "postgres";

/** A base that stands in the cache. */
export interface Base {
    name: BaseName;
    /** Key of the recipe; the same on every machine. */
    key: string;
    /** The root filesystem, a tar archive. */
    archive: string;
    /** Hash of that archive. Differs between machines whose mirrors carried different versions when it was made. */
    sha256: string;
    /** What is inside: package name to version. */
    packages: Record<string, string>;
}

const recipes: Record<BaseName, Recipe & { node?: boolean; npm?: boolean }> = {
    // No shell and no package manager: the application needs neither.
    node: {
        packages: ["base-files", "netbase", "tzdata", "libc6", "libstdc++6", "ca-certificates"],
        dropPackages: ["openssl*", "debconf", "libssl3*", "perl*", "mawk"],
        account: { name: "app", uid: 10001, home: "/tmp" },
        node: true,
    },
    // The same with npm and a shell, for the build stages only.
    "node-build": {
        packages: ["base-files", "netbase", "libc6", "libstdc++6", "ca-certificates", "dash", "coreutils"],
        dropPackages: ["debconf", "perl*", "mawk"],
        node: true,
        npm: true,
    },
    nginx: {
        packages: ["base-files", "netbase", "libc6", "nginx-light", "dash", "coreutils", "sed"],
        dropPackages: ["debconf", "perl*", "iproute2", "init-system-helpers", "libbpf*", "libelf*", "libcap2-bin", "libpam*", "libdb*", "libnginx-mod-*", "mawk"],
        dropPaths: ["var/www", "usr/share/nginx", "usr/lib/nginx", "etc/nginx/modules-*", "etc/nginx/sites-*", "etc/nginx/snippets"],
        account: { name: "nginx", uid: 101, home: "/nonexistent" },
    },
    // LLVM serves only just-in-time compilation, perl only Debian's cluster scripts: two thirds of the size.
    postgres: {
        packages: ["base-files", "netbase", "tzdata", "libc6", "libc-bin", "postgresql-17", "postgresql-17-pgvector", "dash", "coreutils", "sed"],
        dropPackages: [
            "libllvm*", "libz3*", "perl*", "libperl*", "*-perl", "libgdbm*", "libdb5*", "postgresql-common*", "postgresql-client-common",
            "ssl-cert", "openssl", "openssl-provider-legacy", "debconf", "adduser", "passwd", "login.defs", "libpam-modules*", "libsemanage*", "libsepol*",
            "procps", "libproc2*", "locales", "libc-l10n", "ucf", "init-system-helpers", "sensible-utils", "sysvinit-utils", "libncurses*", "mawk", "base-passwd",
        ],
        dropPaths: [
            "usr/lib/postgresql/17/lib/bitcode", "usr/lib/postgresql/17/lib/llvmjit*", "usr/lib/postgresql/17/lib/pgxs", "usr/lib/postgresql/17/bin/pgbench",
            "usr/share/postgresql/17/man", "usr/share/i18n", "usr/lib/locale", "usr/share/zoneinfo/right", "usr/share/postgresql-common", "etc/postgresql*",
        ],
        account: { name: "postgres", uid: 999, home: "/var/lib/postgresql" },
    },
};

/** Names the recipe; changes when anything that this repository decides about the base changes. */
export function baseKey(name: BaseName): string {
    const recipe = recipes[name];
    return contentKey(collect(__dirname, ["bases/finish.sh"]), {
        recipe: JSON.stringify(recipe),
        release: debianRelease,
        arch: process.arch,
        node: recipe.node ? JSON.stringify(nodePackage[process.arch] ?? null) : "",
        npm: recipe.npm ? JSON.stringify(npmPackage) : "",
    }).slice(0, 16);
}

/** The base if it stands in the cache. */
export function findBase(name: BaseName): Base | undefined {
    const folder = baseFolder(name);
    if (!existsSync(join(folder, "base.json"))) return undefined;
    return { ...(JSON.parse(readFileSync(join(folder, "base.json"), "utf8")) as Omit<Base, "archive">), archive: join(folder, "rootfs.tar") };
}

/**
 * The base, assembled when it is not in the cache. Complete or absent: it is made beside its place and renamed.
 * A newer package on the mirror does not remake it: only a changed recipe does, so that digests stay the same.
 * @throws Problem AP-IMAGE-…
 */
export async function ensureBase(name: BaseName, report: Report): Promise<Base> {
    const standing = findBase(name);
    if (standing) return standing;
    const parent = cacheFolder("images", "bases");
    const waiting = () => report(`another run is making the base ${name}`);
    return withLock(join(parent, `${name}.lock`), `making the base image ${name}`, async () => {
        const meanwhile = findBase(name);
        if (meanwhile) return meanwhile;
        removeUnfinished(parent, `.${name}.`);
        const work = mkdtempSync(join(parent, `.${name}.`));
        try {
            const archive = join(work, "rootfs.tar");
            const manifest = join(work, "packages");
            await assemble(recipes[name], await additions(name), archive, manifest, report);
            const packages = Object.fromEntries(readFileSync(manifest, "utf8").trim().split("\n").sort().map((line) => line.split(" ") as [string, string]));
            const base = { name, key: baseKey(name), sha256: await sha256File(archive), packages };
            rmSync(manifest);
            writeFileSync(join(work, "base.json"), JSON.stringify(base, undefined, 2));
            renameSync(work, baseFolder(name));
            removeOutdated(parent, name);
            return { ...base, archive: join(baseFolder(name), "rootfs.tar") };
        } finally {
            rmSync(work, { recursive: true, force: true });
        }
    }, waiting);
}

/** The base unpacked into a folder (as root, with the owners it has in the image), for running programs out of it. */
export async function unpackedBase(base: Base): Promise<string> {
    const folder = join(baseFolder(base.name), "rootfs");
    if (existsSync(folder)) return folder;
    return withLock(join(cacheFolder("images", "bases"), `${base.name}.lock`), `unpacking the base image ${base.name}`, async () => {
        if (existsSync(folder)) return folder;
        removeUnfinished(baseFolder(base.name), ".rootfs.");
        const work = mkdtempSync(join(baseFolder(base.name), ".rootfs."));
        await run("tar", ["-xpf", base.archive, "-C", work, "--numeric-owner"]);
        // mkdtemp makes it readable by its owner only, but unprivileged users run programs in here.
        await run("chmod", ["0755", work]);
        renameSync(work, folder);
        return folder;
    });
}

function baseFolder(name: BaseName): string {
    return cacheFolder("images", "bases", `${name}-${baseKey(name)}`);
}

async function additions(name: BaseName): Promise<Addition[]> {
    const found: Addition[] = [];
    if (recipes[name].node) {
        const pin = nodePackage[process.arch];
        if (pin === undefined) {
            throw new Problem("AP-IMAGE-ARCH", {
                what: `base images cannot be made for ${process.arch}`,
                why: `this repository pins Node for ${Object.keys(nodePackage).join(" and ")} only`,
                fix: "run on one of those, or where a container registry can be reached",
            });
        }
        found.push([join(await unpackedPackage(pin), "bin", "node"), "usr/local/bin/node"]);
    }
    if (recipes[name].npm) found.push([await unpackedPackage(npmPackage), "usr/local/lib/node_modules/npm"]);
    return found;
}

/** Bases of recipes that are no longer used here. Not at once: another checkout may still be at the older recipe. */
function removeOutdated(parent: string, name: BaseName): void {
    const month = 30 * 24 * 3_600_000;
    for (const entry of readdirSync(parent)) {
        const [, of] = /^(.+)-[0-9a-f]{16}$/.exec(entry) ?? [];
        const made = statSync(join(parent, entry, "base.json"), { throwIfNoEntry: false })?.mtimeMs;
        if (of === name && entry !== `${name}-${baseKey(name)}` && made !== undefined && Date.now() - made > month) rmSync(join(parent, entry), { recursive: true, force: true });
    }
}

/** What a killed run left. Only called under the lock, so nobody is working in there. */
function removeUnfinished(parent: string, prefix: string): void {
    if (!statSync(parent, { throwIfNoEntry: false })) return;
    for (const entry of readdirSync(parent)) if (entry.startsWith(prefix)) rmSync(join(parent, entry), { recursive: true, force: true });
}
