/**
 * The record of who did what. Written in the same transaction as the deed, so that neither exists without the other; the
 * database links the entries into a chain when the transaction commits (migration 0010), verify.ts checks it.
 */
import type { Principal, Queryable } from "../db/database.js";

export interface AuditEntry {
    id: number;
    at: string;
    actor: string;
    action: string;
    subject: string;
    detail: Record<string, unknown>;
}

/** As exported: with the entry's place in the chain. */
export interface ChainedEntry extends AuditEntry {
    seq: number;
    actorId: string | null;
    requestId: string | null;
    prev: string;
    hash: string;
    /** The person was erased, and with them what the entry told of them. */
    erased: boolean;
}

/**
 * @param tx a transaction of `asPrincipal` or `asSystem`
 * @param action `subject.verb`, such as `document.delete`
 * @param subject what it was done to: an id, or an e-mail address
 */
export async function audit(tx: Queryable, principal: Principal, action: string, subject: string, detail: Record<string, unknown> = {}, requestId?: string): Promise<void> {
    await tx.query(
        `insert into audit_logs (tenant_id, actor_id, actor, action, subject, detail, request_id)
         values ($1, $2, coalesce((select email from users where id = $2), 'system'), $3, $4, $5::jsonb, $6)`,
        [principal.tenantId, principal.userId, action, subject, JSON.stringify(detail), requestId ?? null],
    );
}

/** The actor of what nobody asked for: housekeeping, a directory, a registration. */
export function systemActor(tenantId: string): Principal {
    return { userId: "00000000-0000-0000-0000-000000000000", tenantId, role: "user" };
}

/** Newest first, of the principal's tenant. @param options `action` also matches its beginning up to a dot; `actor` a part of the address */
export async function readAudit(tx: Queryable, options: { limit: number; before?: number; action?: string; actor?: string }): Promise<AuditEntry[]> {
    const rows = await tx.query<Omit<AuditEntry, "at"> & { at: Date }>(
        `select id, at, actor, action, subject, detail from audit_logs
         where ($2::bigint is null or id < $2) and ($3::text is null or action = $3 or starts_with(action, $3 || '.')) and ($4::text is null or position(lower($4) in lower(actor)) > 0)
         order by id desc limit $1`,
        [options.limit, options.before ?? null, options.action ?? null, options.actor ?? null],
    );
    return rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.toISOString() }));
}

/** All of a tenant's in the order of the chain, a page at a time. */
export async function* exportAudit(run: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>, tenantId: string, page = 500): AsyncGenerator<ChainedEntry[]> {
    for (let after = 0; ; ) {
        const rows = await run((tx) =>
            tx.query<Omit<ChainedEntry, "at"> & { at: string }>(
                `select id, seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor_id as "actorId", actor, action, subject, detail, request_id as "requestId", prev, hash, erased
                 from audit_logs where tenant_id = $1 and seq > $2 order by seq limit $3`,
                [tenantId, after, page],
            ),
        );
        if (rows.length === 0) return;
        yield rows.map((row) => ({ ...row, id: Number(row.id), seq: Number(row.seq) }));
        after = Number(rows.at(-1)!.seq);
    }
}
