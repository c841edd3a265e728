/**
 * Looks once more at test files in which something failed, alone, when all else has ended. A test that waits for a
 * cluster or a browser can fail of what the machine did beside it: it is then told as unsteady, not as failed.
 */
import { relative } from "node:path";
import pc from "picocolors";
import { repository } from "../core/paths";
import type { Ended } from "./lanes";
import { runSuite, type Output } from "./runSuite";
import type { Counts, Failure, Suite, Tally } from "./suites";

/** What failed in more files than this is no accident. */
const mostFiles = 3;

export interface Looked {
    ended: readonly Ended[];
    /** What failed at first and passed alone. */
    unsteady: readonly { suite: Suite; failure: Failure }[];
}

/** What failed again, crashed, or failed in more than three files stays failed, with what the first run said. */
export async function secondLook(first: readonly Ended[], print: Output, run: typeof runSuite = runSuite): Promise<Looked> {
    const candidates = first.flatMap(({ suite, counts: { failures } }) => [...new Set(failures.map(({ file }) => file))].map(file => ({ suite, file, failures: failures.filter(failure => failure.file === file) })));
    if (candidates.length === 0 || candidates.length > mostFiles) return { ended: first, unsteady: [] };
    let ended = first;
    const unsteady: { suite: Suite; failure: Failure }[] = [];
    for (const { suite, file, failures } of candidates) {
        if (file === undefined) continue;
        print(`\n${pc.bold(suite.name)} · once more, and alone: ${relative(repository, file)}\n`);
        const again = await run({ ...suite, files: [file] }, print);
        if (again.failed > 0 || again.passed === 0) continue;
        unsteady.push(...failures.map(failure => ({ suite, failure })));
        ended = ended.map(one => (one.suite === suite ? { ...one, counts: replaced(one.counts, file, again) } : one));
    }
    return { ended, unsteady };
}

function replaced(counts: Counts, file: string, again: Tally): Counts {
    const before = counts.files[file] ?? { passed: 0, failed: 0, skipped: 0 };
    const now = (how: keyof Tally): number => counts[how] - before[how] + again[how];
    const { passed, failed, skipped } = again;
    return {
        passed: now("passed"), failed: now("failed"), skipped: now("skipped"),
        failures: counts.failures.filter(failure => failure.file !== file),
        files: { ...counts.files, [file]: { passed, failed, skipped } },
    };
}
