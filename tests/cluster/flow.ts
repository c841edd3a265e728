import assert from "node:assert/strict";
import { Client, eventually } from "../support/client";
import { pdf } from "../support/pdf";
import type { Deployment } from "./deployment";

/** upload → ask → refund → approve → resume, over HTTP. */
export function flow(deployment: Deployment): void {
    describe("the main flow over HTTP", () => {
        it("processes an uploaded PDF and answers from it with a citation of the page", async () => {
            const user = await Client.signedIn(deployment.url, deployment.user);
            const { jobId, documentId } = await user.upload("handbook.pdf", pdf([
                "Employee handbook. Working hours are from nine to five, with an hour for lunch.",
                "Holidays. Every employee has thirty days of paid leave in a calendar year. Unused days expire in March.",
                "Equipment. Laptops are replaced every four years. Lost equipment is reported to the help desk.",
            ]));
            const job = await user.finished(jobId);
            assert.equal(job.state, "done", job.error?.message);
            assert.equal(job.progress.pagesDone, 3);
            const answer = await user.ask("How many days of paid leave does an employee have?");
            assert.match(answer.text, /thirty days/);
            const citation = answer.citations[0];
            assert.equal(citation?.documentId, documentId);
            assert.equal(citation.page, 2);
        });

        it("stores the same file once", async () => {
            const user = await Client.signedIn(deployment.url, deployment.user);
            const bytes = pdf(["The same file, twice."]);
            const first = await user.upload("one.pdf", bytes);
            const second = await user.upload("two.pdf", bytes);
            assert.equal(second.duplicate, true);
            assert.equal(second.documentId, first.documentId);
        });

        it("finds an order by its number", async () => {
            const user = await Client.signedIn(deployment.url, deployment.user);
            const answer = await user.ask("where is my order ORD-1001?");
            assert.match(answer.text, /ORD-1001/);
            assert.ok(answer.tools.some(tool => tool.name === "get_order" && tool.status === "done"));
        });

        it("waits for approval above the threshold, goes on by itself, and books the refund once", async () => {
            const user = await Client.signedIn(deployment.url, deployment.user);
            const admin = await Client.signedIn(deployment.url, deployment.admin);
            const { threadId } = await waitingRefund(user, "ORD-1001");
            const approval = (await admin.approvals()).find(candidate => candidate.threadId === threadId);
            assert.ok(approval, "the admin sees the approval");
            assert.equal(approval.tool, "process_refund");
            await admin.decide(approval, "approve");
            await eventually("the conversation goes on", 60_000, async () => ((await user.thread(threadId)).status === "idle" ? true : undefined));
            assert.equal((await user.order("ORD-1001")).refunds.length, 1);
            const again = await admin.request("POST", "/api/admin/approve", JSON.stringify({ approvalId: approval.id, hash: approval.hash, decision: "approve" }), { "content-type": "application/json" });
            assert.equal(again.status, 409);
            assert.equal((await user.order("ORD-1001")).refunds.length, 1);
        });
    });
}

/** Asks for a refund that has to be approved; returns its waiting conversation. */
export async function waitingRefund(user: Client, order: string): Promise<{ threadId: string }> {
    const answer = await user.ask(`please refund my order ${order}, it arrived broken`);
    assert.equal(answer.status, "waiting", JSON.stringify(answer));
    assert.ok(answer.approval, "the answer carries the approval it waits for");
    return { threadId: answer.threadId };
}
