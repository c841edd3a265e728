import assert from "node:assert/strict";
import type { Message } from "../api/types.ts";
import { approvalStatus, asked, type Conversation, emptyConversation, fromServer, isWaiting, isWorking, settled, streamed, unasked, upserted } from "./conversation.ts";

const message = (id: string, part: Partial<Message> = {}): Message => ({ id, role: "assistant", text: "t", citations: [], tools: [], approval: null, createdAt: "2026-01-01T00:00:00Z", ...part });

function answered(...events: [string, unknown][]): Conversation {
    return events.reduce((conversation, [event, data]) => streamed(conversation, event, data), asked(emptyConversation, "Why?"));
}

describe("a streamed answer", () => {
    it("collects text, steps, citations and tools, and becomes a message", () => {
        const tool = { name: "get_order", arguments: { orderId: "ORD-1001" }, status: "running" };
        const citation = { n: 1, documentId: "d", filename: "f", page: 1, passageId: "p", quote: "q" };
        const during = answered(["thread", { threadId: "t1", messageId: "m1" }], ["step", { node: "ToolDecision", label: "Deciding" }], ["tool", tool], ["tool", { ...tool, status: "done", result: 1 }], ["token", { text: "Be" }], ["token", { text: "cause" }], ["citation", citation]);
        assert.equal(during.draft?.step, "Deciding");
        assert.equal(isWorking(during), true);
        const after = streamed(during, "done", { messageId: "m1", status: "complete" });
        assert.equal(after.threadId, "t1");
        assert.equal(after.draft, null);
        assert.equal(isWorking(after), false);
        assert.deepEqual(
            after.messages.map(({ role, text, tools, citations }) => [role, text, tools.length, citations.length]),
            [
                ["user", "Why?", 0, 0],
                ["assistant", "Because", 1, 1],
            ],
        );
    });

    it("waits when an approval is asked for", () => {
        const approval = { approvalId: "a", tool: "process_refund", arguments: {}, reason: "r", expiresAt: new Date(Date.now() + 60_000).toISOString() };
        const after = answered(["approval", approval], ["done", { messageId: "m", status: "waiting" }]);
        assert.equal(isWaiting(after), true);
        assert.equal(after.messages[1]?.approval?.approvalId, "a");
    });

    it("ignores events it does not know, and all events when nothing was asked", () => {
        const before = asked(emptyConversation, "x");
        assert.equal(streamed(before, "confetti", {}), before);
        assert.equal(streamed(before, "token", "not an object"), before);
        assert.equal(streamed(emptyConversation, "token", { text: "x" }), emptyConversation);
    });

    it("keeps what had arrived when it is stopped, and nothing when nothing had", () => {
        assert.equal(settled(answered(["token", { text: "half" }]), null, "idle").messages.at(-1)?.text, "half");
        assert.equal(settled(answered(), null, "idle").messages.length, 1);
    });

    it("takes a question back that could not be delivered", () => {
        assert.deepEqual(unasked(asked(emptyConversation, "x")), emptyConversation);
    });
});

describe("the server's account", () => {
    it("replaces a known message and adds a new one", () => {
        const start = fromServer({ id: "t", title: "T", status: "idle", messages: [message("a"), message("b")] });
        const changed = upserted(start, message("a", { text: "new" }));
        assert.deepEqual(changed.messages.map(({ text }) => text), ["new", "t"]);
        assert.deepEqual(upserted(changed, message("c")).messages.map(({ id }) => id), ["a", "b", "c"]);
    });

    it("takes the place of a question that was shown ahead of it", () => {
        const ahead = asked(fromServer({ id: "t", title: "T", status: "idle", messages: [message("a")] }), "Why?");
        const told = upserted(ahead, message("u", { role: "user", text: "Why?" }));
        assert.deepEqual(told.messages.map(({ id }) => id), ["a", "u"]);
        assert.deepEqual(upserted(told, message("b")).messages.map(({ id }) => id), ["a", "u", "b"]);
        const again = asked(told, "Why?");
        assert.equal(upserted(again, message("u", { role: "user", text: "Why?" })).messages.at(-1)?.id, again.messages.at(-1)?.id, "an older question of the same words");
    });

    it("fills in lists that are missing", () => {
        const bare = { id: "a", role: "user", text: "x", createdAt: "" } as Message;
        assert.deepEqual(fromServer({ id: "t", title: "", status: "idle", messages: [bare] }).messages[0]?.citations, []);
    });

    it("counts a request as expired by the clock", () => {
        const approval = { approvalId: "a", tool: "t", arguments: {}, reason: "", expiresAt: "2026-01-01T00:00:00Z" };
        assert.equal(approvalStatus(approval, Date.parse("2025-12-31T00:00:00Z")), "pending");
        assert.equal(approvalStatus(approval, Date.parse("2026-01-02T00:00:00Z")), "expired");
        assert.equal(approvalStatus({ ...approval, status: "approved" }), "approved");
    });
});
