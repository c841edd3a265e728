/** The one question before anything changes. */
import { createInterface } from "node:readline/promises";

/** Asks yes or no; `fallback` is what Enter means. Only to be called with a terminal. */
export async function confirm(question: string, fallback: boolean): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        for (;;) {
            const answer = (await terminal.question(`${question} ${fallback ? "[Y/n]" : "[y/N]"} `)).trim().toLowerCase();
            if (answer === "") return fallback;
            if (["y", "yes"].includes(answer)) return true;
            if (["n", "no"].includes(answer)) return false;
        }
    } catch {
        // Ctrl-C or Ctrl-D at the prompt.
        process.stdout.write("\n");
        return false;
    } finally {
        terminal.close();
    }
}

export function hasTerminal(): boolean {
    return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.CI === undefined;
}
