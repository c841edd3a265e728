import assert from "node:assert/strict";
import { Client } from "../support/client";
import type { Deployment } from "./deployment";

interface Status {
    deployed: boolean;
    address: string;
    workloads: { name: string; ready: number; wanted: number; healthy: boolean }[];
    versions: Record<string, string>;
}

/** What an operator does: look, run up again, take it down and bring it back with its data. */
export function operations(deployment: Deployment): void {
    describe("operating it", () => {
        it("changes nothing when nothing changed", async () => {
            const result = await deployment.up();
            assert.equal(result.code, 0, result.output);
            assert.match(result.output, /nothing to change/);
        });

        it("tells in status what runs, where and how it is", async () => {
            const result = await deployment.npm("status", "--json");
            assert.equal(result.code, 0, result.output);
            const status = JSON.parse(result.output) as Status;
            assert.equal(status.deployed, true);
            assert.equal(status.address, deployment.url);
            for (const name of ["web", "agent-api", "rag-service", "upload-pipeline", "worker", "mcp-tools", "postgres"]) {
                const workload = status.workloads.find(candidate => candidate.name === name);
                assert.ok(workload?.healthy, `${name}: ${JSON.stringify(workload)}`);
            }
        });

        it("refuses a second stack name that does not exist, and says which there are", async () => {
            const result = await deployment.npm("up", "--stack", "no-such-stack", "--yes");
            assert.equal(result.code, 1);
            assert.match(result.output, /Pulumi\.no-such-stack\.yaml/);
        });

        it("comes back with its data after destroy --keep-data", async () => {
            const before = await (await Client.signedIn(deployment.url, deployment.user)).json<{ documents: { id: string }[] }>("GET", "/api/v2/documents");
            assert.ok(before.documents.length > 0);
            const down = await deployment.npm("destroy", "--yes", "--keep-data");
            assert.equal(down.code, 0, down.output);
            assert.match(down.output, /data volume/);
            const up = await deployment.up();
            assert.equal(up.code, 0, up.output);
            const after = await (await Client.signedIn(deployment.url, deployment.user)).json<{ documents: { id: string }[] }>("GET", "/api/v2/documents");
            assert.deepEqual(after.documents.map(document => document.id).sort(), before.documents.map(document => document.id).sort());
        });
    });
}
