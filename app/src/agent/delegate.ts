/** Tokens for turns: a turn outlives the request that began it, and its person's own session too. */
import { randomUUID } from "node:crypto";
import type { Tokens } from "../auth/tokens.js";
import type { Database } from "../db/database.js";
import type { EngineDeps } from "./engine.js";
import { TURN_SESSION_MS } from "./turns.js";

/** A session per run of a turn: the one that the turn began with, or one made when a tool is called first. It ends with the run. */
export function createDelegate(database: Database, tokens: Tokens): EngineDeps["delegate"] {
    return ({ principal, session: own }) => {
        let session: Promise<{ id: string; token: string }> | undefined;
        const open = async () => {
            const { id, expiresAt } = own ?? { id: randomUUID(), expiresAt: new Date(Date.now() + TURN_SESSION_MS) };
            if (own === undefined) {
                await database.asPrincipal(principal, (tx) =>
                    tx.query("insert into sessions (id, tenant_id, user_id, expires_at) values ($1, $2, $3, $4)", [id, principal.tenantId, principal.userId, expiresAt]));
            }
            return { id, token: await tokens.sign({ principal, sessionId: id, expiresAt }) };
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
                const id = (await session)?.id ?? own?.id;
                if (id !== undefined) {
                    await database.asPrincipal(principal, (tx) => tx.query("delete from sessions where id = $1", [id]));
                }
            },
        };
    };
}
