/** What 200 turns of one conversation leave in the database, and how long a turn takes without any model's time. */
import { createWorld } from "../src/agent/testing/world.js";
import { Report } from "./report.js";
import { percentile } from "./support.js";

export async function benchThreads(): Promise<void> {
    const report = new Report("threads", "200 turns of one conversation (embedded database)", "npm run bench -- threads");
    const passage = { id: "11111111-1111-4111-8111-111111111111", documentId: "22222222-2222-4222-8222-222222222222", filename: "handbook.pdf", page: 3, heading: "Leave", text: "Everybody has 30 days of leave.", score: 1, similarity: 0.9 };
    const world = await createWorld({ passages: [passage] });
    const user = await world.signIn("user");
    const times: number[] = [];
    let threadId: string | undefined;
    for (let turn = 0; turn < 200; turn++) {
        const begun = performance.now();
        ({ threadId } = await user.chat(turn % 4 === 0 ? "Where is my order ORD-1003?" : `What does the handbook say about leave, part ${turn}?`, threadId));
        times.push(performance.now() - begun);
    }
    const [{ checkpoints, transcript }] = (await world.asOwner((owner) =>
        owner.query<{ checkpoints: number; transcript: number }>(
            `select (select coalesce(sum(pg_column_size(c.*)), 0) from agent_checkpoints.checkpoints c)::int + (select coalesce(sum(pg_column_size(b.*)), 0) from agent_checkpoints.checkpoint_blobs b)::int
                + (select coalesce(sum(pg_column_size(w.*)), 0) from agent_checkpoints.checkpoint_writes w)::int as checkpoints,
                (select coalesce(sum(pg_column_size(m.*)), 0) from messages m)::int + (select coalesce(sum(pg_column_size(t.*)), 0) from tool_calls t)::int + (select coalesce(sum(pg_column_size(u.*)), 0) from turns u)::int as transcript`,
        ),
    )) as [{ checkpoints: number; transcript: number }];
    report.add("turn P50", percentile(times, 0.5), "ms");
    report.add("turn P95", percentile(times, 0.95), "ms");
    report.add("checkpoints left", checkpoints / 1024, "KiB", { bar: { atMost: 1024 } });
    report.add("transcript", transcript / 1024, "KiB");
    report.close();
    await world.close();
}
