import assert from "node:assert/strict";
import type { Deployment } from "./deployment";
import { Pods } from "./pods";

/** The NetworkPolicies derived from the topology are in force. */
export function network(deployment: Deployment): void {
    describe("NetworkPolicies", () => {
        const cases: [string, string, number, boolean][] = [
            ["rag-service", "postgres", 5432, true],
            ["web", "postgres", 5432, false],
            ["web", "agent-api", 8002, true],
            ["upload-pipeline", "agent-api", 8002, false],
            ["nobody", "postgres", 5432, false],
        ];
        for (const [from, to, port, allowed] of cases) {
            it(`${from} ${allowed ? "reaches" : "does not reach"} ${to}:${port}`, async () => {
                const pods = new Pods(deployment);
                const service = await pods.core.readNamespacedService({ namespace: deployment.namespace, name: to });
                // A busy machine opens the way of a new pod late; what is shut stays shut.
                assert.equal(await pods.canConnect(from, service.spec!.clusterIP!, port, allowed ? 40 : 6), allowed);
            });
        }
    });
}
