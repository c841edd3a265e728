/** What a deployment will cost reaches the preview through the stack's outputs, with that of the last deployment. */
import assert from "node:assert/strict";
import { readForecast } from "../../toolchain/commands/forecast";
import { forecastOf } from "../../topology/forecast";
import { costChanges } from "../../topology/cost";
import type { Topology } from "../../topology/types";
import { SimulatedProject } from "../support/simulatedProject";

/** A cluster of `nodes` machines and nothing else. */
function clusterOf(nodes: number): Topology {
    return {
        blueprint: "one", namespace: "one", networks: [], links: [], access: [], services: [], tasks: [], stores: [], platform: [], edges: [], parties: [], flows: [], subscriptions: [], objectives: { ongoingRequests: [] },
        places: [{ name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "gcp", cluster: "gke", zones: 3, pools: [{ name: "general", purpose: "is a pool", machine: "e2-standard-2", min: nodes, max: nodes }] }],
    };
}

const program = (nodes: number) => `export const forecast = ${JSON.stringify(forecastOf(clusterOf(nodes)))};`;

describe("the forecast of a preview", function () {
    this.timeout(300_000);
    let project: SimulatedProject;
    before(async () => {
        project = new SimulatedProject();
        await project.install();
    });
    after(() => project.remove());

    it("comes with each preview, and from the second deployment on with that of the one before", async () => {
        project.program(program(3));
        const workspace = await project.open();
        await workspace.ensureStack();
        const first = await workspace.preview();
        assert.equal(readForecast(first.outputs?.now.forecast)?.cost.atLeast, 219.74);
        assert.equal(readForecast(first.outputs?.before.forecast), undefined);
        await workspace.up();

        project.program(program(4));
        const { outputs } = await workspace.preview();
        const [before, now] = [readForecast(outputs?.before.forecast), readForecast(outputs?.now.forecast)];
        assert.deepEqual(costChanges(before!.cost, now!.cost), [{ name: "pool cluster/general", before: 146.74, after: 195.66 }]);
    });
});
