/** `npm run dev`: the application alone, all roles in one process on an embedded database; server and front reload on save. */
import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pc from "picocolors";
import { homeFolder, repository } from "../core/paths";
import { openLog, logFile, log } from "../core/log";
import { freePort, requireFree } from "../core/port";
import { readOptions } from "./options";

export async function dev(args: readonly string[]): Promise<number> {
    const options = readOptions(args, { port: { type: "string", default: "5173" }, reset: { type: "boolean", default: false } });
    const port = Number(options.port);
    const data = join(repository, ".agent-platform", "dev");
    openLog(homeFolder("logs", "dev.log"));
    if (options.reset) rmSync(data, { recursive: true, force: true });
    await requireFree(port, "localhost", "npm run dev");
    const api = await freePort();
    const server = startServer(api, data);
    const front = await startFront(port, api);
    const stop = () => {
        server.kill("SIGTERM");
        void front.close();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
    void announce(api, port);
    const code = await new Promise<number>(resolve => server.on("close", status => resolve(status ?? 0)));
    await front.close();
    return code;
}

/** The application; `tsx watch` restarts it when one of its sources is saved. */
function startServer(port: number, data: string): ChildProcess {
    const tsx = join(repository, "node_modules", "tsx", "dist", "cli.mjs");
    const child = spawn(process.execPath, [tsx, "watch", "--clear-screen=false", "src/main.ts"], {
        cwd: join(repository, "app"),
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ROLE: "all", PORT: String(port), DATA_DIR: data },
    });
    for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
            for (const line of text.split("\n")) if (line.trim()) show(line, port);
        });
    }
    return child;
}

/** Log lines go to the file; what a person has to know is shown. */
function show(line: string, port: number): void {
    log(line);
    if (line.includes(`http://localhost:${port}`)) return;
    if (!line.startsWith("{")) return void process.stdout.write(`${line}\n`);
    try {
        const entry = JSON.parse(line) as { level?: number | string; msg?: string; err?: { message?: string } };
        if (entry.level === "error" || entry.level === "fatal" || Number(entry.level) >= 50) process.stdout.write(`${pc.red("error")} ${entry.msg ?? ""} ${entry.err?.message ?? ""}\n`);
    } catch {
        process.stdout.write(`${line}\n`);
    }
}

async function startFront(port: number, api: number): Promise<{ close(): Promise<void> }> {
    process.env.API_URL = `http://127.0.0.1:${api}`;
    const { createServer: createVite } = await import("vite");
    const vite = await createVite({ root: join(repository, "app", "web"), logLevel: "warn", clearScreen: false, server: { port, strictPort: true } });
    return vite.listen();
}

async function announce(api: number, port: number): Promise<void> {
    for (;; await sleep(100)) {
        try {
            if ((await fetch(`http://127.0.0.1:${api}/ready`)).ok) break;
        } catch {
            // Not listening yet.
        }
    }
    const seconds = (Date.now() - Number(process.env.AGENT_PLATFORM_STARTED ?? Date.now())) / 1000;
    process.stdout.write(`\n${pc.green("✔")} http://localhost:${port} · ready in ${seconds.toFixed(1)} s · log ${logFile()}\n  saving a file under app/ reloads it; Ctrl-C ends it\n`);
}
