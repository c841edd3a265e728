/** Whether the audit log is what was written: every entry there, unchanged, in its place. */
import { createHash } from "node:crypto";
import type { Queryable } from "../db/database.js";

export interface Verification {
    ok: boolean;
    /** How many entries the log has. */
    entries: number;
    /** The newest entry's number and hash. Kept elsewhere, it shows later that nobody wrote the whole log anew. */
    head: string;
    /** The id of the entry where it shows, and what is wrong there. */
    brokenAt?: number;
    reason?: string;
}

const PAGE = 1_000;

/**
 * Reads the whole log of a tenant.
 * @param run a transaction that sees the tenant's rows
 * @param expectedHead a `head` of earlier: the log must still hold it
 */
export async function verifyAudit(run: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>, tenantId: string, expectedHead?: string): Promise<Verification> {
    const [end] = await run((tx) => tx.query<Head>("select seq, hash, start_seq, start_hash from audit_heads where tenant_id = $1", [tenantId]));
    const head = { seq: Number(end?.seq ?? 0), hash: end?.hash ?? "" };
    const result = { entries: 0, head: `${head.seq}:${head.hash}` };
    const broken = (brokenAt: number, reason: string): Verification => ({ ok: false, ...result, brokenAt, reason });
    const [loose] = await run((tx) => tx.query<{ id: number }>("select id from audit_logs where tenant_id = $1 and (seq is null or hash is null) order by id limit 1", [tenantId]));
    if (loose !== undefined) return broken(Number(loose.id), "The entry was never linked into the chain.");

    const [expectedSeq, expectedHash] = expectedHead?.split(":") ?? [];
    let before = { seq: Number(end?.start_seq ?? 0), hash: end?.start_hash ?? "", id: 0 };
    if (expectedHead !== undefined && Number(expectedSeq) > head.seq) return broken(0, `The log ends at number ${head.seq}, before the head that was expected.`);
    // Only up to the head that was read first: entries are added meanwhile.
    while (before.seq < head.seq) {
        const rows = await run((tx) => tx.query<Row>(`${SELECT} where tenant_id = $1 and seq > $2 and seq <= $3 order by seq limit ${PAGE}`, [tenantId, before.seq, head.seq]));
        if (rows.length === 0) return broken(before.id, `Entry number ${before.seq + 1} and all after it are missing.`);
        for (const row of rows) {
            const id = Number(row.id);
            const seq = Number(row.seq);
            if (seq !== before.seq + 1) return broken(id, `Entry number ${before.seq + 1}, before this one, is missing.`);
            if (row.prev !== before.hash) return broken(id, `Entry number ${seq} does not follow the one before it: one of them was changed or moved.`);
            if (row.erased ? !row.excused : sha256((row.salt ?? "") + row.content) !== row.content_hash) return broken(id, `Entry number ${seq} was changed after it had been written.`);
            if (sha256(before.hash + row.content_hash + row.fixed) !== row.hash) return broken(id, `Entry number ${seq} was changed or moved after it had been written.`);
            if (seq === Number(expectedSeq) && row.hash !== expectedHash) return broken(id, `Entry number ${seq} is not the one that was expected: the log was written anew.`);
            result.entries++;
            before = { seq, hash: row.hash, id };
        }
    }
    if (before.hash !== head.hash && head.seq > 0) return broken(before.id, "The end of the log is not the entry that was written last.");
    const [beyond] = await run((tx) => tx.query<{ id: number }>("select a.id from audit_logs a left join audit_heads h using (tenant_id) where a.tenant_id = $1 and a.seq > coalesce(h.seq, 0) and $2 = coalesce(h.seq, 0) limit 1", [tenantId, head.seq]));
    if (beyond !== undefined) return broken(Number(beyond.id), "The entry stands after the end of the log.");
    return { ok: true, ...result };
}

interface Head {
    seq: number;
    hash: string;
    start_seq: number;
    start_hash: string;
}

interface Row {
    id: number;
    seq: number;
    prev: string;
    hash: string;
    salt: string | null;
    content_hash: string;
    erased: boolean;
    /** The erasure of this person is itself in the log. */
    excused: boolean;
    content: string;
    fixed: string;
}

const SELECT = `select id, seq, prev, hash, salt, content_hash, erased, audit_content(actor, subject, detail, request_id) as content, audit_fixed(seq, at, tenant_id, actor_id, action) as fixed,
    erased and exists (select 1 from audit_logs e where e.tenant_id = audit_logs.tenant_id and e.action = 'person.erase' and e.subject = audit_logs.actor_id::text and e.seq is not null) as excused
    from audit_logs`;

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
