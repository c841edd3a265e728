/** `npm test`: makes ready what the suites need, runs them one after the other, and adds them up. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pc from "picocolors";
import { homeFolder, repository } from "../core/paths";
import { openLog, logFile } from "../core/log";
import { Problem } from "../core/problem";
import { findTools } from "../pulumi";
import { provideNeeds } from "../test/needs";
import { suites, type Counts, type Suite } from "../test/suites";

export async function test(args: readonly string[]): Promise<number> {
    if (args.includes("--list")) {
        for (const suite of suites) process.stdout.write(`  ${suite.name.padEnd(8)}  ${suite.about}\n`);
        return 0;
    }
    const chosen = choose(args);
    openLog(homeFolder("logs", "test.log"));
    process.stdout.write(`${pc.bold("agent-platform test")} · ${chosen.map(suite => suite.name).join(", ")} · log ${logFile()}\n\n`);
    await provideNeeds([...new Set(chosen.flatMap(suite => suite.needs))]);
    const tools = await findTools();
    if (tools !== undefined) process.env.PATH = [tools.folder, process.env.PATH].join(delimiter);

    const total: Counts = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    for (const suite of chosen) {
        process.stdout.write(`\n${pc.bold(suite.name)} · ${suite.about}\n`);
        const started = Date.now();
        const counts = suite.kind === "types" ? await checkTypes(suite) : await runMocha(suite);
        for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
        lines.push(`  ${counts.failed > 0 ? pc.red("✗") : pc.green("✓")} ${suite.name.padEnd(8)} ${summary(counts)} · ${Math.round((Date.now() - started) / 1000)} s`);
    }
    process.stdout.write(`\n${lines.join("\n")}\n\n${summary(total)}\n`);
    return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function choose(names: readonly string[]): readonly Suite[] {
    const unknown = names.filter(name => !suites.some(suite => suite.name === name));
    if (unknown.length > 0) {
        throw new Problem("AP-USAGE", { what: `there is no test suite ${unknown.join(", ")}`, why: `the suites are ${suites.map(suite => suite.name).join(", ")}`, fix: "npm test -- --list tells what each of them shows" });
    }
    return names.length === 0 ? suites : suites.filter(suite => names.includes(suite.name));
}

function summary(counts: Counts): string {
    return `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`;
}

/** Each tsconfig is one test. */
async function checkTypes(suite: Suite): Promise<Counts> {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
    for (const project of suite.files) {
        const code = await child(process.execPath, [join(repository, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "-p", project], suite.timeout);
        process.stdout.write(`  ${code === 0 ? pc.green("✔") : pc.red("✖")} ${project}\n`);
        counts[code === 0 ? "passed" : "failed"]++;
    }
    return counts;
}

/** A run that leaves no counts behind has crashed, which is a failure. */
async function runMocha(suite: Suite): Promise<Counts> {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-counts-"));
    const file = join(folder, "counts.json");
    const mocha = join(repository, "node_modules", "mocha", "bin", "mocha.js");
    try {
        const code = await child(process.execPath, ["--import", "tsx", mocha, "--reporter", join(repository, "toolchain", "test", "reporter.ts"), "--reporter-option", `counts=${file}`, "--timeout", String(suite.timeout), "--exit", ...(process.stdout.isTTY ? [] : ["--no-colors"]), ...suite.files]);
        try {
            return JSON.parse(readFileSync(file, "utf8")) as Counts;
        } catch {
            process.stdout.write(`  ${pc.red("✖")} the suite ended with ${code} before it could be counted\n`);
            return { passed: 0, failed: 1, skipped: 0 };
        }
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function child(command: string, args: string[], timeout?: number): Promise<number> {
    return new Promise((resolve, reject) => {
        const running = spawn(command, args, { cwd: repository, stdio: ["ignore", "inherit", "inherit"], timeout });
        running.on("error", reject);
        running.on("close", code => resolve(code ?? 1));
    });
}
