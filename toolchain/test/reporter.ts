/** Tells each test as it ends, and leaves the counts and the failures in a file for the command that adds them up. */
import { writeFileSync } from "node:fs";
import { reporters, Runner, type MochaOptions } from "mocha";
import { Problem } from "../core/problem";
import type { Counts, Failure, Tally } from "./suites";

/** Lines of an error that the summary repeats: what was said, the difference, and the first places in the code. */
const mostLines = 30;

/** mocha option `--reporter-option counts=FILE`. */
class CountingSpec extends reporters.Spec {
    constructor(runner: Runner, options: MochaOptions & { reporterOptions?: { counts?: string } }) {
        super(runner, options);
        // The test in work goes on to its end, and everything is cleaned up after it.
        process.once("SIGINT", () => runner.abort());
        const failures: Failure[] = [];
        const files: Record<string, Tally> = {};
        const count = (file: string | undefined, how: keyof Tally): void => {
            if (file !== undefined) (files[file] ??= { passed: 0, failed: 0, skipped: 0 })[how]++;
        };
        runner.on(Runner.constants.EVENT_TEST_PASS, ({ file }) => count(file, "passed"));
        runner.on(Runner.constants.EVENT_TEST_PENDING, ({ file }) => count(file, "skipped"));
        runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error: unknown) => {
            count(test.file, "failed");
            failures.push({ title: test.titlePath().join(" › "), message: told(error), ...(test.file === undefined ? {} : { file: test.file }) });
        });
        runner.once(Runner.constants.EVENT_RUN_END, () => {
            const stats = runner.stats;
            const counts: Counts = { passed: stats?.passes ?? 0, failed: stats?.failures ?? 1, skipped: stats?.pending ?? 0, failures, files };
            if (options.reporterOptions?.counts !== undefined) writeFileSync(options.reporterOptions.counts, JSON.stringify(counts));
        });
    }
}

/** A Problem's stack has only its first line. */
function told(error: unknown): string {
    const reason = error instanceof Problem ? [`why: ${error.why}`, `fix: ${error.fix}`] : [];
    const text = [...reason, error instanceof Error ? (error.stack ?? error.message) : String(error)].join("\n");
    return text.split("\n").slice(0, mostLines).join("\n");
}

export = CountingSpec;
