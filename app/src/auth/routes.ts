/** Sign-in, sign-out, who am I. */
import { createRoute, z } from "@hono/zod-openapi";
import { deleteCookie, setCookie } from "hono/cookie";
import type { App, AppContext } from "../http/app.js";
import { authenticate, requireSameOrigin, SESSION_COOKIE } from "./middleware.js";
import type { Sessions } from "./sessions.js";

const userSchema = z.object({ id: z.uuid(), email: z.string(), name: z.string(), role: z.enum(["user", "admin"]), tenantId: z.uuid() }).openapi("User");
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });

const login = createRoute({
    method: "post",
    path: "/api/login",
    summary: "Sign in",
    request: { body: { required: true, ...json(z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(1024) }), "E-mail address and password") } },
    responses: { 200: json(z.object({ token: z.string(), expiresAt: z.iso.datetime(), user: userSchema }), "Signed in; the cookie `session` is set too") },
});

const logout = createRoute({ method: "post", path: "/api/logout", summary: "Sign out", responses: { 200: json(z.object({ ok: z.literal(true) }), "The session is ended everywhere") } });
const me = createRoute({ method: "get", path: "/api/me", summary: "Who is signed in", responses: { 200: json(userSchema, "The signed-in user") } });

export function registerAuth(app: App, sessions: Sessions): void {
    app.openapi(login, async (c) => {
        // A foreign page must not be able to sign a visitor in to an account of its choosing.
        if (c.req.header("sec-fetch-site") !== undefined || c.req.header("origin") !== undefined) requireSameOrigin(c.req.raw.headers);
        const signedIn = await sessions.signIn({ ...c.req.valid("json"), address: clientAddress(c), requestId: c.get("requestId") });
        setCookie(c, SESSION_COOKIE, signedIn.token, {
            httpOnly: true,
            sameSite: "Strict",
            path: "/",
            secure: c.req.header("x-forwarded-proto") === "https",
            expires: new Date(signedIn.expiresAt),
        });
        return c.json(signedIn, 200);
    });
    app.use("/api/logout", authenticate(sessions));
    app.openapi(logout, async (c) => {
        await sessions.signOut(c.get("principal"), c.get("sessionId"), c.get("requestId"));
        deleteCookie(c, SESSION_COOKIE, { path: "/" });
        return c.json({ ok: true } as const, 200);
    });
    app.use("/api/me", authenticate(sessions));
    app.openapi(me, async (c) => c.json(await sessions.me(c.get("principal")), 200));
}

/** The last hop that our own front adds; without a proxy, the peer itself. */
function clientAddress(c: AppContext): string {
    const forwarded = c.req.header("x-real-ip") ?? c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
    return (forwarded ?? incoming?.socket?.remoteAddress ?? "unknown").slice(0, 64);
}
