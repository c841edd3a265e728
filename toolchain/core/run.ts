/** Child processes whose output goes to the log file, and whose failure is a clear error. */
import { spawn, type ChildProcess } from "node:child_process";
import { log } from "./log";

export interface RunOptions {
    cwd?: string;
    /** Added to the environment of this process; `undefined` removes a variable. */
    env?: Record<string, string | undefined>;
    /** Text for standard input; without it there is none. */
    input?: string;
    /** Called with each line of output, for progress. */
    onLine?: (line: string) => void;
    /** Milliseconds after which the child is killed; none by default. */
    timeout?: number;
    /** Keeps the output out of the log file; for output that holds secrets. */
    secret?: boolean;
}

export interface RunResult {
    code: number;
    stdout: string;
    stderr: string;
}

/** The command did not exit with 0. The message names the command and the last lines of what it printed. */
export class CommandFailed extends Error {
    constructor(readonly command: string, readonly result: RunResult) {
        const tail = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-8).join("\n");
        super(`${command} exited with ${result.code}${tail ? `:\n${tail}` : ""}`);
        this.name = "CommandFailed";
    }
}

/** Children of this process; none of them goes on when it ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach(child => child.kill("SIGTERM")));

/** Runs a command to its end, whatever its exit code. */
export async function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
    for (const key of Object.keys(env)) if (env[key] === undefined) delete env[key];
    const shown = options.secret ? `${command} …` : [command, ...args].join(" ");
    log(`$ ${shown}`);
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: options.cwd, env, stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"], timeout: options.timeout, killSignal: "SIGKILL" });
        running.add(child);
        child.on("close", () => running.delete(child));
        const result: RunResult = { code: 1, stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            let rest = "";
            child[stream]!.setEncoding("utf8").on("data", (text: string) => {
                result[stream] += text;
                const lines = (rest + text).split(/\r?\n/);
                rest = lines.pop() ?? "";
                for (const line of lines) {
                    if (!options.secret) log(line);
                    options.onLine?.(line);
                }
            }).on("end", () => {
                if (rest && !options.secret) log(rest);
                if (rest) options.onLine?.(rest);
            });
        }
        child.on("error", reject);
        child.on("close", (code, signal) => resolve({ ...result, code: code ?? (signal === "SIGINT" ? 130 : 1) }));
        if (options.input !== undefined) {
            // A child that exits before it has read everything is judged by its exit code, not by the broken pipe.
            child.stdin!.on("error", () => undefined);
            child.stdin!.end(options.input);
        }
    });
}

/**
 * Runs a command that must succeed, and returns what it printed.
 * @throws CommandFailed
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await tryRun(command, args, options);
    if (result.code !== 0) throw new CommandFailed(options.secret ? command : [command, ...args.slice(0, 3)].join(" "), result);
    return result.stdout;
}

/** The full path of a program on PATH, or nothing. */
export async function which(program: string): Promise<string | undefined> {
    const result = await tryRun("sh", ["-c", 'command -v -- "$1"', "sh", program]);
    return result.code === 0 ? result.stdout.trim() : undefined;
}
