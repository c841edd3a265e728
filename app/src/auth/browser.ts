/** What a sign-in leaves in a browser, and what a request tells of where it comes from. */
import { deleteCookie, setCookie } from "hono/cookie";
import type { AppContext } from "../http/app.js";
import { SESSION_COOKIE } from "./middleware.js";
import type { Origin, SignIn, User } from "./sessions.js";

export const REFRESH_COOKIE = "refresh";
/** The one path that the refresh token is sent to. */
export const REFRESH_PATH = "/api/auth/refresh";

/** Browsers say where a page's request comes from; programs do not. */
export function isBrowser(c: AppContext): boolean {
    return c.req.header("sec-fetch-site") !== undefined || c.req.header("origin") !== undefined;
}

/**
 * Sets both cookies. The session's outlives its token, so that the answer to an expired one is "ended", not "sign in".
 * @returns what may be told in the body: scripts of a page never see the refresh token
 */
export function setCookies(c: AppContext, { refreshToken, sessionEndsAt, ...signedIn }: SignIn): { token: string; expiresAt: string; user: User; refreshToken?: string } {
    const common = { httpOnly: true, sameSite: "Strict", secure: c.req.header("x-forwarded-proto") === "https", expires: new Date(sessionEndsAt) } as const;
    setCookie(c, SESSION_COOKIE, signedIn.token, { ...common, path: "/" });
    setCookie(c, REFRESH_COOKIE, refreshToken, { ...common, path: REFRESH_PATH });
    return isBrowser(c) ? signedIn : { ...signedIn, refreshToken };
}

export function clearCookies(c: AppContext): void {
    deleteCookie(c, SESSION_COOKIE, { path: "/" });
    deleteCookie(c, REFRESH_COOKIE, { path: REFRESH_PATH });
}

export function originOf(c: AppContext): Origin {
    return { address: clientAddress(c), client: c.req.header("user-agent") ?? "", requestId: c.get("requestId") };
}

/** The last hop that our own front adds; without a proxy, the peer itself. */
function clientAddress(c: AppContext): string {
    const forwarded = c.req.header("x-real-ip") ?? c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
    return (forwarded ?? incoming?.socket?.remoteAddress ?? "unknown").slice(0, 64);
}
