/** What people do with their own account: register, choose a password, take their data along, leave. */
import { createRoute, z } from "@hono/zod-openapi";
import { clearCookies, isBrowser, originOf, setCookies } from "../auth/browser.js";
import { authenticate, requireSameOrigin } from "../auth/middleware.js";
import { hashPassword, newPassword, verifyPassword } from "../auth/passwords.js";
import { signedInSchema } from "../auth/routes.js";
import { endSessionsOf } from "../auth/sessions.js";
import { noteFailure, requireNotThrottled } from "../auth/throttle.js";
import { audit } from "../audit/audit.js";
import type { Principal } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import type { PeopleDeps } from "./register.js";
import { erasePerson, exportPerson } from "./privacy.js";
import { finishReset, register } from "./users.js";

const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const takes = <T extends z.ZodType>(schema: T, description: string) => ({ body: { required: true, ...json(schema, description) } });
const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
const ok = json(z.object({ ok: z.literal(true) }), "Done");

const registration = createRoute({
    method: "post", path: "/api/register", summary: "Register",
    description: "By an invitation where `REGISTRATION` is `invited`, by anyone where it is `open`, by nobody where it is `closed`. Signs in at once.",
    request: takes(z.object({ email: z.email().max(254), password: newPassword, name: z.string().trim().min(1).max(100), invitation: z.string().max(200).optional() }), "Who comes"),
    responses: { 201: json(signedInSchema, "Registered and signed in") },
});
const reset = createRoute({
    method: "post", path: "/api/account/reset", summary: "Choose a password by a link", request: takes(z.object({ token: z.string().max(200), password: newPassword }), "What an administrator gave, and the new password"),
    responses: { 200: ok },
});
const password = createRoute({
    method: "post", path: "/api/account/password", summary: "Change one's own password", security, description: "Every other session of the person ends.",
    request: takes(z.object({ current: z.string().max(1024), next: newPassword }), "The password now, and the one wanted"), responses: { 200: ok },
});
const takeAlong = createRoute({ method: "get", path: "/api/account/export", summary: "Everything that is kept about oneself", security, responses: { 200: json(z.record(z.string(), z.unknown()), "By kind: profile, conversations, documents, orders, what was recorded, …") } });
const leave = createRoute({
    method: "delete", path: "/api/account", summary: "Erase oneself", security,
    description: "Conversations, sign-ins and keys go; bookings, tickets and the audit log stay without the name. Documents stay for colleagues unless `documents` is true.",
    request: takes(z.object({ password: z.string().max(1024), documents: z.boolean().default(false) }), "The password, to be sure; empty for whoever has none here"), responses: { 200: ok },
});

export function registerAccount(app: App, { database, sessions, env }: PeopleDeps): void {
    app.openapi(registration, async (c) => {
        if (isBrowser(c)) requireSameOrigin(c.req.raw.headers);
        const origin = originOf(c);
        const keys = [`address:${origin.address}`];
        await requireNotThrottled(database, keys);
        // Each counts, also the good ones: nobody makes accounts, or tries invitations, by the thousand.
        await noteFailure(database, keys);
        const user = await register(database, c.req.valid("json"), env.REGISTRATION, c.get("requestId"));
        return c.json(setCookies(c, await sessions.begin(user, "registration", origin)), 201);
    });
    app.openapi(reset, async (c) => {
        const keys = [`address:${originOf(c).address}`];
        await requireNotThrottled(database, keys);
        const { token, password: chosen } = c.req.valid("json");
        await finishReset(database, token, chosen, c.get("requestId")).catch(async (error: unknown) => {
            await noteFailure(database, keys);
            throw error;
        });
        sessions.recheck();
        return c.json({ ok: true } as const, 200);
    });
    for (const path of ["/api/account", "/api/account/password", "/api/account/export"]) app.use(path, authenticate(sessions));

    /** @param allowNone whether somebody who has no password here may go on without one */
    async function requirePassword(principal: Principal, given: string, allowNone: boolean): Promise<void> {
        const keys = [`account:${principal.userId}|password`];
        await requireNotThrottled(database, keys);
        const [row] = await database.asPrincipal(principal, (tx) => tx.query<{ password_hash: string | null }>("select password_hash from users where id = $1", [principal.userId]));
        if (row?.password_hash === null && allowNone) return;
        if (await verifyPassword(given, row?.password_hash ?? "")) return;
        await noteFailure(database, keys);
        throw new ApiError(403, "WRONG_PASSWORD", "The password is wrong.");
    }
    app.openapi(password, async (c) => {
        const principal = c.get("principal");
        const { current, next } = c.req.valid("json");
        await requirePassword(principal, current, false);
        const hash = await hashPassword(next);
        await database.asPrincipal(principal, async (tx) => {
            await tx.query("select person_set_password($1, $2)", [principal.userId, hash]);
            await endSessionsOf(tx, principal.userId, c.get("sessionId"));
            await audit(tx, principal, "password.change", principal.userId, { how: "oneself" }, c.get("requestId"));
        });
        sessions.recheck();
        return c.json({ ok: true } as const, 200);
    });
    app.openapi(takeAlong, async (c) => {
        const principal = c.get("principal");
        c.header("Content-Disposition", 'attachment; filename="my-data.json"');
        const data = await database.asPrincipal(principal, async (tx) => (await audit(tx, principal, "person.export", principal.userId, {}, c.get("requestId")), exportPerson(tx, principal.userId)));
        return c.json(data, 200);
    });
    app.openapi(leave, async (c) => {
        const principal = c.get("principal");
        const { password: given, documents } = c.req.valid("json");
        await requirePassword(principal, given, true);
        await database.asPrincipal(principal, (tx) => erasePerson(tx, principal, principal.userId, { documents }, c.get("requestId")));
        sessions.recheck();
        clearCookies(c);
        return c.json({ ok: true } as const, 200);
    });
}
