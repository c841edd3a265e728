import assert from "node:assert/strict";
import { Client, eventually } from "../support/client";
import { pdf } from "../support/pdf";
import type { Deployment } from "./deployment";
import { waitingRefund } from "./flow";
import { Pods } from "./pods";

/** Pods die in the middle of an upload and of a waiting approval: nothing is lost, nothing happens twice. */
export function kills(deployment: Deployment): void {
    describe("killed pods", () => {
        for (const victim of ["worker", "postgres"]) {
            it(`finishes a document whose ${victim} was killed in the middle`, async () => {
                const pods = new Pods(deployment);
                const user = await Client.signedIn(deployment.url, deployment.user);
                const { jobId, documentId } = await user.upload(`${victim}.pdf`, longPdf(victim));
                await eventually("processing is under way", 60_000, async () => ((await user.job(jobId)).progress.embedded > 0 ? true : undefined));
                assert.equal((await user.job(jobId)).state, "running", "the kill comes in the middle");
                await pods.kill(victim);
                const job = await user.finished(jobId, 300_000);
                assert.equal(job.state, "done", job.error?.message);
                const { passages } = await user.json<{ passages: { ordinal: number; page: number }[] }>("GET", `/api/v2/documents/${documentId}/passages`);
                assert.equal(new Set(passages.map(passage => passage.ordinal)).size, passages.length, "no passage twice");
                assert.equal(new Set(passages.map(passage => passage.page)).size, 120, "no page lost");
                await pods.ready(victim);
            });
        }

        for (const [victim, order] of [["agent-api", "ORD-1008"], ["postgres", "ORD-1009"]] as const) {
            it(`keeps a waiting approval when ${victim} is killed, and books it once`, async () => {
                const pods = new Pods(deployment);
                const user = await Client.signedIn(deployment.url, deployment.user);
                const { threadId } = await waitingRefund(user, order);
                await pods.kill(victim);
                await pods.ready(victim);
                const admin = await eventually("sign-in works again", 60_000, () => Client.signedIn(deployment.url, deployment.admin));
                const approval = (await admin.approvals()).find(candidate => candidate.threadId === threadId);
                assert.ok(approval, "the approval still waits");
                await admin.decide(approval, "approve");
                await eventually("the conversation goes on", 120_000, async () => ((await user.thread(threadId)).status === "idle" ? true : undefined));
                assert.equal((await user.order(order)).refunds.length, 1);
            });
        }

        it("books once when the agent is killed right after the approval", async () => {
            const pods = new Pods(deployment);
            const user = await Client.signedIn(deployment.url, deployment.user);
            const admin = await Client.signedIn(deployment.url, deployment.admin);
            const { threadId } = await waitingRefund(user, "ORD-1010");
            const approval = (await admin.approvals()).find(candidate => candidate.threadId === threadId);
            assert.ok(approval);
            await admin.decide(approval, "approve");
            await pods.kill("agent-api");
            await eventually("the conversation goes on in the next pod", 180_000, async () => ((await user.thread(threadId)).status === "idle" ? true : undefined));
            assert.equal((await user.order("ORD-1010")).refunds.length, 1);
        });
    });
}

/** Long enough that processing takes some seconds; different for each test, so that it is no duplicate. */
function longPdf(seed: string): Uint8Array {
    return pdf(Array.from({ length: 120 }, (_, page) => Array.from({ length: 12 }, (_, line) => `Page ${page + 1} of the ${seed} report, paragraph ${line + 1}: the measured value was ${page * 31 + line * 7} units on day ${line + 1}.`).join(" ")));
}
