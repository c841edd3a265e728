/** The database on a PostgreSQL server, by postgres.js. Reconnects by itself after the server restarts. */
import pg from "pg";
import postgres from "postgres";
import { scopeTransaction, type Database, type OwnerDatabase, type Principal, type Queryable, type ScriptTransaction } from "./database.js";

export interface PostgresOptions {
    url: string;
    /** Shown in pg_stat_activity. */
    applicationName: string;
    /** @default 10 */
    maxConnections?: number;
    /** Longest a statement may run. @default 30000 */
    statementTimeoutMs?: number;
    onNotice?: (message: string) => void;
}

type Sql = postgres.Sql<{ bigint: number }>;

export function openPostgres(options: PostgresOptions): Database {
    const sql = connect(options);
    let pool: pg.Pool | undefined;
    const transaction = <T>(work: (tx: Queryable) => Promise<T>) => sql.begin((tx) => work(queryable(tx))) as Promise<T>;
    return {
        ...queryable(sql),
        transaction,
        asPrincipal: <T>(principal: Principal, work: (tx: Queryable) => Promise<T>) => transaction((tx) => scoped(tx, principal, work)),
        asSystem: <T>(work: (tx: Queryable) => Promise<T>) => transaction((tx) => scoped(tx, "system", work)),
        async listen(channel, onNotify) {
            const { unlisten } = await sql.listen(channel, onNotify);
            return unlisten;
        },
        checkpointPool: () => (pool ??= nodePostgresPool(options)),
        async close() {
            await pool?.end();
            await sql.end({ timeout: 5 });
        },
    };
}

/**
 * The scope and the first statement of the work travel together. They are answered in order: should the scope fail, the
 * server refuses all that comes after it in this transaction.
 */
async function scoped<T>(tx: Queryable, scope: Principal | "system", work: (tx: Queryable) => Promise<T>): Promise<T> {
    const [, result] = await Promise.all([scopeTransaction(tx, scope), work(tx)]);
    return result;
}

/** A single connection as the owner, so that a session-level advisory lock holds for all of `work`. */
export async function withOwner<T>(url: string, work: (owner: OwnerDatabase) => Promise<T>): Promise<T> {
    const options: PostgresOptions = { url, applicationName: "agent-platform migrate", maxConnections: 1, statementTimeoutMs: 0 };
    const sql = connect(options);
    let pool: pg.Pool | undefined;
    try {
        return await work({
            ...queryable(sql),
            transaction: <R>(run: (tx: ScriptTransaction) => Promise<R>) =>
                sql.begin((tx) => run({ ...queryable(tx), script: async (text) => void (await tx.unsafe(text).simple()) })) as Promise<R>,
            checkpointPool: () => (pool ??= nodePostgresPool(options)),
        });
    } finally {
        await pool?.end();
        await sql.end({ timeout: 5 });
    }
}

function connect(options: PostgresOptions): Sql {
    return postgres(options.url, {
        max: options.maxConnections ?? 10,
        connect_timeout: 10,
        idle_timeout: 60,
        max_lifetime: 30 * 60,
        onnotice: (notice) => options.onNotice?.(String(notice.message)),
        connection: {
            application_name: options.applicationName,
            statement_timeout: options.statementTimeoutMs ?? 30_000,
            idle_in_transaction_session_timeout: 60_000,
        },
        types: {
            // The embedded database gives numbers and takes ready JSON text; both must look the same to the code above.
            bigint: { to: 20, from: [20], parse: Number, serialize: String },
            json: {
                to: 114,
                from: [114, 3802],
                parse: (text: string) => JSON.parse(text) as unknown,
                serialize: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
            },
        },
    }) as unknown as Sql;
}

function queryable(sql: Sql | postgres.TransactionSql<{ bigint: number }>): Queryable {
    return {
        async query<Row>(text: string, values: readonly unknown[] = []) {
            const rows = await sql.unsafe(text, values as never[], { prepare: true });
            return Array.from(rows) as Row[];
        },
    };
}

function nodePostgresPool(options: PostgresOptions): pg.Pool {
    const pool = new pg.Pool({
        connectionString: options.url,
        max: options.maxConnections ?? 10,
        application_name: `${options.applicationName} checkpoints`,
        statement_timeout: options.statementTimeoutMs ?? 30_000,
        idleTimeoutMillis: 60_000,
        connectionTimeoutMillis: 10_000,
    });
    // An idle connection that the server closes reports here; the pool opens a new one, nothing is to be done.
    pool.on("error", (error) => options.onNotice?.(error.message));
    return pool;
}
