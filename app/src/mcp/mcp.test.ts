import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { createWorld, eventually, type Caller, type World } from "../agent/testing/world.js";

describe("a tool server with a stricter threshold than the agent's", function () {
    this.timeout(300_000);

    it("has its own way: the conversation waits for the approval that the tool asks for", async () => {
        const world = await createWorld({ threshold: 100, toolThreshold: 20 });
        try {
            const user = await world.signIn("user");
            const admin = await world.signIn("admin");
            const asked = await user.chat("Refund ORD-1002");
            assert.deepEqual(asked.of("step").map((step) => step.node).slice(-3), ["ApprovalCheck", "ToolExecution", "ApprovalCheck"]);
            assert.deepEqual(asked.of("done").map((done) => done.status), ["waiting"]);
            const { body } = await admin.get<{ approvals: { id: string; hash: string; policy: { threshold: number } }[] }>("/api/admin/approvals");
            assert.equal(body.approvals[0]!.policy.threshold, 20);
            assert.equal((await admin.post("/api/admin/approve", { approvalId: body.approvals[0]!.id, hash: body.approvals[0]!.hash, decision: "approve" })).status, 200);
            await eventually("the booking", () => world.database.asSystem((tx) => tx.query("select 1 from refunds where order_id = 'ORD-1002' and approval_id is not null")), (rows) => rows.length === 1);
        } finally {
            await world.close();
        }
    });
});

describe("the tool server", function () {
    this.timeout(300_000);
    let world: World;
    let user: Caller;
    let other: Caller;
    let secondAdmin: Caller;
    const clients: Client[] = [];
    before(async () => {
        world = await createWorld();
        user = await world.signIn("user");
        other = await world.signIn("other");
        secondAdmin = await world.signIn("secondAdmin");
    });
    after(async () => {
        await Promise.all(clients.map((client) => client.close()));
        await world.close();
    });

    async function connect(caller: Caller): Promise<Client> {
        const client = new Client({ name: "test", version: "1" });
        await client.connect(new StreamableHTTPClientTransport(new URL(world.mcpUrl), { requestInit: { headers: { Authorization: `Bearer ${caller.token}` } } }));
        clients.push(client);
        return client;
    }
    const refused = async (client: Client, name: string, args: Record<string, unknown>) => {
        const answer = await client.callTool({ name, arguments: args });
        return answer.isError === true ? (answer.structuredContent as { error: { code: string } }).error.code : "done";
    };
    const key = () => `${randomUUID()}:${randomUUID()}`;

    it("offers exactly the four tools, with schemas", async () => {
        const { tools } = await (await connect(user)).listTools();
        assert.deepEqual(tools.map((tool) => tool.name), ["get_order", "check_refund_eligibility", "process_refund", "escalate_ticket"]);
        const refund = tools.find((tool) => tool.name === "process_refund")!;
        assert.deepEqual(refund.inputSchema.required, ["orderId", "amount", "reason", "idempotencyKey"]);
        assert.equal((refund.inputSchema as { additionalProperties?: boolean }).additionalProperties, false);
    });

    it("answers nobody without a token, and no wrong token", async () => {
        for (const headers of [{} as Record<string, string>, { Authorization: "Bearer nonsense" }]) {
            const answer = await fetch(world.mcpUrl, { method: "POST", headers: { ...headers, "Content-Type": "application/json", Accept: "application/json, text/event-stream" }, body: "{}" });
            assert.equal(answer.status, 401);
        }
    });

    it("checks arguments itself, whatever the client sends", async () => {
        const client = await connect(user);
        for (const [name, args] of [
            ["get_order", { orderId: "ORD-1001'; drop table orders; --" }],
            ["get_order", { orderId: "ORD-1001", tenantId: "other" }],
            ["process_refund", { orderId: "ORD-1002", amount: -5, reason: "x", idempotencyKey: key() }],
            ["process_refund", { orderId: "ORD-1002", amount: 0.001, reason: "x", idempotencyKey: key() }],
            ["process_refund", { orderId: "ORD-1002", amount: 10, reason: "x\u0000", idempotencyKey: key() }],
            ["process_refund", { orderId: "ORD-1002", amount: 10, reason: "x", idempotencyKey: "1" }],
            ["process_refund", { orderId: "ORD-1002", amount: 10, reason: "x" }],
            ["drop_tables", {}],
        ] as const) {
            await assert.rejects(client.callTool({ name, arguments: args }), { code: -32602 }, `${name} ${JSON.stringify(args)}`);
        }
    });

    it("books nothing above the threshold without an approval, however it is asked", async () => {
        const client = await connect(user);
        assert.equal(await refused(client, "process_refund", { orderId: "ORD-1001", amount: 249, reason: "the model was told to", idempotencyKey: key() }), "APPROVAL_REQUIRED");
        // Cut into pieces below the threshold it is the sum that counts.
        await world.addOrder("ORD-3001", 300);
        assert.equal(await refused(client, "process_refund", { orderId: "ORD-3001", amount: 90, reason: "x", idempotencyKey: key() }), "done");
        assert.equal(await refused(client, "process_refund", { orderId: "ORD-3001", amount: 90, reason: "x", idempotencyKey: key() }), "APPROVAL_REQUIRED");
    });

    it("takes no approval that is pending, or that was given for other arguments", async () => {
        await world.addOrder("ORD-3002", 300);
        const admin = await world.signIn("admin");
        // The agent is stopped after the request, as if it had been taken over.
        const asked = await user.chat("Refund ORD-3002");
        const [approval] = (await admin.get<{ approvals: { id: string; hash: string }[] }>("/api/admin/approvals")).body.approvals;
        const [row] = await world.database.asSystem((tx) => tx.query<{ call_id: string }>("select call_id from approvals where id = $1", [approval!.id]));
        const call = { orderId: "ORD-3002", amount: 300, reason: "Requested by the customer", idempotencyKey: `${asked.threadId}:${row!.call_id}` };
        const client = await connect(user);
        assert.equal(await refused(client, "process_refund", call), "APPROVAL_NOT_GIVEN");
        await world.closeAgent();
        await world.database.asSystem((tx) => tx.query("update approvals set status = 'approved', decided_by = $2, decided_at = now() where id = $1", [approval!.id, admin.id]));
        assert.equal(await refused(client, "process_refund", call), "APPROVAL_NOT_GIVEN", "nobody's vote is there");
        await world.database.asSystem((tx) => tx.query("insert into approval_votes (approval_id, approver_id, tenant_id, hash) select id, $2, tenant_id, hash from approvals where id = $1", [approval!.id, admin.id]));
        assert.equal(await refused(client, "process_refund", { ...call, amount: 299 }), "APPROVAL_ALTERED");
        assert.equal(await refused(client, "process_refund", { ...call, reason: "another" }), "APPROVAL_ALTERED");
        assert.equal(await refused(await connect(other), "process_refund", call), "ORDER_NOT_FOUND");
        // Ten at once: one books, the others find it booked.
        const answers = await Promise.all(Array.from({ length: 10 }, () => client.callTool({ name: "process_refund", arguments: call })));
        const results = answers.map((answer) => answer.structuredContent as { refundId: string; replayed: boolean });
        assert.equal(new Set(results.map((result) => result.refundId)).size, 1);
        assert.equal(results.filter((result) => !result.replayed).length, 1);
        assert.equal(await refused(client, "process_refund", { ...call, idempotencyKey: key() }), "ALREADY_REFUNDED");
    });

    it("shows a user own orders only, and an administrator those of the tenant", async () => {
        assert.equal(await refused(await connect(other), "get_order", { orderId: "ORD-1002" }), "ORDER_NOT_FOUND");
        assert.equal(await refused(await connect(user), "get_order", { orderId: "ORD-2001" }), "ORDER_NOT_FOUND");
        assert.equal(await refused(await connect(secondAdmin), "get_order", { orderId: "ORD-1002" }), "done");
    });

    it("knows what cannot be refunded, and why", async () => {
        const client = await connect(user);
        const check = async (orderId: string) => (await client.callTool({ name: "check_refund_eligibility", arguments: { orderId } })).structuredContent as { eligible: boolean; code: string };
        assert.deepEqual([(await check("ORD-1004")).code, (await check("ORD-1005")).code], ["REFUND_WINDOW_CLOSED", "ORDER_CANCELLED"]);
        assert.equal(await refused(client, "process_refund", { orderId: "ORD-1004", amount: 10, reason: "x", idempotencyKey: key() }), "REFUND_WINDOW_CLOSED");
        assert.equal(await refused(client, "process_refund", { orderId: "ORD-1002", amount: 40, reason: "x", idempotencyKey: key() }), "AMOUNT_TOO_HIGH");
    });

    it("opens a ticket once per key", async () => {
        const client = await connect(user);
        const call = { name: "escalate_ticket", arguments: { summary: "Nobody answers", idempotencyKey: key() } };
        const first = (await client.callTool(call)).structuredContent as { ticketId: string };
        const again = (await client.callTool(call)).structuredContent as { ticketId: string; replayed: boolean };
        assert.deepEqual([again.ticketId, again.replayed], [first.ticketId, true]);
    });
});
