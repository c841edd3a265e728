/** The plan of a long command on screen: each step with its live progress, its time and where its result came from. */
import { Listr, PRESET_TIMER, type ListrTask } from "listr2";
import { log } from "./log";
import type { Report } from "./provision";

export interface Step {
    title: string;
    /** @returns a short remark shown beside the title when done, e.g. "cached" or "built in 5 min" */
    run(report: Report): Promise<string | undefined>;
}

/** Steps one after the other; those of an inner array run side by side. */
export type Plan = readonly (Step | readonly Step[])[];

/** Milliseconds between two progress lines of one step where there is no terminal to redraw. */
const quietInterval = 15_000;

/**
 * Runs the plan to its end, or to the first failure, which is thrown as it is.
 * Steps that run beside a failed one are awaited first, so that nothing goes on unseen.
 */
export async function runPlan(plan: Plan): Promise<void> {
    const failures: unknown[] = [];
    const going = () => failures.length === 0;
    const tasks: ListrTask[] = plan.map(entry => {
        if (isStep(entry)) return { ...toTask(entry, failures), enabled: going };
        return {
            enabled: going,
            task: (_, self) => self.newListr(entry.map(step => toTask(step, failures)), { concurrent: true, exitOnError: false }),
        };
    });
    await new Listr(tasks, {
        exitOnError: false,
        registerSignalListeners: false,
        fallbackRenderer: "simple",
        rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, collapseErrors: false, showErrorMessage: false },
        fallbackRendererOptions: { timer: PRESET_TIMER },
    }).run();
    if (failures.length > 0) throw failures[0];
}

function isStep(entry: Step | readonly Step[]): entry is Step {
    return !Array.isArray(entry);
}

function toTask(step: Step, failures: unknown[]): ListrTask {
    const live = process.stdout.isTTY === true;
    return {
        title: step.title,
        task: async (_, self) => {
            let last = Date.now();
            let shown = "";
            try {
                const remark = await step.run(full => {
                    log(`[${step.title}] ${full}`);
                    const line = shorten(full);
                    if (live) self.output = line;
                    else if (Date.now() - last >= quietInterval && line !== shown) {
                        last = Date.now();
                        shown = line;
                        self.output = `${step.title}: ${line}`;
                    }
                });
                if (remark) self.title = `${step.title} · ${remark}`;
            } catch (error) {
                failures.push(error);
                throw error;
            }
        },
    };
}

/** One line on a screen of usual width; all of it is in the log. */
function shorten(line: string): string {
    return line.length <= 110 ? line : `${line.slice(0, 109)}…`;
}
