/** How long what is kept, and letting go of it: the worker's housekeeping. Nothing is let go of unless the operator says so, but what only serves a moment. */
import { z } from "zod";
import { jsonText } from "../json.js";
import { audit, systemActor } from "../audit/audit.js";
import type { Database } from "../db/database.js";
import type { Logger } from "../http/log.js";

const days = z.number().int().min(1).max(36_500);

/** Days by kind of data; a kind that is not named is kept. */
export const retentionSchema = z.strictObject({
    /** Conversations that nobody has written in for so long, with everything the agent noted in them. */
    conversations: days.optional(),
    /** Documents since they were uploaded, with everything made of them. */
    documents: days.optional(),
    /** What was told about ingestion jobs. */
    jobEvents: days.default(30),
    /** Sessions, refresh tokens, invitations and links after their end. */
    sessions: days.default(30),
    evaluations: days.optional(),
    modelUsage: days.optional(),
    /** The oldest entries of the audit log; its chain then begins after them. */
    audit: days.min(366, "the database keeps the audit log for a year at least").optional(),
});
export type Retention = z.infer<typeof retentionSchema>;

/** `RETENTION_DAYS`: a JSON object. */
export const retentionVariable = jsonText.pipe(retentionSchema);

/** What goes, by kind; `$1` is the number of days. Rows below it go with a conversation or a document. */
const SWEEPS: Record<Exclude<keyof Retention, "audit">, readonly string[]> = {
    conversations: ["delete from threads t where updated_at < now() - make_interval(days => $1) and not exists (select 1 from turns u where u.thread_id = t.id and u.state in ('queued', 'running', 'waiting', 'decided')) returning tenant_id"],
    documents: ["delete from documents where created_at < now() - make_interval(days => $1) returning tenant_id"],
    jobEvents: ["delete from job_events where at < now() - make_interval(days => $1) returning tenant_id"],
    sessions: [
        "delete from sessions where least(expires_at, revoked_at) < now() - make_interval(days => $1) returning tenant_id",
        "delete from invitations where least(expires_at, used_at) < now() - make_interval(days => $1) returning tenant_id",
        "delete from password_resets where expires_at < now() - make_interval(days => $1) returning tenant_id",
    ],
    evaluations: ["delete from evaluations where created_at < now() - make_interval(days => $1) returning tenant_id"],
    modelUsage: ["delete from model_usage where day < current_date - $1::int returning tenant_id"],
};

/** Any number that nothing else in the database uses. */
const LOCK = 7_304_116_022;

/** Lets go of what is past its time, once; the number of rows by kind. Of several at once one works, the others find nothing to do. */
export async function letGo(database: Database, retention: Retention): Promise<Record<string, number>> {
    return database.asSystem(async (tx) => {
        const [lock] = await tx.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1::bigint) as mine", [LOCK]);
        const gone: Record<string, number> = {};
        if (lock?.mine !== true) return gone;
        const byTenant = new Map<string, Record<string, number>>();
        const note = (kind: string, tenant: string, rows: number) => {
            gone[kind] = (gone[kind] ?? 0) + rows;
            const counts = byTenant.get(tenant) ?? {};
            counts[kind] = (counts[kind] ?? 0) + rows;
            byTenant.set(tenant, counts);
        };
        for (const [kind, statements] of Object.entries(SWEEPS)) {
            const kept = retention[kind as keyof typeof SWEEPS];
            if (kept === undefined) continue;
            for (const statement of statements) for (const { tenant_id: tenant } of await tx.query<{ tenant_id: string }>(statement, [kept])) note(kind, tenant, 1);
        }
        if (retention.audit !== undefined) {
            for (const { id } of await tx.query<{ id: string }>("select id from tenants")) {
                const [pruned] = await tx.query<{ n: number }>("select audit_prune($1, now() - make_interval(days => $2)) as n", [id, retention.audit]);
                if (Number(pruned!.n) > 0) note("audit", id, Number(pruned!.n));
            }
        }
        for (const [tenant, counts] of byTenant) await audit(tx, systemActor(tenant), "retention.sweep", tenant, counts);
        return gone;
    });
}

/** Lets go of what is past its time now and every hour. */
export function startHousekeeping(database: Database, retention: Retention, log: Logger, everyMs = 3600_000): { stop(): Promise<void> } {
    let working = Promise.resolve();
    const sweep = () => {
        working = working.then(async () => {
            const gone = await letGo(database, retention);
            if (Object.keys(gone).length > 0) log.info({ gone }, "what was past its time was let go of");
        }).catch((error: unknown) => log.warn({ error }, "housekeeping failed; it is tried again"));
    };
    const timer = setInterval(sweep, everyMs);
    timer.unref();
    sweep();
    return {
        async stop() {
            clearInterval(timer);
            await working;
        },
    };
}
