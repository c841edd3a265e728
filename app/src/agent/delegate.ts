/** Tokens for turns: a turn outlives the request that began it, and its person's own session too. */
import { randomUUID } from "node:crypto";
import type { Tokens } from "../auth/tokens.js";
import type { Database } from "../db/database.js";
import type { EngineDeps } from "./engine.js";

const lifetimeMs = 10 * 60_000;

/** A session per run of a turn, made when a tool is called first and ended with the run. */
export function createDelegate(database: Database, tokens: Tokens): EngineDeps["delegate"] {
    return ({ principal }) => {
        let session: Promise<{ id: string; token: string; expiresAt: Date }> | undefined;
        const open = async () => {
            const id = randomUUID();
            const expiresAt = new Date(Date.now() + lifetimeMs);
            await database.asPrincipal(principal, (tx) =>
                tx.query("insert into sessions (id, tenant_id, user_id, expires_at) values ($1, $2, $3, $4)", [id, principal.tenantId, principal.userId, expiresAt]));
            return { id, token: await tokens.sign({ principal, sessionId: id, expiresAt }), expiresAt };
        };
        return {
            async token() {
                session ??= open();
                try {
                    return (await session).token;
                } catch (error) {
                    session = undefined;
                    throw error;
                }
            },
            async end() {
                if (session !== undefined) {
                    const { id } = await session;
                    await database.asPrincipal(principal, (tx) => tx.query("delete from sessions where id = $1", [id]));
                }
            },
        };
    };
}
