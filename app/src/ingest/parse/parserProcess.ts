/** One child that parses, watched: its memory, its silence, its death. */
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beside, childOptions } from "../../process.js";
import type { ParseReply, ParseRequest } from "./child.js";
import { ParseError } from "./page.js";

export class ParserProcess {
    /** How many documents were given to it. */
    documents = 0;
    private readonly child: ChildProcess;
    private readonly sampler: NodeJS.Timeout;
    private settle: ((reply: ParseReply | Error) => void) | undefined;
    private dead: Error | undefined;
    /** The end of what it complained about, for the log. */
    private complaint = "";

    constructor(memoryBytes: number) {
        this.child = fork(fileURLToPath(beside(import.meta.url, "child")), [], {
            execArgv: [...childOptions(), `--max-old-space-size=${Math.floor(memoryBytes / 2 ** 20 / 2)}`],
            // Nothing of the worker's environment: a parser that is taken over finds no secrets.
            // One thread for recognition: several wait for each other by spinning, which a busy machine turns into minutes.
            env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, OMP_THREAD_LIMIT: "1" },
            stdio: ["ignore", "ignore", "pipe", "ipc"],
            serialization: "advanced",
        });
        this.child.stderr?.on("data", (text: Buffer) => (this.complaint = (this.complaint + text.toString()).slice(-2000)));
        this.child.on("message", (reply) => this.settle?.(reply as ParseReply));
        this.child.on("error", (error) => this.end(new ParseError("PARSER_FAILED", `The parser could not be run: ${error.message}`, true)));
        this.child.on("close", (code, signal) => {
            this.end(
                signal === "SIGABRT" || code === 134
                    ? outOfMemory()
                    : new ParseError("PARSER_FAILED", `The parser stopped while reading this document (${signal ?? `exit code ${code}`}). The document may be damaged; save it again and upload that.`, true, new Error(this.complaint.trim())),
            );
        });
        this.sampler = setInterval(() => {
            if (this.settle !== undefined && this.residentBytes() > memoryBytes) this.kill(outOfMemory());
        }, 100);
        this.idle();
    }

    get alive(): boolean {
        return this.dead === undefined && this.child.connected;
    }

    ask(request: ParseRequest, ms: number): Promise<ParseReply> {
        if (request.kind === "start") this.documents++;
        return new Promise((resolve, reject) => {
            if (this.dead !== undefined) return reject(this.dead);
            const timer = setTimeout(
                () => this.kill(new ParseError("PARSER_TIMEOUT", "Reading the document took too long and was stopped. Split it, or save it again in a simpler form.")),
                Math.max(1, ms),
            );
            this.child.ref();
            this.child.channel?.ref();
            this.settle = (reply) => {
                clearTimeout(timer);
                this.settle = undefined;
                this.idle();
                if (reply instanceof Error) reject(reply);
                else resolve(reply);
            };
            this.child.send(request, (error) => error && this.end(new ParseError("PARSER_FAILED", "The parser stopped before it could read the document.", true)));
        });
    }

    kill(reason?: Error): void {
        this.child.kill("SIGKILL");
        this.end(reason ?? new ParseError("CANCELLED", "The work was cancelled."));
    }

    /** Zero where the system does not tell (only Linux does). */
    residentBytes(): number {
        try {
            return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
        } catch {
            return 0;
        }
    }

    private end(reason: Error): void {
        clearInterval(this.sampler);
        this.dead ??= reason;
        this.settle?.(this.dead);
    }

    /** A child that waits keeps no process alive. */
    private idle(): void {
        this.child.unref();
        this.child.channel?.unref();
        (this.child.stderr as unknown as { unref?(): void })?.unref?.();
        this.sampler.unref();
    }
}

function outOfMemory(): ParseError {
    return new ParseError("PARSER_MEMORY", "Reading the document took more memory than is allowed and was stopped. Split it, or save it again in a simpler form.");
}
