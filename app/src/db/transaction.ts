/** Statements and transactions on a pool of node-postgres. */
import type pg from "pg";
import type { ScriptTransaction } from "./database.js";

/** Every statement is prepared once in each connection; its name is the same in all of them. */
const names = new Map<string, string>();

/** Runs one statement and gives its rows. */
export async function statement<Row>(on: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[] = []): Promise<Row[]> {
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = `s${names.size}`));
    return (await on.query({ name, text, values: [...values] })).rows as Row[];
}

/**
 * Runs `work` in a transaction: all of it is done, or nothing. A statement that fails ends it, whatever `work` makes of
 * the failure, and so does the loss of the connection; what `work` still asks for then is refused, never run elsewhere.
 * Statements do not wait for each other's answers, the server takes them in order.
 */
export async function transaction<T>(pool: pg.Pool, work: (tx: ScriptTransaction) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    // Who holds a connection hears of its end; the statements under way fail by themselves.
    let broken = false;
    const onError = () => (broken = true);
    client.on("error", onError);
    let over = false;
    let failure: { error: unknown } | undefined;
    const guarded = async <R>(run: () => Promise<R>): Promise<R> => {
        if (over) throw new Error("The transaction has ended.");
        try {
            return await run();
        } catch (error) {
            failure ??= { error };
            throw error;
        }
    };
    const tx: ScriptTransaction = {
        query: (text, values) => guarded(() => statement(client, text, values)),
        script: (text) => guarded(async () => void (await client.query(text))),
    };
    try {
        const [, result] = await Promise.all([client.query("begin"), work(tx)]);
        over = true;
        if (failure !== undefined) throw failure.error;
        await client.query("commit");
        return result;
    } catch (error) {
        over = true;
        await client.query("rollback").catch(onError);
        throw error;
    } finally {
        client.off("error", onError);
        client.release(broken);
    }
}
