/** Starts, finds and stops the local ports: one detached process for each stack that people reach through one. */
import { fork } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { homeFolder, typescript } from "../core/paths";
import { portTaken, requireFree } from "../core/port";
import { Problem } from "../core/problem";
import type { Target } from "./forwarder";

export interface LocalPort {
    pid: number;
    port: number;
    url: string;
    target: Target;
}

/** The default of `npm run up -- --port`. */
export const defaultPort = 8080;

const command = "npm run up";
const record = (stack: string) => homeFolder("local-ports", `${stack}.json`);

/** The running local port of a stack, or nothing. */
export function findLocalPort(stack: string): LocalPort | undefined {
    try {
        const found = JSON.parse(readFileSync(record(stack), "utf8")) as LocalPort;
        return isOurs(found.pid) ? found : undefined;
    } catch {
        return undefined;
    }
}

/**
 * Makes `http://localhost:<port>` lead to the target; keeps a running one that does so already.
 * @throws Problem AP-PORT-TAKEN
 */
export async function startLocalPort(stack: string, target: Target, port: number): Promise<LocalPort> {
    const running = findLocalPort(stack);
    if (running !== undefined && running.port === port && JSON.stringify(running.target) === JSON.stringify(target)) return running;
    await stopLocalPort(stack);
    await checkPort(stack, port);
    const child = fork(join(__dirname, "main.ts"), [], {
        detached: true,
        execArgv: [...typescript],
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        env: { ...process.env, AGENT_PLATFORM_LOCAL_PORT: JSON.stringify({ target, port }) },
    });
    const answer = await new Promise<{ listening?: true; code?: string; message?: string }>(resolve => {
        child.once("message", message => resolve(message as { listening?: true }));
        child.once("exit", code => resolve({ message: `the process ended with ${code}` }));
    });
    if (answer.code === "EADDRINUSE") throw portTaken(port, command);
    if (answer.listening !== true) {
        throw new Problem("AP-LOCAL-PORT", { what: `the local port ${port} could not be opened`, why: answer.message ?? "unknown", fix: "run the same command again" });
    }
    child.unref();
    const opened: LocalPort = { pid: child.pid!, port, url: `http://localhost:${port}`, target };
    mkdirSync(dirname(record(stack)), { recursive: true, mode: 0o700 });
    writeFileSync(record(stack), JSON.stringify(opened));
    return opened;
}

/** Ends the local port; does nothing when none runs. */
export async function stopLocalPort(stack: string): Promise<void> {
    const running = findLocalPort(stack);
    if (running !== undefined) {
        process.kill(running.pid, "SIGTERM");
        while (isOurs(running.pid)) await sleep(50);
    }
    rmSync(record(stack), { force: true });
}

/**
 * Whether the port is free for us: nobody listens, or our own local port does.
 * @throws Problem AP-PORT-TAKEN
 */
export async function checkPort(stack: string, port: number): Promise<void> {
    if (findLocalPort(stack)?.port === port) return;
    await requireFree(port, "127.0.0.1", command);
}

/** A pid may have been given to another program since. */
function isOurs(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch {
        return false;
    }
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join("local-port", "main.ts"));
    } catch {
        return process.platform !== "linux";
    }
}
