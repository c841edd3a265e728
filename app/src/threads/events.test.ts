import assert from "node:assert/strict";
import { startTestPostgres, type TestPostgres } from "../../../tests/support/postgres.js";
import { createWorld, readEvents, signIn, type Caller, type SseEvent, type World } from "../agent/testing/world.js";

describe("the events of a conversation, with two replicas on a real server", function () {
    this.timeout(300_000);
    let server: TestPostgres;
    let world: World;
    let user: Caller;
    let elsewhere: string;
    before(async () => {
        server = await startTestPostgres();
        world = await createWorld({ ownerUrl: server.url });
        user = await world.signIn("user");
        elsewhere = (await world.secondAgent({ parallel: 0 })).url;
    });
    after(async () => {
        await world?.close();
        await server?.stop();
    });

    const listen = async (threadId: string, enough: (events: SseEvent[]) => boolean, headers: Record<string, string> = {}) =>
        readEvents(await fetch(`${elsewhere}/api/threads/${threadId}/events`, { headers: { Authorization: `Bearer ${user.token}`, ...headers } }), enough);
    const text = (event: SseEvent | undefined) => String(event?.data.text);

    it("reach a reader on another replica as they happen, up to the booking", async () => {
        const asked = await user.chat("Refund ORD-1001");
        const listening = listen(asked.threadId, (events) => /was approved/.test(text(events.at(-1))));
        const admin = await signIn(elsewhere, "admin");
        const { body } = await admin.get<{ approvals: { id: string; hash: string }[] }>("/api/admin/approvals");
        await admin.post("/api/admin/approve", { approvalId: body.approvals[0]!.id, hash: body.approvals[0]!.hash, decision: "approve" });
        const events = await listening;
        assert.ok(events.every(({ event }) => event === "message"));
        assert.match(text(events[1]), /needs an approval/);
        assert.equal(events.at(-1)?.data.status, "complete");
        const ids = events.map(({ id }) => Number(id));
        assert.deepEqual(ids, [...ids].sort((a, b) => a - b));
    });

    it("are continued by another replica when one stops in mid-answer", async () => {
        let hang = () => {};
        const hanging = new Promise<void>((resolve) => (hang = resolve));
        const stopping = await world.secondAgent({ parallel: 0, graceMs: 100, hooks: { beforeNode: (node) => (node === "Respond" ? (hang(), new Promise<void>(() => undefined)) : undefined) } });
        const there = await signIn(stopping.url, "user");
        const asking = there.chat("Where is my order ORD-1003?");
        await hanging;
        const [, reply] = await Promise.all([stopping.close(), asking]);
        assert.deepEqual(reply.of("error").map(({ code }) => code), ["TURN_MOVED"]);
        const events = await listen(reply.threadId, (all) => all.at(-1)?.data.status === "complete" && all.at(-1)?.data.role === "assistant");
        assert.match(text(events.at(-1)), /ORD-1003 .*on its way/);
    });

    it("are told again from where a reader left off, and not from before", async () => {
        const { threadId } = await user.chat("Where is my order ORD-1002?");
        const all = await listen(threadId, (events) => events.length === 2);
        assert.deepEqual(all.map(({ data }) => data.role), ["user", "assistant"]);
        await user.chat("and ORD-1003?", threadId);
        const rest = await listen(threadId, (events) => events.length === 2, { "Last-Event-ID": all[1]!.id! });
        assert.deepEqual(rest.map(({ data }) => data.role), ["user", "assistant"]);
        assert.match(text(rest[0]), /ORD-1003/);
    });
});
