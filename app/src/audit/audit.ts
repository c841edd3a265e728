/** The record of who did what. Written in the same transaction as the deed, so that neither exists without the other. */
import type { Principal, Queryable } from "../db/database.js";

export interface AuditEntry {
    id: number;
    at: string;
    actor: string;
    action: string;
    subject: string;
    detail: Record<string, unknown>;
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

/** Newest first, of the principal's tenant. */
export async function readAudit(tx: Queryable, options: { limit: number; before?: number }): Promise<AuditEntry[]> {
    const rows = await tx.query<Omit<AuditEntry, "at"> & { at: Date }>(
        `select id, at, actor, action, subject, detail from audit_logs
         where $2::bigint is null or id < $2 order by id desc limit $1`,
        [options.limit, options.before ?? null],
    );
    return rows.map((row) => ({ ...row, id: Number(row.id), at: row.at.toISOString() }));
}
