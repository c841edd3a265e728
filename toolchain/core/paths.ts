/** Where the toolchain keeps things. Nothing else in the repository decides a location outside the checkout. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The checkout this program runs from. */
export const repository = resolve(__dirname, "../..");

/** Options of Node for a process that runs TypeScript of this repository. */
export const typescript: readonly string[] = ["--import", pathToFileURL(join(repository, "toolchain", "typescript", "register.mjs")).href];

/**
 * Tools, base images and downloads, keyed by version and shared by all checkouts of this user.
 * Losing it costs time, never data.
 */
export function cacheFolder(...parts: string[]): string {
    const base = process.env.AGENT_PLATFORM_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agent-platform");
    return join(base, ...parts);
}

/**
 * What must survive: Pulumi state, the passphrase, the local cluster and its volumes.
 * `AGENT_PLATFORM_HOME` names another one, which is a wholly separate installation (the tests use that).
 */
export function homeFolder(...parts: string[]): string {
    const base = process.env.AGENT_PLATFORM_HOME ?? join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "agent-platform");
    // Absolute, since long-lived processes with another working folder are told these paths.
    return resolve(base, ...parts);
}

/**
 * What installations of one machine must agree on, whatever their homes: which network each of them has.
 * Only root uses it.
 */
export const machineFolder = "/var/lib/agent-platform";

/** Sockets and process records. Short, since a socket's path may have 107 bytes; empty after a reboot, as it should be. */
export const runFolder = "/run/agent-platform";
