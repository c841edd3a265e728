/** The whole application in one child process with a database in memory, as `npm run dev` runs it. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { typescript } from "../../toolchain/core/paths";
import { freePort } from "../../toolchain/core/port";
import type { Account } from "./driver";

const repository = resolve(__dirname, "../..");
const web = join(repository, "app", "web");

/** A running embedded application. */
export interface Embedded {
    base: string;
    user: Account;
    admin: Account;
    stop(): Promise<void>;
}

/** Starts it on a free port; rejects with what it printed when it does not come up. */
export async function startEmbedded(): Promise<Embedded> {
    buildFront();
    const port = await freePort();
    const child = spawn(process.execPath, [...typescript, "src/main.ts"], {
        cwd: join(repository, "app"),
        env: { ...process.env, ROLE: "all", PORT: String(port), DATA_DIR: "memory", LOG_LEVEL: "warn" },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const output = await firstOutput(child);
    return { base: `http://127.0.0.1:${port}`, user: account(output, "user"), admin: account(output, "admin"), stop: () => stop(child) };
}

/** Builds the front unless the built one is newer than all its sources. */
function buildFront(): void {
    const built = join(web, "dist", "index.html");
    const sources = [...files(join(web, "src")), ...files(join(web, "public")), join(web, "index.html"), join(web, "vite.config.ts")];
    if (existsSync(built) && sources.every(path => statSync(path).mtimeMs < statSync(built).mtimeMs)) return;
    const vite = join(repository, "node_modules", "vite", "bin", "vite.js");
    const result = spawnSync(process.execPath, [vite, "build"], { cwd: web, encoding: "utf8" });
    if (result.status !== 0) throw new Error(`The front could not be built:\n${result.stdout}${result.stderr}`);
}

function files(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

/** What the process prints until it serves. */
function firstOutput(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
        let output = "";
        const timer = setTimeout(() => {
            child.kill("SIGKILL");
            reject(new Error(`The application did not come up:\n${output}`));
        }, 120_000);
        const take = (text: string): void => {
            output += text;
            if (/^\s*admin\s+\S+\s+\S+\s*$/m.test(output)) {
                clearTimeout(timer);
                resolve(output);
            }
        };
        child.stdout?.setEncoding("utf8").on("data", take);
        child.stderr?.setEncoding("utf8").on("data", take);
        child.once("exit", code => {
            clearTimeout(timer);
            reject(new Error(`The application ended with ${code}:\n${output}`));
        });
    });
}

function account(output: string, who: "user" | "admin"): Account {
    const found = new RegExp(`^\\s*${who}\\s+(\\S+)\\s+(\\S+)`, "m").exec(output);
    if (!found) throw new Error(`The application printed no sign-in for ${who}:\n${output}`);
    return { email: found[1]!, password: found[2]! };
}

async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await gone;
    clearTimeout(timer);
}
