/** What a search is narrowed to. Whose documents they are is not a filter: row-level security sees to that. */
import type { Queryable } from "../db/database.js";

export interface Filter {
    documents?: readonly string[];
    /** Documents that have all of these. */
    tags?: readonly string[];
    /** Uploaded at or after. */
    from?: string;
    /** Uploaded before. */
    to?: string;
}

export interface Scope {
    /** A condition on `document_id`, with the values it names. */
    condition: string;
    values: readonly unknown[];
    /** Passages within it. */
    passages: number;
    /** Whether it is less than everything. */
    narrowed: boolean;
}

/**
 * The documents that a search may look into, counted. A new version is not among them before it is whole.
 * @param first number of the first parameter that the condition may use
 */
export async function scopeOf(tx: Queryable, filter: Filter = {}, first = 1): Promise<Scope> {
    const parts: { sql: (parameter: string) => string; value: unknown }[] = [];
    if (filter.documents !== undefined) parts.push({ sql: (p) => `id = any(${p}::uuid[])`, value: filter.documents });
    if (filter.tags !== undefined && filter.tags.length > 0) parts.push({ sql: (p) => `tags @> ${p}::text[]`, value: filter.tags });
    if (filter.from !== undefined) parts.push({ sql: (p) => `created_at >= ${p}::timestamptz`, value: filter.from });
    if (filter.to !== undefined) parts.push({ sql: (p) => `created_at < ${p}::timestamptz`, value: filter.to });
    const where = (from: number) => ["not hidden", ...parts.map(({ sql }, i) => sql(`$${from + i}`))].join(" and ");
    const values = parts.map(({ value }) => value);
    const narrowed = parts.length > 0;
    const counted = await tx.query<{ passages: number }>(`select coalesce(sum(chunks), 0)::int as passages from documents where ${where(1)}`, values);
    // Few are hidden, so they are left out; what a filter names is put in.
    const condition = narrowed ? `document_id in (select id from documents where ${where(first)})` : "document_id not in (select id from documents where hidden)";
    return { condition, values, passages: counted[0]!.passages, narrowed };
}
