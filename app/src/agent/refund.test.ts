import assert from "node:assert/strict";
import { createWorld, eventually, type Caller, type World } from "./testing/world.js";

interface OrderJson { id: string; refunded: number; refunds: unknown[] }
interface ApprovalJson { id: string; hash: string; status: string; arguments: Record<string, unknown>; threadId: string }
interface ThreadJson { status: string; messages: { role: string; text: string; status: string; tools: { name: string; status: string }[]; approval?: { status: string } }[] }

describe("a refund", function () {
    this.timeout(300_000);
    let world: World;
    let user: Caller;
    let admin: Caller;
    before(async () => {
        world = await createWorld();
        user = await world.signIn("user");
        admin = await world.signIn("admin");
    });
    after(() => world.close());

    const order = async (id: string) => (await user.get<{ orders: OrderJson[] }>("/api/orders")).body.orders.find((entry) => entry.id === id)!;

    it("above the threshold waits for an administrator, goes on by itself and is booked once", async () => {
        const status = await user.chat("Where is my order ORD-1001?");
        assert.equal(status.status, 200);
        assert.match(status.text, /ORD-1001 .*was delivered on/);
        assert.deepEqual(status.of("done").map((done) => done.status), ["complete"]);

        const asked = await user.chat("refund it because the left side is silent", status.threadId);
        assert.deepEqual(asked.of("done").map((done) => done.status), ["waiting"]);
        const [shown] = asked.of("approval");
        assert.deepEqual(shown?.arguments, { orderId: "ORD-1001", amount: 249, reason: "the left side is silent" });
        assert.equal((await order("ORD-1001")).refunded, 0);

        const { body: { approvals } } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        const approval = approvals.find((entry) => entry.id === shown?.approvalId)!;
        assert.deepEqual(approval.arguments, shown?.arguments);
        const decided = await admin.post<ApprovalJson>("/api/admin/approve", { approvalId: approval.id, decision: "approve", hash: approval.hash });
        assert.equal(decided.status, 200);
        assert.equal(decided.body.status, "approved");

        const thread = await eventually("the answer", () => user.get<ThreadJson>(`/api/threads/${status.threadId}`), ({ body }) => body.status === "idle");
        const last = thread.body.messages.at(-1)!;
        assert.match(last.text, /The refund was approved: 249\.00 EUR for ORD-1001/);
        assert.equal(last.status, "complete");
        assert.equal(last.approval?.status, "approved");
        assert.deepEqual(last.tools.map((tool) => `${tool.name} ${tool.status}`), ["check_refund_eligibility done", "process_refund done"]);
        const booked = await order("ORD-1001");
        assert.equal(booked.refunds.length, 1);
        assert.equal(booked.refunded, 249);
    });

    it("below the threshold is booked at once", async () => {
        const reply = await user.chat("Please refund ORD-1002 because it arrived broken");
        assert.match(reply.text, /Done: 39\.90 EUR for ORD-1002/);
        assert.equal((await order("ORD-1002")).refunded, 39.9);
    });
});
