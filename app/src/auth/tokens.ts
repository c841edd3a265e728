/** Session tokens: JWT, HS256, bound to a row of `sessions` so that signing out ends them. */
import { errors, jwtVerify, SignJWT } from "jose";
import type { Principal } from "../db/database.js";

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

const ISSUER = "agent-platform";

export function createTokens(secret: string): Tokens {
    const key = new TextEncoder().encode(secret);
    return {
        sign: ({ principal, sessionId, expiresAt }) =>
            new SignJWT({ tenant: principal.tenantId, role: principal.role })
                .setProtectedHeader({ alg: "HS256" })
                .setIssuer(ISSUER)
                .setAudience(ISSUER)
                .setSubject(principal.userId)
                .setJti(sessionId)
                .setIssuedAt()
                .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
                .sign(key),
        async verify(token) {
            try {
                const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], issuer: ISSUER, audience: ISSUER });
                const { sub, jti, exp, tenant, role } = payload;
                if (sub === undefined || jti === undefined || exp === undefined || typeof tenant !== "string" || (role !== "user" && role !== "admin")) return undefined;
                return { principal: { userId: sub, tenantId: tenant, role }, sessionId: jti, expiresAt: new Date(exp * 1000) };
            } catch (error) {
                if (error instanceof errors.JOSEError) return undefined;
                throw error;
            }
        },
    };
}
