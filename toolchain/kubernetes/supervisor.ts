/**
 * The process that keeps the node alive: restarts what dies, bounds the logs, enforces network policies, makes
 * volumes and measures. It never ends its children: when it is stopped or killed they go on, and its successor adopts them.
 *
 * Started as `supervisor.js FOLDER` with the file FOLDER/supervisor.json (a `SupervisorSpec`).
 */
import { spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, statSync, truncateSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeClient } from "./api";
import type { ProcessSpec } from "./components";
import { readJson, writeAtomic } from "./files";
import type { Network } from "./installation";
import { serveMetrics, type MetricsSpec } from "./metrics/server";
import { enforcePolicies } from "./policy/watch";
import { commandLine, endProcesses, findProcesses, identify, isAlive, networkNamespaceOf, type ProcessId } from "./process";
import { provisionVolumes } from "./volumes";

export interface SupervisorSpec {
    network: Network;
    processes: ProcessSpec[];
    /** Folder of the log files. */
    logs: string;
    volumes: string;
    kubeconfig: string;
    metrics: MetricsSpec;
    /** Where the record of running processes is kept; gone after a reboot. */
    record: string;
    /** Identifies the program and its settings: another one takes over. */
    revision: string;
}

/** What runs, for `status` and for a successor. */
export interface SupervisorRecord {
    supervisor: ProcessId;
    revision: string;
    processes: Record<string, ProcessId & { revision: string; restarts: number; since: string }>;
}

const largestLog = 10 * 1024 * 1024;
const longestDelay = 10_000;

class Supervisor {
    readonly #record: SupervisorRecord;
    readonly #stop = new AbortController();

    constructor(private readonly spec: SupervisorSpec) {
        const former = readJson<SupervisorRecord>(spec.record);
        this.#record = { supervisor: identify(process.pid)!, revision: spec.revision, processes: former?.processes ?? {} };
    }

    async run(): Promise<void> {
        const { spec } = this;
        mkdirSync(spec.logs, { recursive: true, mode: 0o700 });
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.#end());
        process.on("SIGHUP", () => undefined);
        this.#log(`supervisor ${process.pid} takes over`);
        const client = KubeClient.fromKubeconfig(spec.kubeconfig);
        const log = (line: string) => this.#log(line);
        const adopted = await Promise.all(spec.processes.map(each => this.#adopt(each)));
        // Only now is what the record says about this revision true.
        this.#save();
        const logs = setInterval(() => this.#boundLogs(), 5000);
        await Promise.all([
            ...spec.processes.map((each, index) => this.#keep(each, adopted[index])),
            enforcePolicies(spec.network, client, this.#stop.signal, log),
            serveMetrics(spec.metrics, spec.kubeconfig, client, this.#stop.signal, log),
            provisionVolumes(spec.volumes, client, this.#stop.signal, log),
        ]);
        clearInterval(logs);
    }

    #end(): void {
        this.#log(`supervisor ${process.pid} ends; the node goes on`);
        this.#stop.abort();
        process.exit(0);
    }

    /** Keeps one process running for ever: the one that runs already, or a new one. */
    async #keep(spec: ProcessSpec, adopted: ProcessId | undefined): Promise<void> {
        let delay = 250;
        for (let first = true; !this.#stop.signal.aborted; first = false) {
            const started = Date.now();
            if (adopted && first) await this.#watch(adopted);
            else {
                if (spec.needs) await this.#waitFor(spec.needs);
                await this.#start(spec);
            }
            if (this.#stop.signal.aborted) return;
            // One that ran for a while has earned a quick restart.
            delay = Date.now() - started > 30_000 ? 250 : Math.min(delay * 2, longestDelay);
            this.#log(`${spec.name} ended; starting it again in ${delay} ms`);
            await sleep(delay);
        }
    }

    /** The running process of this name, if it runs as it should; another one is ended first. */
    async #adopt(spec: ProcessSpec): Promise<ProcessId | undefined> {
        const recorded = this.#record.processes[spec.name];
        const wanted = spec.command.slice(spec.command.indexOf("--") + 1).join("\0");
        const namespace = networkNamespaceOf(process.pid);
        // Started by a supervisor that was killed before it could write it down.
        const unknown = findProcesses((command, pid) => command.join("\0") === wanted && networkNamespaceOf(pid) !== namespace);
        const running = isAlive(recorded) ? recorded : undefined;
        if (running && running.revision === spec.revision && commandLine(running.pid)?.join("\0") === wanted) {
            this.#log(`${spec.name} runs already as ${running.pid}`);
            return running;
        }
        const others = [...(running ? [running] : []), ...unknown];
        if (others.length > 0) {
            this.#log(`${spec.name} runs with other settings; replacing it`);
            await endProcesses(others, 5000);
        }
        return undefined;
    }

    async #start(spec: ProcessSpec): Promise<void> {
        const output = openSync(this.#logFile(spec.name), "a", 0o600);
        // A session of its own and a file for output: it survives us.
        const child = spawn(spec.command[0]!, spec.command.slice(1), { detached: true, stdio: ["ignore", output, output], env: spec.env, cwd: "/" });
        closeSync(output);
        const ended = new Promise<void>(resolve => {
            child.on("exit", (code, signal) => {
                this.#log(`${spec.name} exited with ${signal ?? code}`);
                resolve();
            });
            child.on("error", error => {
                this.#log(`${spec.name} cannot be started: ${error.message}`);
                resolve();
            });
        });
        const id = child.pid === undefined ? undefined : identify(child.pid);
        if (id) {
            const restarts = (this.#record.processes[spec.name]?.restarts ?? -1) + 1;
            this.#record.processes[spec.name] = { ...id, revision: spec.revision, restarts, since: new Date().toISOString() };
            this.#save();
        }
        await ended;
    }

    async #watch(target: ProcessId): Promise<void> {
        while (isAlive(target) && !this.#stop.signal.aborted) await sleep(500);
    }

    async #waitFor(address: string): Promise<void> {
        for (const end = Date.now() + 60_000; Date.now() < end && !this.#stop.signal.aborted; await sleep(100)) {
            if (await accepts(address)) return;
        }
    }

    /** The processes hold their logs open for appending, so cutting a file short is enough. */
    #boundLogs(): void {
        for (const name of [...this.spec.processes.map(each => each.name), "supervisor"]) {
            const file = this.#logFile(name);
            try {
                if (statSync(file).size < largestLog) continue;
            } catch {
                continue; // Not written yet.
            }
            try {
                copyFileSync(file, `${file}.1`);
            } catch {
                // The disk is full: room matters more than old lines.
            }
            truncateSync(file, 0);
        }
    }

    #save(): void {
        writeAtomic(this.spec.record, JSON.stringify(this.#record, undefined, 2));
    }

    #logFile(name: string): string {
        return join(this.spec.logs, `${name}.log`);
    }

    #log(line: string): void {
        process.stdout.write(`${new Date().toISOString()} ${line}\n`);
    }
}

function accepts(address: string): Promise<boolean> {
    const [host, port] = address.split(":");
    return new Promise(resolve => {
        const socket = port ? createConnection({ host: host!, port: Number(port), timeout: 1000 }) : createConnection(address);
        const answer = (value: boolean) => () => {
            socket.destroy();
            resolve(value);
        };
        socket.once("connect", answer(true)).once("error", answer(false)).once("timeout", answer(false));
    });
}

const folder = process.argv[2];
const spec = folder === undefined ? undefined : readJson<SupervisorSpec>(join(folder, "supervisor.json"));
if (!spec) {
    process.stderr.write("usage: supervisor FOLDER, where FOLDER/supervisor.json says what to run\n");
    process.exit(2);
}
new Supervisor(spec).run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
