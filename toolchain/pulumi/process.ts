/** One run of the pulumi CLI. */
import { spawn } from "node:child_process";
import { log } from "../core/log";
import type { Variables } from "./environment";

export interface PulumiRun {
    cwd: string;
    env: Variables;
    /** Each line of standard output. Nothing of it is logged: it may hold secrets. */
    onLine?: (line: string) => void;
    /** Asks it to stop as Ctrl-C does. */
    signal?: AbortSignal;
    /** Ends it at once, as `kill -9` does. */
    kill?: AbortSignal;
}

export interface PulumiResult {
    code: number;
    stdout: string;
    stderr: string;
    /** The person asked to stop while it ran. */
    interrupted: boolean;
}

/**
 * Runs the CLI to its end. Ctrl-C is handed on to it once, so that it finishes what it has begun and unlocks the stack;
 * a second one makes it stop at once. It has a process group of its own, or the terminal would send it every Ctrl-C too.
 */
export function runPulumi(executable: string, args: readonly string[], options: PulumiRun): Promise<PulumiResult> {
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
    for (const [name, value] of Object.entries(env)) if (value === undefined) delete env[name];
    log(`$ pulumi ${args.join(" ")}`);
    return new Promise((resolve, reject) => {
        const child = spawn(executable, args, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
        const result: PulumiResult = { code: 1, stdout: "", stderr: "", interrupted: false };
        const forward = (): void => {
            result.interrupted = true;
            child.kill("SIGINT");
        };
        const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
        for (const signal of signals) process.on(signal, forward);
        options.signal?.addEventListener("abort", forward);
        options.kill?.addEventListener("abort", () => child.kill("SIGKILL"));
        let rest = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            if (options.onLine === undefined) {
                result.stdout += text;
                return;
            }
            const lines = (rest + text).split("\n");
            rest = lines.pop() ?? "";
            lines.forEach(options.onLine);
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => (result.stderr += text));
        const release = (): void => {
            for (const signal of signals) process.removeListener(signal, forward);
            options.signal?.removeEventListener("abort", forward);
        };
        child.on("error", (error) => {
            release();
            reject(error);
        });
        child.on("close", (code) => {
            release();
            if (rest !== "") options.onLine?.(rest);
            resolve({ ...result, code: code ?? 1 });
        });
    });
}
