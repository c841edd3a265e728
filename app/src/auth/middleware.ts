/** Who asks: a Bearer token or key of an API client, or the session cookie of a browser. */
import type { MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { AppEnv } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { isApprovalPath, permits } from "./scopes.js";
import type { Sessions } from "./sessions.js";

export const SESSION_COOKIE = "session";

/** Sets principal, token and sessionId, or refuses. Requests by cookie that change something must come from our own pages. */
export function authenticate(sessions: Sessions): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        const bearer = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
        const token = bearer ?? getCookie(c, SESSION_COOKIE);
        if (token === undefined) throw new ApiError(401, "NOT_SIGNED_IN", "Sign in first.");
        // Two rules may guard one route.
        if (c.get("token") === token) return next();
        const session = await sessions.verify(token);
        if (session === undefined) throw new ApiError(401, "SESSION_ENDED", "The session has ended. Sign in again.");
        if (bearer === undefined && c.req.method !== "GET" && c.req.method !== "HEAD") requireSameOrigin(c.req.raw.headers);
        if (session.scopes !== undefined && !permits(session.scopes, c.req.method, c.req.path)) {
            throw new ApiError(403, "SCOPE_MISSING", "This API key was not given what this needs.");
        }
        sessions.admit(session.principal);
        c.set("principal", session.principal);
        c.set("token", token);
        c.set("sessionId", session.sessionId);
        c.set("log", c.get("log").child({ user: session.principal.userId, tenant: session.principal.tenantId }));
        await next();
    };
}

/** Behind `authenticate`: refuses everyone who does not have the role. */
export function requireRole(role: "admin"): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        if (c.get("principal").role !== role) throw new ApiError(403, "FORBIDDEN", "Only an administrator may do this.");
        await next();
    };
}

/** Behind `authenticate`, for everything below `/api/admin`: administrators, and approvers where approvals are decided. */
export function requireAdministration(): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        const { role } = c.get("principal");
        if (role === "user" || (role === "approver" && !isApprovalPath(c.req.path))) {
            throw new ApiError(403, "FORBIDDEN", isApprovalPath(c.req.path) ? "Only an approver or an administrator may do this." : "Only an administrator may do this.");
        }
        await next();
    };
}

/** A page of another site can make a browser send the cookie, but cannot forge these headers. */
export function requireSameOrigin(headers: Headers): void {
    const site = headers.get("sec-fetch-site");
    if (site === "same-origin" || site === "none") return;
    const origin = headers.get("origin");
    const host = headers.get("x-forwarded-host") ?? headers.get("host");
    if (site === null && origin !== null && URL.canParse(origin) && new URL(origin).host === host) return;
    throw new ApiError(403, "CROSS_SITE", "This request came from another site and was refused.");
}
