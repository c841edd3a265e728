/** For tests: a role of the application as a process of its own, as it runs in a cluster. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { freePort } from "../../../toolchain/core/port.js";
import { appFolder } from "../env.js";
import { childOptions } from "../process.js";

export interface RoleProcess {
    url: string;
    process: ChildProcess;
    /** Everything it logged so far. */
    log(): string;
    /** Sends the signal and waits for the end; the exit code, or null when the signal ended it. */
    end(signal: NodeJS.Signals): Promise<number | null>;
}

const started = new Set<ChildProcess>();

/** Resolves when the role is ready. @param entry `dist/main.js` for what the image runs, once it is built */
export async function startRole(role: string, env: Record<string, string>, entry: "src/main.ts" | "dist/main.js" = "src/main.ts"): Promise<RoleProcess> {
    const port = await freePort();
    const child = spawnRole(role, { ...env, PORT: String(port) }, entry);
    const url = `http://127.0.0.1:${port}`;
    for (;;) {
        if (child.process.exitCode !== null) throw new Error(`${role} ended with ${child.process.exitCode}:\n${child.log()}`);
        const ready = await fetch(`${url}/ready`).then((response) => response.ok, () => false);
        if (ready) return { url, ...child };
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

/** Runs a role that ends by itself. */
export async function runRole(role: string, env: Record<string, string>): Promise<{ code: number | null; log: string }> {
    const child = spawnRole(role, env, "src/main.ts");
    if (child.process.exitCode === null) await once(child.process, "close");
    return { code: child.process.exitCode, log: child.log() };
}

/** For `after`: ends what a failed test left running. */
export function endRoles(): void {
    for (const child of started) child.kill("SIGKILL");
}

function spawnRole(role: string, env: Record<string, string>, entry: string): Omit<RoleProcess, "url"> {
    const child = spawn(process.execPath, entry.endsWith(".ts") ? [...childOptions(), appFolder(entry)] : startOptions(), {
        cwd: appFolder(),
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ROLE: role, ...env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    started.add(child);
    let log = "";
    child.stdout.on("data", (text: Buffer) => (log += text.toString()));
    child.stderr.on("data", (text: Buffer) => (log += text.toString()));
    child.once("close", () => started.delete(child));
    return {
        process: child,
        log: () => log,
        async end(signal) {
            if (child.exitCode === null && child.signalCode === null) {
                child.kill(signal);
                await once(child, "close");
            }
            return child.exitCode;
        },
    };
}

/** What the image runs: the arguments of "start" in package.json. */
function startOptions(): string[] {
    const { scripts } = JSON.parse(readFileSync(appFolder("package.json"), "utf8")) as { scripts: { start: string } };
    return scripts.start.split(" ").slice(1);
}
