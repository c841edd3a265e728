/**
 * LangGraph's saver with the same tables and one statement for each step instead of one for each value: a turn has about ten
 * steps with a handful of values each, and the journeys to the database were most of what it cost.
 */
import { WRITES_IDX_MAP, type ChannelVersions, type Checkpoint, type CheckpointMetadata, type CheckpointTuple, type PendingWrite } from "@langchain/langgraph-checkpoint";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { Database } from "../db/database.js";

interface Stored {
    channel: string;
    version: string;
    type: string;
    blob: string | null;
}

export class StepSaver extends PostgresSaver {
    /** Values of a turn's beginning that are not stored yet, by turn. */
    private readonly held = new Map<string, Stored[]>();

    constructor(
        private readonly database: Database,
        private readonly tables: string,
    ) {
        super(database.checkpointPool(), undefined, { schema: tables });
    }

    /** A turn that was just created has no checkpoint: looking for one is spared. */
    override async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
        return config.configurable?.fresh === true ? undefined : super.getTuple(config);
    }

    /**
     * Before the first node has ended there is nothing to go on from that the turn's row does not tell, and after the last
     * one nothing to go on to: neither is stored. The values of the beginning travel with the first node's.
     */
    override async put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, newVersions: ChannelVersions): Promise<RunnableConfig> {
        const { thread_id: threadId, checkpoint_ns: namespace = "", checkpoint_id: parent } = (config.configurable ?? {}) as { thread_id: string; checkpoint_ns?: string; checkpoint_id?: string };
        const { channel_values: values, ...rest } = checkpoint;
        const next = { configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: checkpoint.id } };
        const blobs = await Promise.all(
            Object.entries(newVersions).map(async ([channel, version]): Promise<Stored> => {
                const [type, value] = channel in values ? await this.serde.dumpsTyped(values[channel]) : ["empty", undefined];
                return { channel, version: String(version), type, blob: encode(value) };
            }),
        );
        const before = metadata.source === "input" ? [] : (this.held.get(threadId) ?? []);
        if (metadata.step < 1) {
            this.held.set(threadId, [...before, ...blobs]);
            return next;
        }
        this.held.delete(threadId);
        if (!Object.keys(values).some((channel) => channel.startsWith("branch:to:"))) return next;
        await this.database.query(
            `with values_of_step as (
                insert into ${this.tables}.checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
                select $1, $2, b.channel, b.version, b.type, decode(b.blob, 'base64') from jsonb_to_recordset($7::jsonb) as b(channel text, version text, type text, blob text)
                on conflict (thread_id, checkpoint_ns, channel, version) do nothing)
             insert into ${this.tables}.checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
             values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)
             on conflict (thread_id, checkpoint_ns, checkpoint_id) do update set checkpoint = excluded.checkpoint, metadata = excluded.metadata`,
            [threadId, namespace, checkpoint.id, parent ?? null, storable(rest), storable(metadata), JSON.stringify([...before, ...blobs])],
        );
        return next;
    }

    /**
     * What a node wrote is kept for the case that it ends before others of its step do. Here a step is one node, whose
     * checkpoint follows at once, and a node can run again: only interrupts and the like need to be kept.
     */
    override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
        if (!writes.some(([channel]) => channel in WRITES_IDX_MAP)) return;
        const { thread_id: threadId, checkpoint_ns: namespace = "", checkpoint_id: id } = (config.configurable ?? {}) as { thread_id: string; checkpoint_ns?: string; checkpoint_id: string };
        const rows = await Promise.all(
            writes.map(async ([channel, value], index) => {
                const [type, blob] = await this.serde.dumpsTyped(value);
                return { idx: WRITES_IDX_MAP[channel] ?? index, channel, type, blob: encode(blob) };
            }),
        );
        // What a step writes once stays; an interrupt or an error may be written again.
        const again = writes.every(([channel]) => channel in WRITES_IDX_MAP) ? "update set channel = excluded.channel, type = excluded.type, blob = excluded.blob" : "nothing";
        await this.database.query(
            `insert into ${this.tables}.checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob)
             select $1, $2, $3, $4, w.idx, w.channel, w.type, decode(w.blob, 'base64') from jsonb_to_recordset($5::jsonb) as w(idx int, channel text, type text, blob text)
             on conflict (thread_id, checkpoint_ns, checkpoint_id, task_id, idx) do ${again}`,
            [threadId, namespace, id, taskId, JSON.stringify(rows)],
        );
    }

    override async deleteThread(threadId: string): Promise<void> {
        this.held.delete(threadId);
        await this.database.query(
            `with blobs as (delete from ${this.tables}.checkpoint_blobs where thread_id = $1), writes as (delete from ${this.tables}.checkpoint_writes where thread_id = $1)
             delete from ${this.tables}.checkpoints where thread_id = $1`,
            [threadId],
        );
    }
}

function encode(value: Uint8Array | string | null | undefined): string | null {
    return value === null || value === undefined ? null : Buffer.from(value).toString("base64");
}

/** Nothing in here is a person's text; should a null character get in, jsonb would refuse all of it. */
function storable(value: unknown): string {
    return JSON.stringify(value).replaceAll("\\u0000", "");
}
