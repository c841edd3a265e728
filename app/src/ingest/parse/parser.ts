/** Parses in a child process under limits of time and memory: a document can fail, the worker goes on. */
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beside, childOptions } from "../../process.js";
import type { ParseReply, ParseRequest } from "./child.js";
import { ParseError, type PageBatch } from "./page.js";

export interface ParseLimits {
    /** For each batch of pages. @default 60000 */
    batchMs?: number;
    /** For the document. @default 900000 */
    totalMs?: number;
    /** Resident memory of the child. @default 1 GiB */
    memoryBytes?: number;
}

export async function* parseDocument(path: string, mediaType: string, limits: ParseLimits = {}, signal?: AbortSignal): AsyncGenerator<PageBatch> {
    const { batchMs = 60_000, totalMs = 900_000, memoryBytes = 2 ** 30 } = limits;
    const child = fork(fileURLToPath(beside(import.meta.url, "child")), [], {
        execArgv: [...childOptions(), `--max-old-space-size=${Math.floor(memoryBytes / 2 ** 20 / 2)}`],
        // Nothing of the worker's environment: a parser that is taken over finds no secrets.
        env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        serialization: "advanced",
    });
    const watch = new Watch(child, memoryBytes);
    const abort = () => watch.kill(new ParseError("CANCELLED", "The work was cancelled."));
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    const deadline = Date.now() + totalMs;
    try {
        for (let request: ParseRequest = { kind: "start", path, mediaType }; ; request = { kind: "next" }) {
            const reply = await watch.ask(request, Math.min(batchMs, deadline - Date.now()));
            if (reply.kind === "end") return;
            if (reply.kind === "error") throw new ParseError(reply.code, reply.message, reply.transient);
            yield reply.batch;
        }
    } finally {
        signal?.removeEventListener("abort", abort);
        watch.kill();
    }
}

class Watch {
    private readonly sampler: NodeJS.Timeout;
    private settle: ((reply: ParseReply | Error) => void) | undefined;
    private dead: Error | undefined;
    /** The end of what it complained about, for the log. */
    private complaint = "";

    constructor(
        private readonly child: ChildProcess,
        memoryBytes: number,
    ) {
        child.stderr?.on("data", (text: Buffer) => (this.complaint = (this.complaint + text.toString()).slice(-2000)));
        child.on("message", (reply) => this.settle?.(reply as ParseReply));
        child.on("error", (error) => this.end(new ParseError("PARSER_FAILED", `The parser could not be run: ${error.message}`, true)));
        child.on("close", (code, signal) => {
            this.end(
                signal === "SIGABRT" || code === 134
                    ? outOfMemory()
                    : new ParseError("PARSER_FAILED", `The parser stopped while reading this document (${signal ?? `exit code ${code}`}). The document may be damaged; save it again and upload that.`, true, new Error(this.complaint.trim())),
            );
        });
        this.sampler = setInterval(() => {
            if (residentBytes(child.pid) > memoryBytes) this.kill(outOfMemory());
        }, 100);
    }

    ask(request: ParseRequest, ms: number): Promise<ParseReply> {
        return new Promise((resolve, reject) => {
            if (this.dead !== undefined) return reject(this.dead);
            const timer = setTimeout(
                () => this.kill(new ParseError("PARSER_TIMEOUT", "Reading the document took too long and was stopped. Split it, or save it again in a simpler form.")),
                Math.max(1, ms),
            );
            this.settle = (reply) => {
                clearTimeout(timer);
                this.settle = undefined;
                if (reply instanceof Error) reject(reply);
                else resolve(reply);
            };
            this.child.send(request, (error) => error && this.end(new ParseError("PARSER_FAILED", "The parser stopped before it could read the document.", true)));
        });
    }

    kill(reason?: Error): void {
        clearInterval(this.sampler);
        this.child.kill("SIGKILL");
        if (reason !== undefined) this.end(reason);
    }

    private end(reason: Error): void {
        clearInterval(this.sampler);
        this.dead ??= reason;
        this.settle?.(this.dead);
    }
}

function outOfMemory(): ParseError {
    return new ParseError("PARSER_MEMORY", "Reading the document took more memory than is allowed and was stopped. Split it, or save it again in a simpler form.");
}

/** Zero where the system does not tell (only Linux does). */
function residentBytes(pid: number | undefined): number {
    try {
        return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
    } catch {
        return 0;
    }
}
