import assert from "node:assert/strict";
import { createWorld } from "./testing/world.js";

/** All 200 with THREAD_TURNS=200; otherwise as many as show what each of them adds. */
const TURNS = Number(process.env.THREAD_TURNS ?? 40);
const TABLES = ["messages", "tool_calls", "turns", "threads", "agent_state", "agent_checkpoints.checkpoints", "agent_checkpoints.checkpoint_blobs", "agent_checkpoints.checkpoint_writes"];

describe("a long conversation", function () {
    this.timeout(600_000);

    it("keeps 200 turns in less than a megabyte, tables and indexes, and none of their checkpoints", async () => {
        // An answer of several sentences with as many citations as one has.
        const passages = Array.from({ length: 8 }, (_, n) => ({
            id: `11111111-1111-4111-8111-11111111111${n}`, documentId: "22222222-2222-4222-8222-222222222222", filename: "handbook.pdf", page: n, heading: "Leave", score: 1, similarity: 0.9,
            text: `Everybody has ${30 + n} days of leave, which is taken within the year it is given for. `.repeat(8),
        }));
        const world = await createWorld({ passages });
        try {
            const user = await world.signIn("user");
            const size = () =>
                world.asOwner(async (owner) => {
                    for (const table of TABLES) await owner.query(`vacuum full ${table}`);
                    const [row] = await owner.query<{ bytes: number }>(`select (${TABLES.map((table) => `pg_total_relation_size('${table}')`).join(" + ")})::float8 as bytes`);
                    return row!.bytes;
                });
            let { threadId } = await user.chat("hello");
            const before = await size();
            for (let turn = 0; turn < TURNS; turn++) {
                ({ threadId } = await user.chat(turn % 4 === 0 ? "Where is my order ORD-1003?" : `What does the handbook say about leave, part ${turn}?`, threadId));
            }
            const after = await size();
            const each = (after - before) / TURNS;
            assert.ok(each * 200 < 2 ** 20, `${Math.round(each)} bytes a turn, ${Math.round((each * 200) / 1024)} KiB for 200`);
            const left = await world.database.query("select 1 from agent_checkpoints.checkpoints union all select 1 from agent_checkpoints.checkpoint_blobs union all select 1 from agent_checkpoints.checkpoint_writes");
            assert.equal(left.length, 0);
            if (process.env.THREAD_TURNS !== undefined) console.log(`        ${TURNS} turns: ${Math.round((after - before) / 1024)} KiB, ${Math.round((each * 200) / 1024)} KiB for 200`);
        } finally {
            await world.close();
        }
    });
});
