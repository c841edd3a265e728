/** The environment in which pulumi runs, for our own commands and for the user's shell. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolder, homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import { simulating } from "./simulation";
import type { Tools } from "./tools";

export type Variables = Record<string, string | undefined>;

export const stateFolder = (): string => homeFolder("state");
export const passphraseFile = (): string => homeFolder("passphrase");

/** True when the state is in our own folder, as a simulated one always is; false when the user has chosen a backend for this stack. */
export function ownsBackend(stack: string): boolean {
    const chosen = process.env.PULUMI_BACKEND_URL;
    return simulating() || stack === "dev" || chosen === undefined || chosen === "" || chosen === backendUrl();
}

/** What to add to the environment of a pulumi process; `undefined` takes a variable away. */
export function pulumiEnvironment(tools: Tools, stack: string): Variables {
    return {
        ...toolVariables(tools),
        PATH: [tools.folder, process.env.PATH].filter(Boolean).join(delimiter),
        NODE_COMPILE_CACHE: compileCache(),
        NODE_OPTIONS: nodeOptions(process.env.NODE_OPTIONS, join(__dirname, "lean.cjs")),
        ...(ownsBackend(stack) ? { ...backendVariables(), PULUMI_CONFIG_PASSPHRASE: undefined } : {}),
    };
}

/** Where Node keeps what it has compiled: every run loads the same programs, and this saves it a second. */
export const compileCache = (): string => process.env.NODE_COMPILE_CACHE ?? cacheFolder("node-compile-cache");

/** `given`, and that Node loads `module` ahead of everything else. */
export function nodeOptions(given: string | undefined, module: string): string {
    const option = `--require "${module.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    return given?.includes(option) ? given : [given, option].filter(Boolean).join(" ");
}

/** Lines for a POSIX shell that make plain pulumi commands work with the same tools, state and passphrase. */
export function shellLines(tools: Tools): string[] {
    const variables = { ...toolVariables(tools), ...backendVariables() };
    return [
        `export PATH=${quote(tools.folder)}${delimiter}"$PATH"`,
        ...Object.entries({ ...variables, NODE_COMPILE_CACHE: compileCache() }).map(([name, value]) => `export ${name}=${quote(value)}`),
        // It would win over the file.
        "unset PULUMI_CONFIG_PASSPHRASE",
    ];
}

/**
 * Makes sure that there are a folder for the state and a passphrase for the secrets in it.
 * @throws Problem when there is a state but its passphrase is gone: a new one could not read it
 */
export async function ensureBackend(): Promise<void> {
    await mkdir(stateFolder(), { recursive: true, mode: 0o700 });
    if (existsSync(passphraseFile())) return;
    if (await hasState()) throw passphraseLost();
    // Written beside and linked into place: whoever comes second uses the passphrase of the first.
    const draft = `${passphraseFile()}.${process.pid}`;
    try {
        await writeFile(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
        await link(draft, passphraseFile()).catch((error: NodeJS.ErrnoException) => {
            if (error.code !== "EEXIST") throw error;
        });
    } finally {
        await rm(draft, { force: true });
    }
}

/** Only for what the CLI cannot say itself: it would ask for a passphrase that is not there. */
export function passphraseLost(): Problem {
    return new Problem("AP-PASSPHRASE-LOST", {
        what: "The passphrase of the deployment's state is gone",
        why: `${passphraseFile()} does not exist, and the state in ${stateFolder()} holds secrets that only this passphrase can read`,
        fix: `put the passphrase back into that file (from a backup); or, to give up this deployment, move ${stateFolder()} away and run npm run up`,
    });
}

function toolVariables(tools: Tools): Record<string, string> {
    return {
        PULUMI_HOME: tools.home,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // See stackFile.ts: the salt of the secrets is taken from the state where the stack's file has none.
        PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
        // What was changed behind Pulumi's back is changed back, also when the other owner claims the field.
        PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
        // For every package in node_modules the CLI would look for its plugin online, with five attempts each, before each run:
        // in vain where it could not be had itself, and for nothing where clouds are simulated.
        ...(simulating() || !tools.cli.official ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    };
}

function backendVariables(): Record<string, string> {
    return { PULUMI_BACKEND_URL: backendUrl(), PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile() };
}

function backendUrl(): string {
    return pathToFileURL(stateFolder()).href;
}

async function hasState(): Promise<boolean> {
    const stacks = homeFolder("state", ".pulumi", "stacks");
    if (!existsSync(stacks)) return false;
    return (await readdir(stacks, { recursive: true })).some((name) => name.endsWith(".json"));
}

function quote(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}
