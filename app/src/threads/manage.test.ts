import assert from "node:assert/strict";
import { createWorld, eventually, type Caller, type World } from "../agent/testing/world.js";

describe("a person's conversations", function () {
    this.timeout(120_000);
    let world: World;
    let user: Caller;
    let held: { reached: () => void; until: Promise<void> } | undefined;

    before(async () => {
        world = await createWorld({
            hooks: {
                beforeNode: async (node) => {
                    if (node !== "Respond" || held === undefined) return;
                    held.reached();
                    await held.until;
                },
            },
        });
        user = await world.signIn("user");
    });
    after(() => world?.close());

    async function ask(caller: Caller, method: "PATCH" | "DELETE", threadId: string, body?: unknown): Promise<{ status: number; body: { title?: string; error?: { code: string } } | undefined }> {
        const response = await fetch(`${world.url}/api/threads/${threadId}`, {
            method, headers: { authorization: `Bearer ${caller.token}`, "content-type": "application/json" }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    }
    const rows = (sql: string, values: unknown[]) => world.database.asSystem((tx) => tx.query(sql, values));
    const listed = async () => (await user.get<{ threads: { id: string; title: string }[] }>("/api/threads")).body.threads;

    it("get another name", async () => {
        const { threadId } = await user.chat("hello there");
        const renamed = await ask(user, "PATCH", threadId, { title: "  Greetings " });
        assert.deepEqual([renamed.status, renamed.body?.title], [200, "Greetings"]);
        assert.equal((await listed()).find(({ id }) => id === threadId)?.title, "Greetings");
        assert.equal((await ask(user, "PATCH", threadId, { title: " " })).status, 400);
        assert.equal((await ask(await world.signIn("admin"), "PATCH", threadId, { title: "Mine" })).status, 404);
    });

    it("go with their messages and checkpoints, and leave a line in the audit log", async () => {
        const { threadId } = await user.chat("hello");
        assert.equal((await ask(await world.signIn("admin"), "DELETE", threadId)).status, 404);
        assert.equal((await ask(user, "DELETE", threadId)).status, 204);
        assert.equal((await listed()).some(({ id }) => id === threadId), false);
        assert.equal((await user.get(`/api/threads/${threadId}`)).status, 404);
        for (const table of ["messages", "turns", "tool_calls", "agent_state"]) assert.equal((await rows(`select 1 from ${table} where thread_id = $1`, [threadId])).length, 0, table);
        const [entry] = await rows("select actor, detail from audit_logs where action = 'thread.delete' and subject = $1", [threadId]);
        assert.deepEqual(entry, { actor: "user@agent-platform.local", detail: { messages: 2, withdrawn: [] } });
        assert.equal((await ask(user, "DELETE", threadId)).status, 404);
    });

    it("take a request with them that waits for an approval: it is withdrawn, and nobody can decide on it", async () => {
        await world.addOrder("ORD-9101", 500);
        const { threadId, of } = await user.chat("Refund ORD-9101");
        const { approvalId } = of("approval")[0] as { approvalId: string };
        const admin = await world.signIn("admin");
        const { hash } = (await admin.get<{ hash: string }>(`/api/admin/approvals/${approvalId}`)).body;
        const [turn] = (await rows("select id from turns where thread_id = $1", [threadId])) as { id: string }[];
        const checkpoints = () => world.database.query("select 1 from agent_checkpoints.checkpoints where thread_id = $1", [turn!.id]);
        assert.notEqual((await checkpoints()).length, 0);
        assert.equal((await ask(user, "DELETE", threadId)).status, 204);
        const decided = await admin.post<{ error?: { code: string } }>("/api/admin/approve", { approvalId, decision: "approve", hash });
        assert.deepEqual([decided.status, decided.body.error?.code], [404, "APPROVAL_NOT_FOUND"]);
        assert.equal((await checkpoints()).length, 0);
        assert.equal((await rows("select 1 from refunds where order_id = 'ORD-9101'", [])).length, 0);
        assert.equal((await rows("select 1 from audit_logs where action = 'approval.withdraw' and subject = $1", [approvalId])).length, 1);
    });

    it("stay while an answer is being given", async () => {
        let release = () => {};
        const reached = new Promise<void>((resolve) => (held = { reached: resolve, until: new Promise((go) => (release = go)) }));
        const asking = user.chat("hello");
        await reached;
        held = undefined;
        const [thread] = await listed();
        const refused = await ask(user, "DELETE", thread!.id);
        assert.deepEqual([refused.status, refused.body?.error?.code], [409, "THREAD_BUSY"]);
        release();
        assert.deepEqual((await asking).of("done").map(({ status }) => status), ["complete"]);
        await eventually("the turn's end", () => ask(user, "DELETE", thread!.id), ({ status }) => status === 204);
    });
});
