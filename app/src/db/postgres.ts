/** The database on a PostgreSQL server, by node-postgres. A connection that is lost fails what it carried, and is replaced. */
import pg from "pg";
import { scopeTransaction, type Database, type OwnerDatabase, type Principal, type Queryable } from "./database.js";
import { Listener } from "./listener.js";
import { statement, transaction } from "./transaction.js";

export interface PostgresOptions {
    /** With `sslmode` as libpq understands it: `require` encrypts, `verify-full` also asks who is there. */
    url: string;
    /** Shown in pg_stat_activity. */
    applicationName: string;
    /** @default 10 */
    maxConnections?: number;
    /** Longest a statement may run. @default 30000 */
    statementTimeoutMs?: number;
}

/** Longest to wait for a connection, and beyond the server's own limit for an answer: a server that is gone says nothing. */
const PATIENCE_MS = 10_000;

/** Statements are sent as they come, and do not wait for the answers before them. (The package's types do not know it yet.) */
const pipelined: object = { pipeline: true };

export function openPostgres(options: PostgresOptions): Database {
    const pool = openPool(options);
    const listener = new Listener(() => new pg.Client({ ...connection(options), ...pipelined }));
    let checkpoints: pg.Pool | undefined;
    const scoped = <T>(scope: Principal | "system", work: (tx: Queryable) => Promise<T>) =>
        transaction(pool, async (tx) => {
            // The scope and the first statement travel together. They are answered in order: should the scope fail, the
            // server refuses all that comes after it in this transaction.
            const [, result] = await Promise.all([scopeTransaction(tx, scope), work(tx)]);
            return result;
        });
    return {
        ...queryable(pool),
        transaction: (work) => transaction(pool, work),
        asPrincipal: scoped,
        asSystem: (work) => scoped("system", work),
        listen: (channel, onNotify) => listener.listen(channel, onNotify),
        checkpointPool: () => (checkpoints ??= checkpointPool(options)),
        async close() {
            await Promise.all([checkpoints?.end(), pool.end(), listener.close()]);
        },
    };
}

/** A single connection as the owner, so that a session-level advisory lock holds for all of `work`. */
export async function withOwner<T>(url: string, work: (owner: OwnerDatabase) => Promise<T>): Promise<T> {
    const options: PostgresOptions = { url, applicationName: "agent-platform migrate", maxConnections: 1, statementTimeoutMs: 0 };
    const pool = openPool(options);
    let checkpoints: pg.Pool | undefined;
    try {
        return await work({
            ...queryable(pool),
            transaction: (run) => transaction(pool, run),
            checkpointPool: () => (checkpoints ??= checkpointPool(options)),
        });
    } finally {
        await checkpoints?.end();
        await pool.end();
    }
}

function openPool(options: PostgresOptions): pg.Pool {
    return quiet(new pg.Pool({ ...connection(options), ...pipelined, types, maxLifetimeSeconds: 30 * 60 }));
}

/** What LangGraph's PostgresSaver works with: as node-postgres has it, nothing parsed otherwise. */
function checkpointPool(options: PostgresOptions): pg.Pool {
    return quiet(new pg.Pool(connection({ ...options, applicationName: `${options.applicationName} checkpoints` })));
}

/**
 * A connection that the server closes says so to the pool, which lets it go, or to the statement under way; an error that
 * nobody listens to would end the process. The pool leaves its connections alone for a moment when it hands them out.
 */
function quiet(pool: pg.Pool): pg.Pool {
    return pool.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
}

function connection({ url, applicationName, maxConnections = 10, statementTimeoutMs = 30_000 }: PostgresOptions): pg.PoolConfig {
    const asLibpq = new URL(url);
    if (asLibpq.searchParams.has("sslmode")) asLibpq.searchParams.set("uselibpqcompat", "true");
    return {
        connectionString: asLibpq.href,
        application_name: applicationName,
        max: maxConnections,
        keepAlive: true,
        connectionTimeoutMillis: PATIENCE_MS,
        idleTimeoutMillis: 60_000,
        idle_in_transaction_session_timeout: 60_000,
        ...(statementTimeoutMs === 0 ? {} : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + PATIENCE_MS }),
    };
}

/** Numbers of 64 bits come as numbers, as the embedded database gives them. */
const types: pg.CustomTypesConfig = {
    getTypeParser(oid: number, format?: "text" | "binary") {
        const usual = pg.types.getTypeParser(oid, format as "text") as (value: string) => unknown;
        if (oid === 20) return Number;
        if (oid === 1016) return (value: string) => (usual(value) as (string | null)[]).map((number) => (number === null ? null : Number(number)));
        return usual;
    },
} as pg.CustomTypesConfig;

function queryable(pool: pg.Pool): Queryable {
    return { query: (text, values) => statement(pool, text, values) };
}
