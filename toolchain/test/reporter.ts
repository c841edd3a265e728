/** Tells each test as it ends, and leaves the counts in a file for the command that adds them up. */
import { writeFileSync } from "node:fs";
import { reporters, Runner, type MochaOptions } from "mocha";
import type { Counts } from "./suites";

/** mocha option `--reporter-option counts=FILE`. */
class CountingSpec extends reporters.Spec {
    constructor(runner: Runner, options: MochaOptions & { reporterOptions?: { counts?: string } }) {
        super(runner, options);
        // The test in work goes on to its end, and everything is cleaned up after it.
        process.once("SIGINT", () => runner.abort());
        runner.once(Runner.constants.EVENT_RUN_END, () => {
            const stats = runner.stats;
            const counts: Counts = { passed: stats?.passes ?? 0, failed: stats?.failures ?? 1, skipped: stats?.pending ?? 0 };
            if (options.reporterOptions?.counts !== undefined) writeFileSync(options.reporterOptions.counts, JSON.stringify(counts));
        });
    }
}

export = CountingSpec;
