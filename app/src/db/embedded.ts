/**
 * The database inside this process (PGlite), for development and unit tests. It has one backend for everyone,
 * so a mutex hands it to one query, transaction or pool client at a time, and the session runs as the limited
 * role: row-level security holds here exactly as on a server.
 */
import { PGlite, types } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Pool } from "pg";
import { scopeTransaction, type Database, type OwnerDatabase, type Principal, type Queryable, type ScriptTransaction } from "./database.js";
import { emptyDatabase } from "./template.js";

export const APP_ROLE = "agent_platform_app";

export interface EmbeddedDatabase extends Database {
    /** Runs `work` as the owner, for migrations and seeds. */
    asOwner<T>(work: (owner: OwnerDatabase) => Promise<T>): Promise<T>;
    /** All of it, as another one can begin. */
    copy(): Promise<Blob>;
}

/** Bytes as hexadecimal digits and back. PGlite does it digit by digit, which took a third of every search. */
const bytes = {
    parsers: { [types.BYTEA]: (digits: string) => Buffer.from(digits.slice(2), "hex") },
    serializers: {
        [types.BYTEA]: (value: unknown) => {
            if (!(value instanceof Uint8Array)) throw new TypeError("bytes are expected for bytea");
            return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
        },
    },
};

/**
 * @param folder where the data live; without it they are gone when the process ends
 * @param beginning what a new one holds. @default nothing
 */
export async function openEmbedded(folder?: string, beginning?: Blob): Promise<EmbeddedDatabase> {
    const isNew = folder === undefined || !existsSync(join(folder, "PG_VERSION"));
    const pglite = await PGlite.create({ dataDir: folder, extensions: { vector }, ...bytes, loadDataDir: isNew ? (beginning ?? (await emptyDatabase())) : undefined });
    const mutex = new Mutex();
    const direct = queryable(pglite);
    const inTransaction = async <T>(work: () => Promise<T>): Promise<T> => {
        await pglite.exec("begin");
        try {
            const result = await work();
            await pglite.exec("commit");
            return result;
        } catch (error) {
            await pglite.exec("rollback");
            throw error;
        }
    };
    let roleExists = (await direct.query("select 1 from pg_roles where rolname = $1", [APP_ROLE])).length > 0;
    if (roleExists) await pglite.exec(`set role ${APP_ROLE}`);

    const transaction = <T>(work: (tx: Queryable) => Promise<T>) => mutex.run(() => inTransaction(() => work(direct)));
    return {
        query: (text, values) => mutex.run(() => direct.query(text, values)),
        transaction,
        asPrincipal: <T>(principal: Principal, work: (tx: Queryable) => Promise<T>) => transaction(async (tx) => (await scopeTransaction(tx, principal), work(tx))),
        asSystem: <T>(work: (tx: Queryable) => Promise<T>) => transaction(async (tx) => (await scopeTransaction(tx, "system"), work(tx))),
        listen: (channel, onNotify) => mutex.run(() => pglite.listen(channel, onNotify)),
        checkpointPool: () => poolShape(pglite, (work) => mutex.run(work), () => mutex.acquire()),
        asOwner: <T>(work: (owner: OwnerDatabase) => Promise<T>) =>
            mutex.run(async () => {
                await pglite.exec("reset role");
                try {
                    return await work({
                        ...direct,
                        transaction: <R>(run: (tx: ScriptTransaction) => Promise<R>) =>
                            inTransaction(() => run({ ...direct, script: async (text) => void (await pglite.exec(text)) })),
                        // The caller holds the mutex already.
                        checkpointPool: () => poolShape(pglite, (run) => run(), async () => () => undefined),
                    });
                } finally {
                    roleExists ||= (await direct.query("select 1 from pg_roles where rolname = $1", [APP_ROLE])).length > 0;
                    if (roleExists) await pglite.exec(`set role ${APP_ROLE}`);
                }
            }),
        copy: () => mutex.run(() => pglite.dumpDataDir("none")),
        close: () => mutex.run(() => pglite.close()),
    };
}

function queryable(pglite: PGlite): Queryable {
    return {
        async query<Row>(text: string, values: readonly unknown[] = []) {
            return (await pglite.query<Row>(text, [...values])).rows;
        },
    };
}

/** The part of node-postgres' Pool that PostgresSaver uses. A client keeps the backend until it is released. */
function poolShape(pglite: PGlite, run: <T>(work: () => Promise<T>) => Promise<T>, acquire: () => Promise<() => void>): Pool {
    const query = async (text: string, values: readonly unknown[] = []) => {
        const result = await pglite.query<Record<string, unknown>>(text, [...values]);
        return { rows: result.rows, rowCount: result.affectedRows ?? result.rows.length, fields: result.fields };
    };
    const pool = {
        query: (text: string, values?: readonly unknown[]) => run(() => query(text, values)),
        async connect() {
            const release = await acquire();
            return { query, release };
        },
        end: async () => undefined,
        on: () => pool,
    };
    return pool as unknown as Pool;
}

class Mutex {
    private tail: Promise<void> = Promise.resolve();

    /** Waits for its turn; the returned function passes it on. */
    async acquire(): Promise<() => void> {
        const before = this.tail;
        let release: () => void = () => undefined;
        this.tail = new Promise((resolve) => (release = resolve));
        await before;
        return release;
    }

    async run<T>(work: () => Promise<T>): Promise<T> {
        const release = await this.acquire();
        try {
            return await work();
        } finally {
            release();
        }
    }
}
