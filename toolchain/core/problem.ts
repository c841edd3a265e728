/**
 * Every failure a person can meet: what happened, why, and what to do about it.
 * Codes are stable and each has its line in docs/errors.md; a test holds the two together.
 */
export class Problem extends Error {
    readonly code: string;
    readonly why: string;
    readonly fix: string;

    /**
     * @param code stable identifier such as `AP-PORT-TAKEN`; room prefixes keep them apart
     * @param parts `what` happened, `why`, and the `fix`: a command to run or a thing to change
     */
    constructor(code: string, parts: { what: string; why: string; fix: string; cause?: unknown }) {
        super(parts.what, { cause: parts.cause });
        this.name = "Problem";
        this.code = code;
        this.why = parts.why;
        this.fix = parts.fix;
    }
}

/** The four lines a person reads. Never a stack trace: that goes to the log file. */
export function describeProblem(problem: Problem): string {
    return [`${problem.code}  ${problem.message}`, `  why  ${problem.why}`, `  fix  ${problem.fix}`, `  more docs/errors.md#${problem.code.toLowerCase()}`].join("\n");
}

/** The problem that a text of `describeProblem` stands for, when another process has printed it. */
export function readProblem(text: string): Problem | undefined {
    const match = /^(AP-[A-Z0-9-]+) {2}([\s\S]*?)\n {2}why {2}(.*)\n {2}fix {2}(.*)\n {2}more /m.exec(text);
    return match === null ? undefined : new Problem(match[1]!, { what: match[2]!, why: match[3]!, fix: match[4]! });
}

/** Whatever a command failed with, as a problem. A full disk can strike anywhere, and is the same everywhere. */
export function toProblem(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const message = error instanceof Error ? error.message || error.name : String(error);
    if (/ENOSPC|no space left on device/i.test(message)) {
        return new Problem("AP-DISK-FULL", {
            what: "the disk is full",
            why: message.split("\n").find(line => /ENOSPC|no space left/i.test(line))!.trim(),
            fix: "free some space (`du -xh -d2 / | sort -h | tail` names the largest), then run the same command again: what was done is kept",
            cause: error,
        });
    }
    return new Problem("AP-UNEXPECTED", {
        what: message.split("\n").slice(0, 6).join("\n"),
        why: "this case is not known to the toolchain",
        fix: "run the same command again; if it stays, report it with the log file",
        cause: error,
    });
}
