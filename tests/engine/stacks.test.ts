/** Every stack of this repository, from nothing to nothing, on simulated clouds: the real CLI, the real program. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { repository } from "../../toolchain/core/paths";
import { Workspace } from "../../toolchain/pulumi";
import { Clouds, killAndConverge, randomPoints } from "../support/clouds";
import { SimulatedHome } from "../support/simulatedHome";

/** Runs that are killed, in each stack: AGENT_PLATFORM_KILLS=9 for a long proof. */
const KILLS = Number(process.env.AGENT_PLATFORM_KILLS ?? 0);

const stacks = globSync("Pulumi.*.yaml", { cwd: repository }).map((file) => file.slice("Pulumi.".length, -".yaml".length)).sort();

describe("every stack on simulated clouds", function () {
    this.timeout(900_000);
    let home: SimulatedHome;
    before(async () => {
        home = new SimulatedHome(KILLS > 0);
        await home.install();
    });
    after(() => home.remove());

    for (const stack of stacks) {
        describe(stack, () => {
            let workspace: Workspace;
            let clouds: Clouds;

            before(async () => {
                workspace = await Workspace.open(stack);
                await workspace.ensureStack();
                clouds = new Clouds(workspace);
            });

            it("is deployed without an orphan, also when its runs are killed", async () => {
                const killed = await killAndConverge(workspace, randomPoints(KILLS, 12), { args: unprotected });
                assert.ok(killed > 0 || KILLS === 0, "no run was killed");
            });

            it("agrees with its clouds, and changes with one value and nowhere else", async () => {
                const outcome = await workspace.up({ refresh: true, args: [...unprotected, "--config", "agent-platform:refundApprovalThreshold=250"] });
                assert.ok(outcome.ok && outcome.changed > 0, "something follows from the value");
                assert.ok(outcome.changed < outcome.counts.same!, `${outcome.changed} changes for one value: ${outcome.changes.map(({ op, name }) => `${op} ${name}`).join(", ")}`);
            });

            it("is destroyed in order, and leaves nothing", async () => {
                assert.ok((await workspace.destroy()).ok);
                clouds.assertNoOrphans();
                assert.deepEqual(clouds.objects(), []);
            });
        });
    }
});

/** Protected data would rightly stay. */
const unprotected = ["--config", "agent-platform:protectData=false"];
