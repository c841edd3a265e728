/** Works off suites side by side, and shows each one whole as soon as it has ended. */
import pc from "picocolors";
import { runSuite, type Output } from "./runSuite";
import type { Counts, Suite } from "./suites";

/** How a suite ended, and how long it took. */
export interface Ended {
    suite: Suite;
    counts: Counts;
    seconds: number;
}

/** Milliseconds between two lines that tell what is going on. */
const heartbeat = 20_000;

/**
 * Runs the suites, as many at once as there are lanes, the longest first.
 * Where there is one lane, a suite's output appears as it comes; otherwise all of it when the suite ends.
 */
export async function runLanes(suites: readonly Suite[], lanes: number, print: Output, run: typeof runSuite = runSuite): Promise<Ended[]> {
    const waiting = [...suites].sort((a, b) => b.seconds - a.seconds);
    const running = new Map<Suite, { since: number; lines: number }>();
    const ended: Ended[] = [];

    async function lane(): Promise<void> {
        for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
            const state = { since: Date.now(), lines: 0 };
            running.set(suite, state);
            const title = `\n${pc.bold(suite.name)} · ${suite.about}\n`;
            let kept = title;
            if (lanes === 1) print(title);
            const counts = await run(suite, text => {
                state.lines += text.split("\n").length - 1;
                if (lanes === 1) print(text);
                else kept += text;
            });
            running.delete(suite);
            if (lanes > 1) print(kept);
            ended.push({ suite, counts, seconds: Math.round((Date.now() - state.since) / 1000) });
        }
    }

    const stop = (): void => {
        if (waiting.length + running.size > 0) print(`stopping: ${[...running.keys()].map(({ name }) => name).join(", ")} still clean${running.size === 1 ? "s" : ""} up; Ctrl-C again ends at once and may leave something running\n`);
        waiting.length = 0;
    };
    process.on("SIGINT", stop);
    const timer = setInterval(() => {
        const now = [...running].map(([suite, { since, lines }]) => `${suite.name} ${Math.round((Date.now() - since) / 1000)} s, ${lines} lines`);
        if (lanes > 1 && now.length > 0) print(pc.dim(`… running: ${now.join(" · ")}\n`));
    }, heartbeat);
    try {
        await Promise.all(Array.from({ length: lanes }, lane));
    } finally {
        clearInterval(timer);
        process.off("SIGINT", stop);
    }
    return suites.flatMap(suite => ended.filter(one => one.suite === suite));
}
