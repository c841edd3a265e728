/** The build context: exactly an image's inputs, with modes and times that do not depend on the checkout. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../core/paths";
import { tryRun } from "../core/run";
import type { Entry } from "./contentKey";

/** Copies `entries` from `root` into a new folder, runs `work` with it and removes it. */
export async function withContext<T>(root: string, entries: readonly Entry[], work: (folder: string) => Promise<T>): Promise<T> {
    const parent = cacheFolder("images", "tmp");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, "context-"));
    try {
        const folders = new Set<string>();
        for (const entry of entries) {
            const place = join(folder, entry.path);
            mkdirSync(dirname(place), { recursive: true });
            copyFileSync(join(root, entry.path), place);
            chmodSync(place, entry.executable ? 0o755 : 0o644);
            utimesSync(place, 0, 0);
            for (let at = dirname(entry.path); at !== "."; at = dirname(at)) folders.add(at);
        }
        for (const path of [...folders].sort().reverse()) {
            chmodSync(join(folder, path), 0o755);
            utimesSync(join(folder, path), 0, 0);
        }
        return await work(folder);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/**
 * How this machine's npm reaches its registry, as files to lend to a build: `npmrc` (registry, scopes, credentials,
 * proxies) and `ca` (the certificates that this machine trusts). Removed after `work`.
 */
export async function withNpmSecrets<T>(work: (secrets: Record<string, string>) => Promise<T>): Promise<T> {
    const parent = cacheFolder("images", "tmp");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, "secrets-"));
    try {
        const secrets: Record<string, string> = { npmrc: join(folder, "npmrc") };
        writeFileSync(secrets.npmrc!, await hostNpmrc(), { mode: 0o600 });
        const certificates = certificateBundle();
        if (certificates !== undefined) {
            secrets.ca = join(folder, "ca.pem");
            writeFileSync(secrets.ca, certificates, { mode: 0o600 });
        }
        return await work(secrets);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** The user's and the machine's npm configuration without the keys that name places on this machine. */
async function hostNpmrc(): Promise<string> {
    const asked = await tryRun("npm", ["config", "get", "globalconfig"], { cwd: homedir() }).catch(() => undefined);
    const files = [asked?.code === 0 ? asked.stdout.trim() : "", process.env.NPM_CONFIG_USERCONFIG ?? process.env.npm_config_userconfig ?? join(homedir(), ".npmrc")];
    const texts = files.map((file) => (file !== "" && existsSync(file) ? readFileSync(file, "utf8") : ""));
    return usableNpmrc(texts, process.env);
}

/** Pure part of `hostNpmrc`: later texts win over earlier ones, environment variables over both, as in npm. */
export function usableNpmrc(texts: readonly string[], env: NodeJS.ProcessEnv): string {
    const kept = new Map<string, string>();
    const local = /^(?:cafile|cache|prefix|nodedir|tmp|userconfig|globalconfig|script-shell|shell|init-.*|logs-dir|yes|workspace|workspaces|include-workspace-root)$/;
    for (const line of texts.join("\n").split("\n")) {
        const match = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
        // `${NAME}` in an npmrc means this machine's environment, which the build does not have.
        if (match && !local.test(match[1]!)) kept.set(match[1]!, match[2]!.replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? ""));
    }
    for (const key of ["registry", "proxy", "https-proxy", "noproxy", "strict-ssl"]) {
        const value = env[`npm_config_${key.replaceAll("-", "_")}`] ?? env[`NPM_CONFIG_${key.replaceAll("-", "_").toUpperCase()}`];
        if (value) kept.set(key, value);
    }
    return [...kept].map(([key, value]) => `${key}=${value}\n`).join("");
}

/** The certificates that this machine trusts, if it has a list of its own making. */
function certificateBundle(): string | undefined {
    const candidates = [process.env.NODE_EXTRA_CA_CERTS, process.env.npm_config_cafile, process.env.SSL_CERT_FILE, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
    const found = candidates.find((file) => file !== undefined && file !== "" && existsSync(file));
    return found === undefined ? undefined : readFileSync(found, "utf8");
}

/** Contexts and secrets that a killed run left behind. Only for the holder of the build lock: everything in there is then nobody's. */
export function removeLeftovers(): void {
    const parent = cacheFolder("images", "tmp");
    if (!existsSync(parent)) return;
    for (const entry of readdirSync(parent)) if (/^(?:context|secrets)-/.test(entry)) rmSync(join(parent, entry), { recursive: true, force: true });
}
