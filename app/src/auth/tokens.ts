/**
 * Access tokens: JWT, HS256, short-lived, bound to a row of `sessions` so that signing out ends them. They are signed
 * by a key of the day, derived from the root secret, which itself signs nothing: every replica has the same keys
 * without being told, and a key that leaks is of use for a day. `kid` names root and day.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import { isRole, type Principal } from "../db/database.js";

export interface TokenClaims {
    principal: Principal;
    sessionId: string;
    expiresAt: Date;
}

export interface Tokens {
    sign(claims: TokenClaims): Promise<string>;
    /** Undefined for anything but a token that is ours and still valid. */
    verify(token: string): Promise<TokenClaims | undefined>;
}

/** How long an access token is good for, in milliseconds. */
export const ACCESS_MS = 15 * 60_000;

const ISSUER = "agent-platform";
const DAY_MS = 24 * 3600_000;

/**
 * @param secret signs and verifies
 * @param previous a root secret that was replaced: what it signed is still good until it expires
 */
export function createTokens(secret: string, previous?: string): Tokens {
    const roots = new Map([secret, ...(previous === undefined ? [] : [previous])].map((root) => [nameOf(root), root]));
    const keys = new Map<string, Uint8Array>();
    const today = () => Math.floor(Date.now() / DAY_MS);
    const keyOf = (kid: string, root: string, day: number) => {
        let key = keys.get(kid);
        if (key === undefined) {
            if (keys.size > 16) keys.clear();
            keys.set(kid, (key = signingKey(root, day)));
        }
        return key;
    };
    return {
        async sign({ principal, sessionId, expiresAt }) {
            const day = today();
            const kid = `${nameOf(secret)}.${day}`;
            return new SignJWT({ tenant: principal.tenantId, role: principal.role })
                .setProtectedHeader({ alg: "HS256", kid })
                .setIssuer(ISSUER)
                .setAudience(ISSUER)
                .setSubject(principal.userId)
                .setJti(sessionId)
                .setIssuedAt()
                .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
                .sign(keyOf(kid, secret, day));
        },
        async verify(token) {
            try {
                const kid = decodeProtectedHeader(token).kid ?? "";
                const [name, number] = kid.split(".");
                const root = roots.get(name!);
                const day = Number(number);
                // Clocks differ a little, and a token may live over midnight.
                if (root === undefined || !(Math.abs(day - today()) <= 1) || kid !== `${name}.${day}`) return undefined;
                const { payload } = await jwtVerify(token, keyOf(kid, root, day), { algorithms: ["HS256"], issuer: ISSUER, audience: ISSUER });
                const { sub, jti, exp, tenant, role } = payload;
                if (sub === undefined || jti === undefined || exp === undefined || typeof tenant !== "string" || !isRole(role)) return undefined;
                return { principal: { userId: sub, tenantId: tenant, role }, sessionId: jti, expiresAt: new Date(exp * 1000) };
            } catch (error) {
                // `decodeProtectedHeader` says TypeError to what is no token at all.
                if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
                throw error;
            }
        },
    };
}

/** A key for one purpose, from which neither the root nor another purpose's key can be had. */
export function derivedKey(root: string, purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", root, ISSUER, purpose, 32));
}

/** The key that signs on this day (days since 1970, UTC). */
export function signingKey(root: string, day: number): Uint8Array {
    return derivedKey(root, `access token ${day}`);
}

function nameOf(root: string): string {
    return createHmac("sha256", root).update("name of the key").digest("hex").slice(0, 8);
}
