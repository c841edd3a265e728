/** What is kept about a person, given out as a whole, and taken away. */
import { audit } from "../audit/audit.js";
import type { Principal, Queryable } from "../db/database.js";
import { waitForReaders } from "../documents/store.js";
import { known } from "./users.js";

/** Everything that names a person, by table. What others wrote, and secrets even as hashes, are left out. */
const PARTS: Readonly<Record<string, string>> = {
    profile: "select id, email, name, role, active, created_at, updated_at from users where id = $1",
    identities: "select provider, subject, created_at from identities where user_id = $1",
    sessions: "select id, created_at, last_used_at, expires_at, revoked_at, client from sessions where user_id = $1 and kind = 'person' order by created_at",
    keys: "select name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at from api_keys where user_id = $1 order by created_at",
    conversations: `select t.id, t.title, t.created_at, t.updated_at, (select memory from agent_state s where s.thread_id = t.id) as memory,
        (select jsonb_agg(jsonb_build_object('role', m.role, 'text', m.text, 'citations', m.citations, 'at', m.created_at) order by m.ordinal) from messages m where m.thread_id = t.id) as messages,
        (select jsonb_agg(jsonb_build_object('tool', c.tool, 'arguments', c.arguments, 'status', c.status, 'result', c.result, 'at', c.created_at) order by c.created_at) from tool_calls c where c.thread_id = t.id) as tools
        from threads t where t.user_id = $1 order by t.created_at`,
    requests: "select id, tool, arguments, reason, status, created_at, decided_at from approvals where requested_by = $1 order by created_at",
    decisions: "select id, tool, status, decided_at, decision_reason from approvals where decided_by = $1 order by decided_at",
    documents: "select id, filename, media_type, bytes, tags, created_at from documents where uploaded_by = $1 and draft_of is null order by created_at",
    orders: "select id, item, amount_cents, currency, status, ordered_at, delivered_at from orders where owner_id = $1 order by ordered_at",
    refunds: "select order_id, amount_cents, currency, reason, created_at from refunds where requested_by = $1 order by created_at",
    tickets: "select number, order_id, summary, status, created_at from tickets where created_by = $1 order by created_at",
    record: "select at, action, subject, detail from audit_logs where actor_id = $1 order by id",
};

/** @param tx a transaction of the person: conversations are seen by nobody else */
export async function exportPerson(tx: Queryable, id: string): Promise<Record<string, unknown>> {
    const parts: Record<string, unknown> = { exportedAt: new Date().toISOString() };
    for (const [name, sql] of Object.entries(PARTS)) {
        const rows = await tx.query(sql, [id]);
        parts[name] = name === "profile" ? (rows[0] ?? null) : rows;
    }
    return parts;
}

/**
 * Takes away a person's conversations, sign-ins, keys and everything that names them. What the books and colleagues refer to
 * (bookings, tickets, shared documents, the audit log's times and kinds of deeds) stays without a name.
 * @param tx a transaction of the person
 * @param actor who erases: the person, or an administrator
 * @param options `documents` takes away what the person uploaded too
 * @returns false when there is nobody
 */
export async function erasePerson(tx: Queryable, actor: Principal, id: string, options: { documents: boolean }, requestId: string): Promise<boolean> {
    const [person] = await tx.query<{ email: string }>("select email from users where id = $1 and erased_at is null", [id]);
    if (person === undefined) return false;
    await tx.query("delete from threads where user_id = $1", [id]);
    if (options.documents) {
        await waitForReaders(tx, "uploaded_by = $1", [id]);
        await tx.query("delete from documents where uploaded_by = $1", [id]);
    }
    for (const table of ["sessions", "api_keys", "password_resets", "identities", "webhook_sources"]) await tx.query(`delete from ${table} where user_id = $1`, [id]);
    await tx.query("delete from invitations where email = $1", [person.email]);
    await tx.query("delete from login_attempts where starts_with(key, $1)", [`account:${person.email}|`]);
    await known(tx.query("select person_erase($1)", [id]));
    await tx.query("select audit_forget($1)", [id]);
    await audit(tx, actor, "person.erase", id, { documents: options.documents }, requestId);
    return true;
}
