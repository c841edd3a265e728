/** What the application asks of its database. Two implementations: a real server and the embedded one. */
import type { Pool } from "pg";

export const roles = ["user", "approver", "admin"] as const;
/** An approver is a user who may also decide approvals; an administrator may do everything. */
export type Role = (typeof roles)[number];

/** The tenant that migration 0001 creates. */
export const FIRST_TENANT = "00000000-0000-4000-8000-000000000001";

export function isRole(value: unknown): value is Role {
    return roles.includes(value as Role);
}

/** Who acts. Row-level security shows a principal the rows of the own tenant and no others. */
export interface Principal {
    userId: string;
    tenantId: string;
    role: Role;
}

export interface Queryable {
    /** Runs one statement with `$1`-style parameters. Dates come back as Date, bigint as number, jsonb parsed. */
    query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * A connection outside `asPrincipal` and `asSystem` sees no row of any tenant table: forgetting to say who
 * asks yields nothing instead of everything.
 */
export interface Database extends Queryable {
    transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
    /** A transaction in which row-level security admits the principal's tenant only. */
    asPrincipal<T>(principal: Principal, work: (tx: Queryable) => Promise<T>): Promise<T>;
    /** A transaction across tenants: sign-in (no principal yet), the queue's claims, seeds. Keep its uses few. */
    asSystem<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
    /** Calls back on every NOTIFY of `channel`, across reconnects; the returned function stops it. */
    listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
    /** What LangGraph's PostgresSaver needs: a pool of node-postgres' shape. */
    checkpointPool(): Pool;
    close(): Promise<void>;
}

/** A transaction that can also run a script of several statements: what a migration needs, and nothing else does. */
export interface ScriptTransaction extends Queryable {
    script(text: string): Promise<void>;
}

/** The database as its owner sees it: for migrations and seeds only. */
export interface OwnerDatabase extends Queryable {
    transaction<T>(work: (tx: ScriptTransaction) => Promise<T>): Promise<T>;
    checkpointPool(): Pool;
}

/** Marks the current transaction as the principal's (or the system's); gone at its end. */
export async function scopeTransaction(tx: Queryable, scope: Principal | "system"): Promise<void> {
    const values = scope === "system" ? ["", "", "system"] : [scope.tenantId, scope.userId, scope.role];
    await tx.query("select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.role', $3, true)", values);
}
