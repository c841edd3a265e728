import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "./deployment";

/** A run that is ended some time after one of its steps has begun. */
interface Ending {
    step: string;
    /** Ctrl-C in the terminal, or everything killed at once. */
    signal: "SIGINT" | "SIGKILL";
    /** Milliseconds after the step's beginning; drawn anew in each run of the tests. */
    between: readonly [number, number];
}

/** In the order of the steps, so that each run gets a little further than the one before. */
const endings: readonly Ending[] = [
    { step: "Checks", signal: "SIGINT", between: [0, 200] },
    { step: "Checks", signal: "SIGKILL", between: [0, 200] },
    { step: "Kubernetes", signal: "SIGKILL", between: [0, 6_000] },
    { step: "Kubernetes", signal: "SIGINT", between: [0, 6_000] },
    { step: "Images into the cluster", signal: "SIGKILL", between: [0, 3_000] },
    { step: "Images into the cluster", signal: "SIGINT", between: [0, 1_000] },
    { step: "Preview under the policies", signal: "SIGKILL", between: [0, 4_000] },
    { step: "Preview under the policies", signal: "SIGINT", between: [0, 4_000] },
    { step: "Deploy", signal: "SIGKILL", between: [1_000, 5_000] },
    { step: "Deploy", signal: "SIGKILL", between: [5_000, 12_000] },
    { step: "Deploy", signal: "SIGINT", between: [3_000, 8_000] },
];

/** The first deployment, ended again and again on its way; what it leaves at the end is a whole one. */
export function interruptions(deployment: Deployment): void {
    describe("npm run up, ended at each of its steps and run again", () => {
        for (const { step, signal, between } of endings) {
            it(`takes ${signal} during "${step}"`, async () => {
                const run = await deployment.start("up", "--yes");
                await run.begun(step);
                await sleep(between[0] + Math.random() * (between[1] - between[0]));
                run.signal(signal);
                const { code, output } = await run.ended;
                // A machine may be quicker than the dice: then the run has simply done its work.
                if (code === 0) assert.match(output, /http:\/\/localhost:\d+/);
                else if (signal === "SIGINT") {
                    assert.equal(code, 130, output);
                    assert.match(output, /interrupted/);
                    assert.match(output, /run the same command again/);
                }
            });
        }

        it("comes up whole in the end", async () => {
            const result = await deployment.up();
            assert.equal(result.code, 0, result.output);
            assert.match(deployment.url, /^http:\/\/localhost:\d+$/, result.output);
            assert.ok(deployment.admin.password && deployment.user.password, "both sign-ins are printed");
        });

        it("has left no operation pending, and no process behind", async () => {
            const state = await deployment.npm("status", "--json");
            assert.equal(state.code, 0, state.output);
            assert.deepEqual(orphans(deployment.home), []);
        });

        it("waits for another one, and both find the same", async () => {
            const both = await Promise.all([deployment.up(), deployment.up()]);
            for (const { code, output } of both) {
                assert.equal(code, 0, output);
                assert.match(output, /nothing to change/);
            }
            assert.equal(both.filter(({ output }) => /waiting for process \d+/.test(output)).length, 1, "one of them waits");
        });
    });
}

/** Pulumi and its plugins that still run for this installation. */
function orphans(home: string): string[] {
    return readdirSync("/proc").filter(name => /^\d+$/.test(name)).flatMap(pid => {
        try {
            const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
            const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
            return /pulumi(-|\s|$)/.test(command.split(" ")[0]! + command.split(" ")[1]!) && environment.includes(`AGENT_PLATFORM_HOME=${home}\0`) ? [`${pid} ${command}`] : [];
        } catch {
            return [];
        }
    });
}
