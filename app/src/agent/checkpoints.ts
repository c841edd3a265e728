/** Where the graph's progress is kept: LangGraph's own tables, in a schema that only the application's role can read. */
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type { Pool } from "pg";
import type { Database, OwnerDatabase, Queryable } from "../db/database.js";
import { APP_ROLE } from "../db/embedded.js";
import { StepSaver } from "./saver.js";

const schema = "agent_checkpoints";

/** Creates or upgrades the tables. Run by the role `migrate` alone, under its lock: replicas would race. */
export async function setupCheckpoints(pool: Pool, owner: OwnerDatabase): Promise<void> {
    await new PostgresSaver(pool, undefined, { schema }).setup();
    await owner.query(`revoke all on schema ${schema} from public`);
    await owner.query(`revoke all on all tables in schema ${schema} from public`);
    await owner.query(`grant usage on schema ${schema} to ${APP_ROLE}`);
    await owner.query(`grant select, insert, update, delete on ${schema}.checkpoints, ${schema}.checkpoint_blobs, ${schema}.checkpoint_writes to ${APP_ROLE}`);
    await owner.query(`grant select on ${schema}.checkpoint_migrations to ${APP_ROLE}`);
}

/** The saver that the graph writes to after each node. A turn's id is its `thread_id`, so each turn has its own lineage. */
export function openCheckpoints(database: Database): PostgresSaver {
    return new StepSaver(database, schema);
}

/**
 * Deletes the checkpoints of turns that have ended: they are needed to go on, not to remember.
 * Gives the number of turns whose checkpoints went.
 */
export async function pruneCheckpoints(database: Database, saver: PostgresSaver): Promise<number> {
    const ended = await database.asSystem((tx) =>
        tx.query<{ thread_id: string }>(
            `select distinct c.thread_id from ${schema}.checkpoints c
             where not exists (select 1 from turns t where t.id::text = c.thread_id and t.state in ('queued', 'running', 'waiting', 'decided')) limit 500`,
        ),
    );
    for (const { thread_id: turnId } of ended) {
        await saver.deleteThread(turnId);
    }
    return ended.length;
}

/** Deletes the checkpoints of these turns, in the transaction in which the turns go. */
export async function dropCheckpoints(tx: Queryable, turnIds: readonly string[]): Promise<void> {
    for (const table of ["checkpoint_blobs", "checkpoint_writes", "checkpoints"]) await tx.query(`delete from ${schema}.${table} where thread_id = any($1::text[])`, [turnIds]);
}
