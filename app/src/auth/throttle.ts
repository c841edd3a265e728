/**
 * Slows down guessing: failures count per account from one address, and per address over all accounts, in the
 * database, so that all replicas count together. Per account alone would let anyone lock anyone out.
 */
import type { Database } from "../db/database.js";
import { ApiError } from "../http/errors.js";

const WINDOW_SECONDS = 15 * 60;
const LIMITS: Record<string, number> = { account: 10, address: 100 };

export async function requireNotThrottled(database: Database, keys: readonly string[]): Promise<void> {
    const rows = await database.query<{ key: string; failures: number; seconds: number }>(
        `select key, failures, ceil(extract(epoch from window_ends - now()))::int as seconds
         from login_attempts where key = any($1) and window_ends > now()`,
        [keys],
    );
    for (const row of rows) {
        if (row.failures < LIMITS[row.key.split(":")[0]!]!) continue;
        throw new ApiError(429, "TOO_MANY_ATTEMPTS", `Too many failed sign-ins. Try again in ${Math.ceil(row.seconds / 60)} minutes.`, { retryAfter: row.seconds });
    }
}

export async function noteFailure(database: Database, keys: readonly string[]): Promise<void> {
    for (const key of keys) {
        await database.query(
            `insert into login_attempts as known (key, failures, window_ends) values ($1, 1, now() + make_interval(secs => $2))
             on conflict (key) do update set
                 failures = case when known.window_ends > now() then known.failures + 1 else 1 end,
                 window_ends = case when known.window_ends > now() then known.window_ends else excluded.window_ends end`,
            [key, WINDOW_SECONDS],
        );
    }
    await database.query("delete from login_attempts where window_ends < now() - interval '1 day'");
}

/** After a right password only the account's own count is forgotten; the address's goes on. */
export async function clearFailures(database: Database, keys: readonly string[]): Promise<void> {
    await database.query("delete from login_attempts where key = any($1)", [keys.filter((key) => key.startsWith("account:"))]);
}
