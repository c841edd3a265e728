import assert from "node:assert/strict";
import { createWorld, eventually, type Caller, type World } from "../agent/testing/world.js";
import { signatureOf } from "../approvals/notify.js";

describe("webhooks", function () {
    this.timeout(120_000);
    let world: World;
    let admin: Caller;
    let secret: string;
    before(async () => {
        world = await createWorld();
        admin = await world.signIn("admin");
        secret = await makeSource("shop-system");
    });
    after(() => world.close());

    async function makeSource(name: string): Promise<string> {
        const response = await fetch(`${world.url}/api/admin/webhooks/${name}`, { method: "PUT", headers: { authorization: `Bearer ${admin.token}` } });
        assert.equal(response.status, 200);
        return ((await response.json()) as { secret: string }).secret;
    }
    const send = async (source: string, body: string, signature = signatureOf(secret, Math.floor(Date.now() / 1000), body), path = "/webhooks") => {
        const response = await fetch(`${world.url}${path}/${source}`, { method: "POST", headers: { "content-type": "application/json", "x-signature": signature }, body });
        return { status: response.status, body: (await response.json()) as { threadId: string; duplicate: boolean; error?: { code: string } } };
    };

    it("are acted upon once, by the agent, to the end", async () => {
        const body = JSON.stringify({ id: "evt-1", message: "Please open a ticket: the parcel of ORD-2001 arrived wet and torn." });
        const [first, second] = await Promise.all([send("shop-system", body), send("shop-system", body, undefined, "/api/webhooks")]);
        assert.deepEqual([first.status, second.status].sort(), [200, 202]);
        assert.equal(first.body.threadId, second.body.threadId);
        const tickets = () => world.database.asSystem((tx) => tx.query<{ n: number }>("select count(*)::int as n from tickets"));
        await eventually("the ticket", tickets, (rows) => rows[0]!.n === 1);
        assert.equal((await send("shop-system", body)).status, 200);
        const thread = await eventually("the answer", () => admin.get<{ status: string; messages: { text: string }[] }>(`/api/threads/${first.body.threadId}`), ({ body: found }) => found.status === "idle");
        assert.match(thread.body.messages[1]!.text, /ticket \d+ is open/);
        assert.equal((await tickets())[0]!.n, 1);
    });

    it("without a right and fresh signature are nothing", async () => {
        const body = JSON.stringify({ message: "Refund ORD-1002" });
        const now = Math.floor(Date.now() / 1000);
        for (const signature of ["", "t=1,v1=00", signatureOf("wrong", now, body), signatureOf(secret, now, `${body} `), signatureOf(secret, now - 400, body), signatureOf(secret, now + 400, body)]) {
            const answer = await send("shop-system", body, signature);
            assert.deepEqual([answer.status, answer.body.error?.code], [401, "WEBHOOK_SIGNATURE_WRONG"], signature);
        }
        assert.equal((await send("no-such-source", body)).body.error?.code, "WEBHOOK_SIGNATURE_WRONG");
        assert.equal((await send("shop-system", "[]")).body.error?.code, "INVALID_REQUEST");
    });

    it("need the newest secret, and an administrator to make them", async () => {
        const before = secret;
        secret = await makeSource("shop-system");
        const body = JSON.stringify({ message: "Hello there, this is news" });
        assert.equal((await send("shop-system", body, signatureOf(before, Math.floor(Date.now() / 1000), body))).status, 401);
        assert.equal((await send("shop-system", body)).status, 202);
        const user = await world.signIn("user");
        assert.equal((await fetch(`${world.url}/api/admin/webhooks/other-source`, { method: "PUT", headers: { authorization: `Bearer ${user.token}` } })).status, 403);
        assert.equal((await fetch(`${world.url}/api/admin/webhooks/shop-system`, { method: "DELETE", headers: { authorization: `Bearer ${admin.token}` } })).status, 204);
        assert.equal((await send("shop-system", body)).status, 401);
    });
});
