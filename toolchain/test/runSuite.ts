/** Runs one suite in processes of its own, and counts. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { repository, typescript } from "../core/paths";
import type { Counts, Failure, Suite } from "./suites";
import { remember, remembered, typeCheck } from "./types";

/** Takes what a suite prints, piece by piece. */
export type Output = (text: string) => void;

/** Runs the suite to its end; a failing test is counted, never thrown. */
export function runSuite(suite: Suite, output: Output): Promise<Counts> {
    return suite.kind === "types" ? checkTypes(suite, output) : runMocha(suite, output);
}

/** Each tsconfig is one test. */
async function checkTypes(suite: Suite, output: Output): Promise<Counts> {
    const failures: Failure[] = [];
    let passed = 0;
    for (const project of suite.files) {
        remembered(project);
        const code = await child(typeCheck(project), output, suite.timeout);
        remember(project);
        output(`  ${code === 0 ? pc.green("✔") : pc.red("✖")} ${project}\n`);
        if (code === 0) passed++;
        else failures.push({ title: project, message: "the errors stand above, under “types”" });
    }
    return { passed, failed: failures.length, skipped: 0, failures, files: {} };
}

/** A run that leaves no counts behind has crashed, which is a failure. */
async function runMocha(suite: Suite, output: Output): Promise<Counts> {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-counts-"));
    const file = join(folder, "counts.json");
    try {
        const code = await child([
            ...typescript, join(repository, "node_modules", "mocha", "bin", "mocha.js"),
            "--reporter", join(repository, "toolchain", "test", "reporter.ts"), "--reporter-option", `counts=${file}`,
            "--timeout", String(suite.timeout), "--exit", pc.isColorSupported ? "--colors" : "--no-colors", ...suite.files,
        ], output);
        try {
            return JSON.parse(readFileSync(file, "utf8")) as Counts;
        } catch {
            const message = `the suite ended with ${code} before it could be counted`;
            output(`  ${pc.red("✖")} ${message}\n`);
            return { passed: 0, failed: 1, skipped: 0, failures: [{ title: suite.name, message }], files: {} };
        }
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Told to stop, it finishes the test in work and cleans up; told again, it ends at once. */
function child(args: string[], output: Output, timeout?: number): Promise<number> {
    return new Promise((resolve, reject) => {
        // A group of its own: a terminal's Ctrl-C would end it, and leave what it has started.
        const running = spawn(process.execPath, args, { cwd: repository, stdio: ["ignore", "pipe", "pipe"], timeout, detached: true });
        let told = false;
        const stop = (): void => {
            if (told) killGroup(running.pid);
            else running.kill("SIGINT");
            told = true;
        };
        process.on("SIGINT", stop);
        process.once("exit", stop);
        for (const stream of [running.stdout, running.stderr]) stream.setEncoding("utf8").on("data", output);
        running.on("error", reject);
        running.on("close", code => {
            process.off("SIGINT", stop);
            process.off("exit", stop);
            resolve(code ?? 1);
        });
    });
}

function killGroup(leader: number | undefined): void {
    try {
        if (leader !== undefined) process.kill(-leader, "SIGKILL");
    } catch {
        return;
    }
}
