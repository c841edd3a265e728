/** Sign-in, going on with a session, sign-out, who am I, one's own sessions. */
import { createRoute, z } from "@hono/zod-openapi";
import { getCookie } from "hono/cookie";
import { roles } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { clearCookies, isBrowser, originOf, REFRESH_COOKIE, setCookies } from "./browser.js";
import { authenticate, requireSameOrigin } from "./middleware.js";
import type { Sessions } from "./sessions.js";

export const userSchema = z.object({ id: z.uuid(), email: z.string(), name: z.string(), role: z.enum(roles), tenantId: z.uuid() }).openapi("User");
export const signedInSchema = z
    .object({
        token: z.string(),
        expiresAt: z.iso.datetime().openapi({ description: "of the token, a quarter of an hour" }),
        refreshToken: z.string().optional().openapi({ description: "gives the next token, once; only for programs, browsers have it as a cookie" }),
        user: userSchema,
    })
    .openapi("SignedIn");
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

const login = createRoute({
    method: "post",
    path: "/api/login",
    summary: "Sign in",
    request: { body: { required: true, ...json(z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(1024) }), "E-mail address and password") } },
    responses: { 200: json(signedInSchema, "Signed in; the cookies `session` and `refresh` are set too") },
});
const refresh = createRoute({
    method: "post",
    path: "/api/auth/refresh",
    summary: "Go on with a session",
    description: "By the cookie `refresh`, or by the refresh token in the body. Each is good once: one that comes a second time ends the session, because two parties have it.",
    request: { body: { required: false, ...json(z.object({ refreshToken: z.string().max(200).optional() }), "Programs send their refresh token") } },
    responses: { 200: json(signedInSchema, "New tokens; a browser's cookies are replaced") },
});
const logout = createRoute({ method: "post", path: "/api/logout", summary: "Sign out", security, responses: { 200: json(z.object({ ok: z.literal(true) }), "The session is ended everywhere") } });
const me = createRoute({ method: "get", path: "/api/me", summary: "Who is signed in", security, responses: { 200: json(userSchema, "The signed-in user") } });
const list = createRoute({
    method: "get",
    path: "/api/sessions",
    summary: "One's own sessions",
    security,
    responses: { 200: json(z.object({ sessions: z.array(z.object({ id: z.uuid(), createdAt: z.iso.datetime(), lastUsedAt: z.iso.datetime(), current: z.boolean(), client: z.string() })) }), "Last used first") },
});
const end = createRoute({ method: "delete", path: "/api/sessions/{id}", summary: "End one of one's own sessions", security, request: { params: z.object({ id: z.string() }) }, responses: { 204: { description: "Ended everywhere" } } });

export function registerAuth(app: App, sessions: Sessions): void {
    app.openapi(login, async (c) => {
        // A foreign page must not be able to sign a visitor in to an account of its choosing.
        if (isBrowser(c)) requireSameOrigin(c.req.raw.headers);
        const signedIn = await sessions.signIn({ ...c.req.valid("json"), ...originOf(c) });
        return c.json(setCookies(c, signedIn), 200);
    });
    app.openapi(refresh, async (c) => {
        const sent = c.req.valid("json")?.refreshToken;
        const token = sent ?? getCookie(c, REFRESH_COOKIE);
        if (token === undefined) throw new ApiError(401, "NOT_SIGNED_IN", "Sign in first.");
        if (sent === undefined) requireSameOrigin(c.req.raw.headers);
        try {
            return c.json(setCookies(c, await sessions.refresh(token, originOf(c))), 200);
        } catch (error) {
            if (sent === undefined && error instanceof ApiError && error.code === "SESSION_ENDED") clearCookies(c);
            throw error;
        }
    });
    app.use("/api/logout", authenticate(sessions));
    app.openapi(logout, async (c) => {
        await sessions.signOut(c.get("principal"), c.get("sessionId"), c.get("requestId"));
        clearCookies(c);
        return c.json({ ok: true } as const, 200);
    });
    app.use("/api/me", authenticate(sessions));
    app.openapi(me, async (c) => c.json(await sessions.me(c.get("principal")), 200));
    app.use("/api/sessions/*", authenticate(sessions));
    app.openapi(list, async (c) => c.json({ sessions: await sessions.list(c.get("principal"), c.get("sessionId")) }, 200));
    app.openapi(end, async (c) => {
        const { id } = c.req.valid("param");
        if (!z.uuid().safeParse(id).success || !(await sessions.end(c.get("principal"), id, c.get("requestId")))) throw new ApiError(404, "SESSION_NOT_FOUND", "You have no such session.");
        return c.body(null, 204);
    });
}
