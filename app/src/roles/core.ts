/** What every role has: log, metrics, database, sessions, and an app that knows when it is ready. */
import { createSessions, type Sessions } from "../auth/sessions.js";
import { createTokens, type Tokens } from "../auth/tokens.js";
import type { Database } from "../db/database.js";
import { ownMigrations, requireSchema } from "../db/migrate.js";
import { openPostgres } from "../db/postgres.js";
import { UPLOAD_PATH } from "../documents/upload.js";
import type { Env } from "../env.js";
import { createApp, type App } from "../http/app.js";
import { createLogger, type Logger } from "../http/log.js";
import { createRateLimiter } from "../http/rates.js";
import { Metrics } from "../http/metrics.js";

export interface Core {
    env: Env;
    log: Logger;
    metrics: Metrics;
    database: Database;
    tokens: Tokens;
    sessions: Sessions;
    app: App;
    /** From now on the role is not ready: requests go elsewhere while it still answers. */
    drain(): void;
}

/** @param prepare what else has to stand before the role is ready, such as a loaded model */
export function openCore(env: Env, database = connect(env), prepare: () => Promise<unknown> = async () => undefined): Core {
    const log = createLogger({ level: env.LOG_LEVEL, service: env.ROLE });
    const metrics = new Metrics();
    // A worker verifies no tokens and is given no secret.
    const tokens = createTokens(env.JWT_SECRET ?? "", env.JWT_SECRET_PREVIOUS);
    const versions = ownMigrations().map(({ version }) => ({ version }));
    let draining = false;
    let prepared: Promise<unknown> | undefined;
    const app = createApp({
        log,
        metrics,
        unlimitedBodies: [UPLOAD_PATH],
        async ready() {
            if (draining) throw new Error("The service is stopping.");
            await requireSchema(database, versions);
            await (prepared ??= prepare().catch((error: unknown) => {
                prepared = undefined;
                throw error;
            }));
        },
    });
    return { env, log, metrics, database, tokens, sessions: createSessions(database, tokens, createRateLimiter({ perUser: env.RATE_LIMIT_USER, perTenant: env.RATE_LIMIT_TENANT })), app, drain: () => void (draining = true) };
}

function connect(env: Env): Database {
    return openPostgres({ url: env.DATABASE_URL!, applicationName: `agent-platform ${env.ROLE}` });
}
