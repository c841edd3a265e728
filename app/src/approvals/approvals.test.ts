import assert from "node:assert/strict";
import { createWorld, eventually, type Caller, type World } from "../agent/testing/world.js";
import { approvalHash, canonicalJson, refundPolicy, type ApprovalContent } from "./hash.js";

interface ApprovalJson { id: string; hash: string; status: string; arguments: Record<string, unknown>; threadId: string; requestedBy: { email: string }; summary: string }
interface ErrorJson { error: { code: string } }

describe("the hash of an approval", () => {
    const content: ApprovalContent = {
        tool: "process_refund", arguments: { orderId: "ORD-1", amount: 240, reason: "broken" }, policy: refundPolicy(100, 1000),
        tenantId: "t", requestedBy: "u", threadId: "th", turnId: "tu", callId: "c",
    };

    it("does not depend on the order of keys, which jsonb does not keep", () => {
        assert.equal(approvalHash({ ...content, arguments: { reason: "broken", amount: 240, orderId: "ORD-1" } }), approvalHash(content));
    });

    it("changes with every part", () => {
        const changes: Partial<ApprovalContent>[] = [
            { tool: "escalate_ticket" }, { arguments: { ...content.arguments, amount: 241 } }, { arguments: { ...content.arguments, extra: 1 } }, { policy: refundPolicy(101, 1000) }, { policy: refundPolicy(100, 1001) },
            { tenantId: "x" }, { requestedBy: "x" }, { threadId: "x" }, { turnId: "x" }, { callId: "x" },
        ];
        const hashes = new Set([approvalHash(content), ...changes.map((change) => approvalHash({ ...content, ...change }))]);
        assert.equal(hashes.size, changes.length + 1);
    });

    it("keeps apart what plain concatenation would mix up", () => {
        assert.notEqual(canonicalJson({ a: "1\",\"b\":\"2" }), canonicalJson({ a: "1", b: "2" }));
    });
});

describe("an approval", function () {
    this.timeout(300_000);
    let world: World;
    let user: Caller;
    let admin: Caller;
    let number = 7_000;
    before(async () => {
        world = await createWorld();
        user = await world.signIn("user");
        admin = await world.signIn("admin");
    });
    after(() => world.close());

    /** A refund of an own order that waits. */
    async function waiting(who: Caller = user): Promise<{ orderId: string; approval: ApprovalJson; threadId: string }> {
        const orderId = `ORD-${++number}`;
        await world.addOrder(orderId, 500);
        const asked = await who.chat(`Refund ${orderId}`);
        assert.deepEqual(asked.of("done").map((done) => done.status), ["waiting"]);
        const { body } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        return { orderId, approval: body.approvals.find((entry) => entry.threadId === asked.threadId)!, threadId: asked.threadId };
    }
    const decide = (who: Caller, approval: ApprovalJson, change: Record<string, unknown> = {}) =>
        who.post<ErrorJson & ApprovalJson>("/api/admin/approve", { approvalId: approval.id, hash: approval.hash, decision: "approve", ...change });
    const refunds = (id: string) => world.database.asSystem((tx) => tx.query("select 1 from refunds where order_id = $1", [id]));
    const idle = (threadId: string) =>
        eventually("the end of the turn", () => user.get<{ status: string; messages: { text: string; status: string }[] }>(`/api/threads/${threadId}`), ({ body }) => body.status === "idle");

    it("says what will be done, for whom and why", async () => {
        const { approval, orderId } = await waiting();
        assert.equal(approval.requestedBy.email, "user@agent-platform.local");
        assert.equal(approval.summary, `Refund 500.00 EUR of 500.00 EUR paid for Thing (${orderId}).`);
        assert.match(approval.hash, /^[0-9a-f]{64}$/);
        const { status, body } = await admin.get<ApprovalJson>(`/api/admin/approvals/${approval.id}`);
        assert.equal(status, 200);
        assert.deepEqual(body, approval);
    });

    it("is decided by one of two administrators who click at the same moment", async () => {
        const { approval, orderId, threadId } = await waiting();
        const second = await world.signIn("secondAdmin");
        const answers = await Promise.all([decide(admin, approval), decide(second, approval), decide(admin, approval, { decision: "reject" })]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
        assert.ok(answers.filter(({ status }) => status === 409).every(({ body }) => body.error.code === "APPROVAL_DECIDED"));
        await idle(threadId);
        const winner = answers.find(({ status }) => status === 200)!.body.status;
        assert.equal((await refunds(orderId)).length, winner === "approved" ? 1 : 0);
    });

    it("is refused with a hash that is not the one shown", async () => {
        const { approval, orderId } = await waiting();
        const { status, body } = await decide(admin, approval, { hash: "0".repeat(64) });
        assert.equal(status, 409);
        assert.equal(body.error.code, "APPROVAL_ALTERED");
        assert.equal((await refunds(orderId)).length, 0);
    });

    it("keeps its content: the database refuses to change it, and a row changed by its owner is noticed", async () => {
        const { approval, orderId } = await waiting();
        const alter = "update approvals set arguments = jsonb_set(arguments, '{amount}', '1') where id = $1";
        await assert.rejects(world.database.asSystem((tx) => tx.query(alter, [approval.id])), /content of an approval cannot change/);
        await world.asOwner((owner) =>
            owner.transaction(async (tx) => {
                await tx.query("select set_config('app.role', 'system', true)");
                await tx.script("alter table approvals disable trigger approvals_guard");
                await tx.query(alter, [approval.id]);
                await tx.script("alter table approvals enable trigger approvals_guard");
            }));
        const { status, body } = await decide(admin, approval);
        assert.equal(status, 409);
        assert.equal(body.error.code, "APPROVAL_ALTERED");
        assert.equal((await refunds(orderId)).length, 0);
    });

    it("cannot be decided after its time, and the conversation says so by itself", async () => {
        const { approval, orderId, threadId } = await waiting();
        await world.asOwner((owner) =>
            owner.transaction(async (tx) => {
                await tx.query("select set_config('app.role', 'system', true)");
                await tx.script("alter table approvals disable trigger approvals_guard");
                await tx.query("update approvals set expires_at = now() - interval '1 second' where id = $1", [approval.id]);
                await tx.script("alter table approvals enable trigger approvals_guard");
            }));
        const { status, body } = await decide(admin, approval);
        assert.equal(status, 409);
        assert.equal(body.error.code, "APPROVAL_EXPIRED");
        assert.match((await idle(threadId)).body.messages.at(-1)!.text, /Nobody decided/);
        assert.equal((await refunds(orderId)).length, 0);
        const expired = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals?status=expired");
        assert.ok(expired.body.approvals.some((entry) => entry.id === approval.id));
    });

    it("leads to nothing when it is rejected", async () => {
        const { approval, orderId, threadId } = await waiting();
        assert.equal((await decide(admin, approval, { decision: "reject", reason: "out of policy" })).body.status, "rejected");
        assert.match((await idle(threadId)).body.messages.at(-1)!.text, /was not approved/);
        assert.equal((await refunds(orderId)).length, 0);
        assert.equal((await decide(admin, approval)).body.error.code, "APPROVAL_DECIDED");
    });

    it("is not given by who asked for it, nor by somebody who is no administrator", async () => {
        const asked = await admin.chat("Refund ORD-2001");
        const { body: { approvals } } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        const approval = approvals.find((entry) => entry.threadId === asked.threadId)!;
        const own = await decide(admin, approval);
        assert.deepEqual([own.status, own.body.error.code], [403, "APPROVAL_OWN_REQUEST"]);
        assert.equal((await decide(user, approval)).status, 403);
        assert.equal((await user.get("/api/admin/approvals")).status, 403);
        assert.equal((await user.get("/api/admin/audit")).status, 403);
        assert.equal((await decide(await world.signIn("secondAdmin"), approval)).status, 200);
    });

    it("that does not exist is not found, whatever the id looks like", async () => {
        for (const id of ["00000000-0000-4000-8000-00000000ffff", "1 or 1=1", ""]) {
            const { status, body } = await admin.post<ErrorJson>("/api/admin/approve", { approvalId: id, hash: "x", decision: "approve" });
            assert.deepEqual([status, body.error.code], [404, "APPROVAL_NOT_FOUND"]);
        }
    });

    it("leaves a trail: call, request, decision, booking", async () => {
        const { approval, threadId, orderId } = await waiting();
        await decide(admin, approval, { reason: "fine" });
        await idle(threadId);
        const { body } = await admin.get<{ entries: { action: string; actor: string; subject: string; detail: Record<string, unknown> }[] }>("/api/admin/audit?limit=12");
        const about = body.entries.filter(({ subject, detail }) => subject === approval.id || JSON.stringify(detail).includes(orderId)).map(({ action, actor }) => `${action} ${actor.split("@")[0]}`);
        assert.deepEqual(about, ["tool.call user", "refund.book user", "approval.approve admin", "approval.request user", "tool.call user"]);
    });

    it("needs two people above the second threshold, each once", async () => {
        const orderId = `ORD-${++number}`;
        await world.addOrder(orderId, 1500);
        const asked = await user.chat(`Refund ${orderId}`);
        const second = await world.signIn("secondAdmin");
        const pending = (await admin.get<{ approvals: (ApprovalJson & { approversNeeded: number; approvals: { email: string }[] })[] }>("/api/admin/approvals")).body.approvals.find(({ threadId }) => threadId === asked.threadId)!;
        assert.equal(pending.approversNeeded, 2);
        const first = await decide(admin, pending);
        assert.deepEqual([first.status, first.body.status], [200, "pending"]);
        assert.equal((await decide(admin, pending)).body.error.code, "APPROVAL_GIVEN");
        assert.equal((await refunds(orderId)).length, 0);
        assert.equal((await decide(second, pending)).body.status, "approved");
        await idle(asked.threadId);
        assert.equal((await refunds(orderId)).length, 1);
    });

    it("does not let one vote in the row pass for two", async () => {
        const orderId = `ORD-${++number}`;
        await world.addOrder(orderId, 1500);
        const asked = await user.chat(`Refund ${orderId}`);
        const { body } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        const approval = body.approvals.find(({ threadId }) => threadId === asked.threadId)!;
        await decide(admin, approval);
        // Somebody who can write to the table, but has no second person.
        await world.database.asSystem(async (tx) => {
            await tx.query("update approvals set status = 'approved', decided_at = now(), decided_by = (select id from users where email = 'second@agent-platform.local') where id = $1", [approval.id]);
            await tx.query("update turns set state = 'decided', available_at = now() where thread_id = $1", [asked.threadId]);
        });
        await idle(asked.threadId);
        assert.equal((await refunds(orderId)).length, 0);
    });

    it("is given for less than was asked for, and then exactly that is done", async () => {
        const { orderId, approval, threadId } = await waiting();
        const edit = (change: Record<string, unknown>) => decide(admin, approval, { arguments: change });
        for (const change of [{ amount: 501 }, { amount: -1 }, { orderId: "ORD-1001" }, { extra: true }, {}, { amount: "80" }]) {
            assert.equal((await edit(change)).body.error?.code, "APPROVAL_EDIT_INVALID", JSON.stringify(change));
        }
        assert.equal((await decide(admin, approval, { decision: "reject", arguments: { amount: 80 } })).body.error.code, "APPROVAL_EDIT_INVALID");
        const { status, body } = await edit({ amount: 80, reason: "Partly used" });
        assert.equal(status, 200);
        assert.deepEqual([body.status, body.arguments.amount, (body as unknown as { originalArguments: { amount: number } }).originalArguments.amount], ["approved", 80, 500]);
        assert.notEqual(body.hash, approval.hash);
        const { body: thread } = await idle(threadId);
        assert.match(thread.messages.at(-1)!.text, /80\.00 EUR/);
        const booked = await world.database.asSystem((tx) => tx.query<{ amount: number }>("select amount_cents::int as amount from refunds where order_id = $1", [orderId]));
        assert.deepEqual(booked, [{ amount: 8000 }]);
        const actions = await world.database.asSystem((tx) => tx.query<{ action: string }>("select action from audit_logs where subject = $1 order by id", [approval.id]));
        assert.deepEqual(actions.map(({ action }) => action), ["approval.request", "approval.edit", "approval.approve"]);
    });

    it("is decided with others at once, in any order, each with its own result and record", async () => {
        const orders = [1, 2, 3, 4].map(() => `ORD-${++number}`);
        let threadId: string | undefined;
        for (const orderId of orders) {
            await world.addOrder(orderId, 400);
            ({ threadId } = await user.chat(`Refund ${orderId}`, threadId));
        }
        const { body } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        const [first, second, third, fourth] = orders.map((id) => body.approvals.find((entry) => entry.arguments.orderId === id)!) as [ApprovalJson, ApprovalJson, ApprovalJson, ApprovalJson];
        assert.ok([first, second, third, fourth].every((entry) => entry.threadId === threadId));
        const decisions = [
            { approvalId: third.id, hash: third.hash, decision: "approve" },
            { approvalId: second.id, hash: first.hash, decision: "approve" },
            { approvalId: "1 or 1=1", hash: first.hash, decision: "approve" },
            { approvalId: fourth.id, hash: fourth.hash, decision: "reject", reason: "too late" },
            { approvalId: third.id, hash: third.hash, decision: "reject" },
            { approvalId: first.id, hash: first.hash, decision: "approve" },
        ];
        assert.equal((await user.post("/api/admin/approve/bulk", { decisions })).status, 403);
        assert.equal((await admin.post("/api/admin/approve/bulk", { decisions: [] })).status, 400);
        const answer = await admin.post<{ results: { approvalId: string; approval?: ApprovalJson; error?: { code: string } }[] }>("/api/admin/approve/bulk", { decisions });
        assert.deepEqual(answer.body.results.map(({ approval, error }) => approval?.status ?? error?.code), ["approved", "APPROVAL_ALTERED", "APPROVAL_NOT_FOUND", "rejected", "APPROVAL_DECIDED", "approved"]);
        await eventually("the two refunds", async () => (await Promise.all(orders.map(refunds))).map(({ length }) => length), (counts) => JSON.stringify(counts) === "[1,0,1,0]");
        assert.equal((await decide(admin, second)).status, 200);
        await idle(threadId!);
        assert.deepEqual((await Promise.all(orders.map(refunds))).map(({ length }) => length), [1, 1, 1, 0]);
        const trail = await world.database.asSystem((tx) => tx.query<{ action: string }>("select action from audit_logs where subject = any($1::text[]) and action <> 'approval.request'", [[first, second, third, fourth].map(({ id }) => id)]));
        assert.deepEqual(trail.map(({ action }) => action).sort(), ["approval.approve", "approval.approve", "approval.approve", "approval.reject"]);
    });

    it("waits beside others in the same conversation, each decided by itself", async () => {
        const first = await waiting();
        const orderId = `ORD-${++number}`;
        await world.addOrder(orderId, 400);
        await user.chat(`Refund ${orderId}`, first.threadId);
        const { body } = await admin.get<{ approvals: ApprovalJson[] }>("/api/admin/approvals");
        const both = body.approvals.filter(({ threadId }) => threadId === first.threadId);
        assert.equal(both.length, 2);
        await decide(admin, both.find(({ id }) => id !== first.approval.id)!);
        await eventually("the second refund", () => refunds(orderId), (rows) => rows.length === 1);
        assert.equal((await refunds(first.orderId)).length, 0);
        await decide(admin, first.approval);
        await eventually("the first refund", () => refunds(first.orderId), (rows) => rows.length === 1);
    });
});
