/** Passwords as scrypt hashes that carry their own parameters, so that the cost can be raised later. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { z } from "@hono/zod-openapi";

const COST = { N: 16_384, r: 8, p: 1 } as const;

export async function hashPassword(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await derive(password, salt, COST);
    return ["scrypt", COST.N, COST.r, COST.p, salt.toString("base64"), key.toString("base64")].join("$");
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
    const [scheme, n, r, p, salt, key] = stored.split("$");
    if (scheme !== "scrypt" || salt === undefined || key === undefined) return false;
    const expected = Buffer.from(key, "base64");
    const actual = await derive(password, Buffer.from(salt, "base64"), { N: Number(n), r: Number(r), p: Number(p) });
    return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** What a new password has to be; long ones need no other rules. */
export const newPassword = z.string().min(12, "a password has at least 12 characters").max(1024);

/** Takes as long as a real check: an unknown account must not answer faster than a wrong password. */
export async function verifyNothing(password: string): Promise<false> {
    await derive(password, Buffer.alloc(16), COST);
    return false;
}

function derive(password: string, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
    });
}
