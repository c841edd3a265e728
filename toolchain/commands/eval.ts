/** `npm run eval`, `npm run bench`, `npm run audit:verify`: the application's own measurements and checks, in a process of their own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "../core/paths";

export function evaluate(args: readonly string[]): Promise<number> {
    return runInApp("scripts/eval.ts", args);
}

/** Benchmarks of ingestion, search and conversations. */
export function bench(args: readonly string[]): Promise<number> {
    return runInApp("bench/run.ts", args);
}

/** Whether the audit log is what was written. */
export function verifyAudit(args: readonly string[]): Promise<number> {
    return runInApp("scripts/audit-verify.ts", args);
}

/** Runs a script of the application with the terminal of this one. */
function runInApp(script: string, args: readonly string[]): Promise<number> {
    const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { cwd: join(repository, "app"), stdio: "inherit" });
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", code => resolve(code ?? 130));
    });
}
