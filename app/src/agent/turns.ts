/**
 * Turns as durable work. A turn belongs to a replica while its lease lasts; whoever finds one without an
 * owner goes on from its checkpoint. Every write here is fenced by the lease it was made under.
 */
import { randomUUID } from "node:crypto";
import { workChannel } from "../approvals/store.js";
import type { Database, Principal, Queryable } from "../db/database.js";
import { announced, changeMessage, exchange, nextVersion } from "../threads/store.js";
import type { Memory } from "./brain/brain.js";
import type { TurnRow } from "./turn.js";

/** How long a silent replica keeps a turn. */
export const leaseMs = 15_000;

/** How long a turn may call tools in the name of its person before it needs a new session. */
export const TURN_SESSION_MS = 10 * 60_000;

/** Claims of a turn that ended without a word, that is with the death of the replica, before it is given up. */
const maxDeaths = 10;

/** Claims of a turn whose effect must still happen or whose outcome is unknown, before it is given up. */
const maxClaims = 100;

export interface ClaimedTurn extends TurnRow {
    /** The person's words. */
    text: string;
    /** Names this claim: another claim of the same turn, even by the same replica, has another lease. */
    lease: string;
    /** Why it was given back the last time, if it was. */
    lastError: string | null;
    /** The person wants no more of it. */
    stopRequested: boolean;
    /** Just created: there is no checkpoint to look for. */
    fresh: boolean;
    /** What the conversation remembers, where it was read with the turn's beginning. */
    memory?: Memory;
    /** In whose name the turn calls tools, where it began with one. */
    session?: { id: string; expiresAt: Date };
}

/** Takes the oldest turn that wants a replica, or undefined. */
export async function claimTurn(database: Database, lease: string, ms = leaseMs): Promise<ClaimedTurn | undefined> {
    return database.asSystem(async (tx) => {
        const rows = await tx.query<ClaimRow>(
            `update turns set state = 'running', lease_owner = $1, lease_until = now() + make_interval(secs => $2::double precision), attempt = attempt + 1, updated_at = now()
             where id = (
                select t.id from turns t
                where ((t.state in ('queued', 'decided') and t.available_at <= now()) or (t.state = 'running' and t.lease_until < now()))
                  and not exists (select 1 from turns o where o.thread_id = t.thread_id and o.id <> t.id and o.state = 'running')
                order by t.available_at for update skip locked limit 1)
             returning ${columns}`,
            [lease, ms / 1000],
        );
        return rows[0] === undefined ? undefined : toTurn(tx, rows[0], lease);
    }).catch((error: unknown) => {
        // Two replicas took two turns of one thread at the same moment: the index let one of them.
        if ((error as { code?: unknown }).code === "23505") return undefined;
        throw error;
    });
}

export interface NewTurn {
    principal: Principal;
    /** Undefined starts a new conversation. */
    threadId?: string;
    text: string;
    requestId: string;
    lease: string;
}

/** Writes message, empty answer and turn, owned by the caller. `busy` when the conversation has a turn that is not done. */
export async function createTurn(database: Database, turn: NewTurn, ms = leaseMs): Promise<ClaimedTurn | "busy" | "unknown-thread"> {
    const { principal } = turn;
    const [id, messageId, answerId, sessionId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const expiresAt = new Date(Date.now() + TURN_SESSION_MS);
    return database.asPrincipal(principal, async (tx) => {
        const threadId = turn.threadId ?? (await createThread(tx, principal, turn.text));
        if (turn.threadId !== undefined) {
            const owned = await tx.query("select 1 from threads where id = $1 and user_id = $2 for update", [threadId, principal.userId]);
            if (owned.length === 0) {
                return "unknown-thread";
            }
        }
        // One statement for all of it. A turn that waits, for an approval or for a service to come back, holds nothing up.
        const rows = await tx.query<{ memory: Memory | null }>(
            `with busy as (select 1 from turns where thread_id = $1 and (state = 'running' or (state in ('queued', 'decided') and available_at <= now()))),
             ${nextVersion("$1", { steps: 2, unless: "exists (select 1 from busy)" })},
             ${exchange({ tenant: "$2", message: "$4", answer: "$5", text: "$6" })},
             session as (insert into sessions (id, tenant_id, user_id, expires_at) select $10, $2, $3, $11 from changed),
             turn as (
                insert into turns (id, tenant_id, user_id, thread_id, message_id, answer_id, state, attempt, lease_owner, lease_until, request_id)
                select $12, $2, $3, changed.id, $4, $5, 'running', 1, $7, now() + make_interval(secs => $8::double precision), $9 from changed)
             select ${announced}, (select memory from agent_state where thread_id = $1) as memory from changed`,
            [threadId, principal.tenantId, principal.userId, messageId, answerId, turn.text, turn.lease, ms / 1000, turn.requestId, sessionId, expiresAt, id],
        );
        if (rows[0] === undefined) {
            return "busy";
        }
        return {
            id, threadId, messageId, answerId, principal, requestId: turn.requestId, attempt: 1, text: turn.text, lease: turn.lease, lastError: null, stopRequested: false, fresh: true,
            memory: rows[0].memory ?? {}, session: { id: sessionId, expiresAt },
        };
    });
}

/** Writes a message and its turn for whichever replica comes first, in a conversation of its own. */
export async function queueTurn(tx: Queryable, turn: Omit<NewTurn, "lease" | "threadId">): Promise<{ threadId: string; turnId: string }> {
    const { principal } = turn;
    const threadId = await createThread(tx, principal, turn.text);
    const [turnId, messageId, answerId] = [randomUUID(), randomUUID(), randomUUID()];
    const rows = await tx.query(
        `with ${nextVersion("$1", { steps: 2 })},
         ${exchange({ tenant: "$2", message: "$4", answer: "$5", text: "$6" })},
         turn as (insert into turns (id, tenant_id, user_id, thread_id, message_id, answer_id, state, request_id) select $8, $2, $3, changed.id, $4, $5, 'queued', $7 from changed)
         select ${announced} from changed`,
        [threadId, principal.tenantId, principal.userId, messageId, answerId, turn.text, turn.requestId, turnId],
    );
    if (rows.length === 0) throw new Error("the thread is gone");
    await wake(tx, turnId);
    return { threadId, turnId };
}

/** Prolongs the lease. `lost` takes the right to go on with it; `stop` when the person wants no more, should the word have been missed. */
export async function keepLease(database: Database, turn: ClaimedTurn, ms = leaseMs): Promise<"kept" | "stop" | "lost"> {
    const rows = await database.asSystem((tx) =>
        tx.query<{ stop: boolean }>(
            "update turns set lease_until = now() + make_interval(secs => $3::double precision) where id = $1 and lease_owner = $2 and state = 'running' returning stop_requested_at is not null as stop",
            [turn.id, turn.lease, ms / 1000],
        ));
    return rows[0] === undefined ? "lost" : rows[0].stop ? "stop" : "kept";
}

/** The turn has done all it could, and the session that it began with has too. */
export async function finishTurn(database: Database, turn: ClaimedTurn): Promise<"done" | "lost"> {
    const rows = await database.asSystem((tx) =>
        tx.query(
            `with session as (delete from sessions where id = $3)
             update turns set state = 'done', lease_owner = null, lease_until = null, error = null, updated_at = now() where id = $1 and lease_owner = $2 and state = 'running' returning id`,
            [turn.id, turn.lease, turn.session?.id ?? null],
        ));
    return rows.length === 0 ? "lost" : "done";
}

/**
 * The turn waits for an approval. A decision may have come in between: then it wants a replica again at once,
 * instead of waiting for a decision that nobody will make a second time.
 */
export async function parkTurn(database: Database, turn: ClaimedTurn): Promise<"waiting" | "decided" | "lost"> {
    return database.asSystem(async (tx) => {
        // The decision locks the approval's row as well, so exactly one of the two sees the other.
        const pending = await tx.query("select 1 from approvals where turn_id = $1 and status = 'pending' for update", [turn.id]);
        const state = pending.length > 0 ? "waiting" : "decided";
        const rows = await tx.query(
            "update turns set state = $3, stop_requested_at = null, lease_owner = null, lease_until = null, available_at = now(), updated_at = now() where id = $1 and lease_owner = $2 and state = 'running' returning id",
            [turn.id, turn.lease, state],
        );
        if (state === "decided") {
            await wake(tx, turn.id);
        }
        return rows.length === 0 ? "lost" : state;
    });
}

/** Gives the turn back, to be taken up again after a while. Without an error it was no try: the replica stops. */
export async function returnTurn(database: Database, turn: ClaimedTurn, error: string | null, delayMs: number): Promise<void> {
    await database.asSystem(async (tx) => {
        await tx.query(
            `update turns set state = 'queued', lease_owner = null, lease_until = null, error = $3, available_at = now() + make_interval(secs => $4::double precision),
                attempt = case when $3::text is null then greatest(attempt - 1, 0) else attempt end, updated_at = now()
             where id = $1 and lease_owner = $2 and state = 'running'`,
            [turn.id, turn.lease, error, delayMs / 1000],
        );
        await wake(tx, turn.id);
    });
}

/** Gives the turn up and says so in the conversation. */
export async function failTurn(database: Database, turn: ClaimedTurn, error: string, text: string): Promise<"failed" | "lost"> {
    return database.asSystem(async (tx) => {
        const rows = await tx.query(
            "update turns set state = 'failed', lease_owner = null, lease_until = null, error = $3, updated_at = now() where id = $1 and lease_owner = $2 and state = 'running' returning id",
            [turn.id, turn.lease, error],
        );
        if (rows.length === 0) {
            return "lost";
        }
        await changeMessage(tx, turn.threadId, turn.answerId, { text, status: "failed" });
        return "failed";
    });
}

/** Whether one more try would not help. */
export function isHopeless(turn: ClaimedTurn): boolean {
    return turn.attempt > (turn.lastError === null ? maxDeaths : maxClaims);
}

const columns = "id, tenant_id, user_id, thread_id, message_id, answer_id, request_id, attempt, error, stop_requested_at is not null as stop";

interface ClaimRow {
    id: string;
    tenant_id: string;
    user_id: string;
    thread_id: string;
    message_id: string;
    answer_id: string;
    request_id: string;
    attempt: number;
    error: string | null;
    stop: boolean;
}

async function toTurn(tx: Queryable, row: ClaimRow, lease: string): Promise<ClaimedTurn> {
    const [about] = await tx.query<{ text: string; role: Principal["role"] }>(
        "select m.text, u.role from messages m, users u where m.id = $1 and u.id = $2", [row.message_id, row.user_id]);
    if (about === undefined) {
        throw new Error("the turn's message or person is gone");
    }
    return {
        id: row.id,
        threadId: row.thread_id,
        messageId: row.message_id,
        answerId: row.answer_id,
        principal: { userId: row.user_id, tenantId: row.tenant_id, role: about.role },
        requestId: row.request_id,
        attempt: row.attempt,
        text: about.text,
        lease,
        lastError: row.error,
        stopRequested: row.stop,
        fresh: false,
    };
}

/** The beginning of the first message, until somebody names the conversation. */
async function createThread(tx: Queryable, principal: Principal, text: string): Promise<string> {
    const line = text.replace(/\s+/g, " ").trim();
    const [row] = await tx.query<{ id: string }>("insert into threads (tenant_id, user_id, title) values ($1, $2, $3) returning id", [
        principal.tenantId, principal.userId, line.length <= 80 ? line : `${line.slice(0, 79)}…`,
    ]);
    if (row === undefined) {
        throw new Error("the thread was not written");
    }
    return row.id;
}

async function wake(tx: Queryable, turnId: string): Promise<void> {
    await tx.query("select pg_notify($1, $2)", [workChannel, turnId]);
}
