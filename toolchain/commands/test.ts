/** `npm test`: makes ready what the suites need, runs them side by side, and adds them up. */
import { availableParallelism } from "node:os";
import { delimiter } from "node:path";
import pc from "picocolors";
import { homeFolder } from "../core/paths";
import { openLog, logFile } from "../core/log";
import { Problem } from "../core/problem";
import { findTools } from "../pulumi";
import { runLanes, type Ended } from "../test/lanes";
import { provideNeeds } from "../test/needs";
import { secondLook, type Looked } from "../test/secondLook";
import { suites, type Failure, type Suite, type Tally } from "../test/suites";

/** Suites wait about half of their time, so there may be more of them than processors; beyond three their time limits would measure the machine. */
const mostLanes = 3;

export async function test(args: readonly string[]): Promise<number> {
    if (args.includes("--list")) {
        for (const suite of suites) process.stdout.write(`  ${suite.name.padEnd(10)}  ${suite.about}\n`);
        return 0;
    }
    const chosen = choose(args);
    openLog(homeFolder("logs", "test.log"));
    process.stdout.write(`${pc.bold("agent-platform test")} · ${chosen.map(suite => suite.name).join(", ")} · log ${logFile()}\n\n`);
    await provideNeeds([...new Set(chosen.flatMap(suite => suite.needs))]);
    const tools = await findTools();
    if (tools !== undefined) process.env.PATH = [tools.folder, process.env.PATH].join(delimiter);

    const lanes = Math.min(mostLanes, availableParallelism() + 1, chosen.length);
    let interrupted = false;
    process.once("SIGINT", () => (interrupted = true));
    const print = (text: string): void => void process.stdout.write(text);
    const first = await runLanes(chosen, lanes, print);
    const { ended, unsteady } = interrupted ? { ended: first, unsteady: [] } : await secondLook(first, print);
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const { counts } of ended) for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
    const lines = ended.map(({ suite, counts, seconds }) => `  ${counts.failed > 0 ? pc.red("✗") : pc.green("✓")} ${suite.name.padEnd(10)} ${summary(counts)} · ${seconds} s`);
    const cut = interrupted ? `${pc.yellow("Interrupted")}: this counts only what ran; ${chosen.length - ended.length} of ${chosen.length} suites were not begun.\n` : "";
    process.stdout.write(`\n${told(unsteady)}${failures(ended)}${lines.join("\n")}\n\n${cut}${summary(total)}\n`);
    return interrupted ? 130 : total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function choose(names: readonly string[]): readonly Suite[] {
    const unknown = names.filter(name => !suites.some(suite => suite.name === name));
    if (unknown.length > 0) {
        throw new Problem("AP-USAGE", { what: `there is no test suite ${unknown.join(", ")}`, why: `the suites are ${suites.map(suite => suite.name).join(", ")}`, fix: "npm test -- --list tells what each of them shows" });
    }
    return names.length === 0 ? suites : suites.filter(suite => names.includes(suite.name));
}

/** What failed once more, together: the suites' own output is thousands of lines. */
function failures(ended: readonly Ended[]): string {
    return ended.flatMap(({ suite, counts }) => counts.failures.map(failure => account(pc.red("✗"), suite, failure))).join("");
}

/** Nothing that failed once goes unseen. */
function told(unsteady: Looked["unsteady"]): string {
    return unsteady.map(({ suite, failure }) => account(pc.yellow("~"), suite, failure, ": unsteady, it failed beside other suites and passed alone")).join("");
}

function account(mark: string, suite: Suite, { title, message }: Failure, verdict = ""): string {
    return `${mark} ${pc.bold(`${suite.name} › ${title}`)}${verdict}\n${message.replace(/^/gm, "    ")}\n\n`;
}

function summary(counts: Tally): string {
    return `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`;
}
