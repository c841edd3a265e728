import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { startTestPostgres, type TestPostgres } from "../../../tests/support/postgres.js";
import { createTokens } from "../auth/tokens.js";
import { createLogger } from "../http/log.js";
import { createToolClient } from "../mcp/client.js";
import { advance, type Hooks } from "./advance.js";
import { offlineBrain } from "./brain/offline.js";
import { openCheckpoints } from "./checkpoints.js";
import { createDelegate } from "./delegate.js";
import { buildGraph, type AgentGraph } from "./graph.js";
import { createWorld, type Caller, type World } from "./testing/world.js";
import { nodeNames, type NodeName } from "./turn.js";
import { claimTurn, createTurn, finishTurn, parkTurn, type ClaimedTurn } from "./turns.js";

/** `visit` 2 lets the first run of the node pass: the second ToolExecution is the one with the effect. */
interface Accident { node: NodeName; moment: "before" | "after"; visit: number }
class PowerCut extends Error {}

describe("a refund on a real server, with the power cut at any node", function () {
    this.timeout(300_000);
    let server: TestPostgres;
    let world: World;
    let user: Caller;
    let admin: Caller;
    let graph: AgentGraph;
    let number = 5_000;
    let cuts = 0;
    const secret = randomBytes(48).toString("base64");
    before(async () => {
        server = await startTestPostgres();
        // This world's agent takes up no turn by itself: the test drives them.
        world = await createWorld({ ownerUrl: server.url, secret, parallel: 0 });
        user = await world.signIn("user");
        admin = await world.signIn("admin");
        graph = buildGraph(
            {
                database: world.database,
                brain: offlineBrain(),
                tools: createToolClient({ url: world.mcpUrl }),
                retriever: { search: async () => [] },
                answerer: { answer: async function* () { yield { type: "token", text: "" }; } },
                refundApprovalThreshold: 100, refundFourEyesThreshold: 1000,
                log: createLogger({ level: "silent", service: "test" }),
            },
            openCheckpoints(world.database),
        );
    });
    after(async () => {
        await world?.close();
        await server?.stop();
    });

    /** Drives a turn as a replica does, until it ends or waits; each accident kills one replica. */
    async function drive(turn: ClaimedTurn, accidents: Accident[]): Promise<"ended" | "waits"> {
        const delegate = createDelegate(world.database, createTokens(secret))(turn);
        for (;;) {
            const next = accidents[0];
            let armed = next !== undefined;
            let visits = 0;
            const strike = (node: NodeName, moment: Accident["moment"]) => {
                if (armed && next?.node === node && next.moment === moment && ++visits === next.visit) {
                    armed = false;
                    cuts++;
                    throw new PowerCut();
                }
            };
            const hooks: Hooks = { beforeNode: (node) => strike(node, "before"), afterNode: (node) => strike(node, "after") };
            accidents = accidents.slice(1);
            const fresh = turn.fresh;
            turn = { ...turn, fresh: false, memory: undefined };
            try {
                return await advance(graph, { ...turn, fresh, recorded: new Map(), emit: () => undefined, token: () => delegate.token(), signal: new AbortController().signal, stop: new AbortController().signal }, hooks);
            } catch (error) {
                if (!(error instanceof PowerCut)) throw error;
            }
        }
    }

    const refundsOf = (id: string) => world.database.asSystem((tx) => tx.query<{ amount_cents: number }>("select amount_cents from refunds where order_id = $1", [id]));

    async function refund(amount: number, accidents: { before: Accident[]; after: Accident[] }, decision: "approve" | "reject"): Promise<{ beforeDecision: number; afterwards: number; answer: string }> {
        const id = `ORD-${++number}`;
        // The order could bear it three times: only the key keeps it to one.
        await world.addOrder(id, 3 * amount);
        const principal = { userId: user.id, tenantId: "00000000-0000-4000-8000-000000000001", role: "user" } as const;
        const turn = await createTurn(world.database, { principal, text: `Refund ${amount} EUR of ${id} because it is broken`, requestId: "crash-test", lease: randomUUID() }, 600_000);
        assert.ok(typeof turn !== "string");
        let outcome = await drive(turn, accidents.before);
        const beforeDecision = (await refundsOf(id)).length;
        if (outcome === "waits") {
            // Wherever the decision falls: before or after the turn is parked.
            const decide = async () => {
                const { body } = await admin.get<{ approvals: { id: string; hash: string; threadId: string }[] }>("/api/admin/approvals");
                const approval = body.approvals.find((entry) => entry.threadId === turn.threadId)!;
                const answer = await admin.post("/api/admin/approve", { approvalId: approval.id, hash: approval.hash, decision });
                assert.equal(answer.status, 200);
            };
            await Promise.all([decide(), parkTurn(world.database, turn)]);
            const again = await claimTurn(world.database, randomUUID(), 600_000);
            assert.equal(again?.id, turn.id, "the decided turn can be taken up");
            outcome = await drive(again!, accidents.after);
            assert.equal(await finishTurn(world.database, again!), "done");
        } else {
            assert.equal(await finishTurn(world.database, turn), "done");
        }
        assert.equal(outcome, "ended");
        const [answer] = await world.database.asSystem((tx) => tx.query<{ text: string }>("select text from messages where id = $1", [turn.answerId]));
        return { beforeDecision, afterwards: (await refundsOf(id)).length, answer: answer!.text };
    }

    after(() => assert.ok(cuts >= 20, `the power was cut ${cuts} times`));

    const accident = fc.record({ node: fc.constantFrom(...nodeNames), moment: fc.constantFrom("before" as const, "after" as const), visit: fc.integer({ min: 1, max: 2 }) });
    const afterBooking: Accident = { node: "ToolExecution", moment: "after", visit: 2 };
    const accidents = fc.record({ before: fc.array(accident, { maxLength: 4 }), after: fc.array(accident, { maxLength: 4 }) });

    it("is never booked before the approval and exactly once after it", () =>
        fc.assert(
            fc.asyncProperty(accidents, async (points) => {
                const { beforeDecision, afterwards, answer } = await refund(240, points, "approve");
                assert.equal(beforeDecision, 0);
                assert.equal(afterwards, 1);
                assert.match(answer, /The refund was approved: 240\.00 EUR/);
            }),
            { numRuns: 25 },
        ));

    for (const node of nodeNames) {
        it(`goes on after a cut before ${node} and after it, before the decision and after it`, async () => {
            const points: Accident[] = [{ node, moment: "before", visit: 1 }, { node, moment: "after", visit: 1 }];
            const struck = cuts;
            const { beforeDecision, afterwards } = await refund(240, { before: points, after: points }, "approve");
            assert.deepEqual([beforeDecision, afterwards], [0, 1]);
            // Some nodes are passed on one side of the decision only; a node that waits has no end there.
            assert.ok(cuts - struck >= 2, `${node} was cut ${cuts - struck} times`);
        });
    }

    it("is never booked after a rejection", () =>
        fc.assert(
            fc.asyncProperty(accidents, async (points) => {
                const { afterwards, answer } = await refund(240, points, "reject");
                assert.equal(afterwards, 0);
                assert.match(answer, /was not approved/);
            }),
            { numRuns: 8 },
        ));

    it("is booked exactly once when it needs no approval", () =>
        fc.assert(
            fc.asyncProperty(accidents, async (points) => {
                assert.equal((await refund(30, points, "approve")).afterwards, 1);
            }),
            { numRuns: 8, examples: [[{ before: [afterBooking, { ...afterBooking, visit: 1 }], after: [] }]] },
        ));
});
