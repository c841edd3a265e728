/** Long random secrets that people or programs keep, of which only a hash is kept here. */
import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, as text. */
export function makeSecret(): string {
    return randomBytes(32).toString("base64url");
}

/** As stored. Without salt or work factor: what is hashed cannot be guessed anyway. */
export function hashSecret(secret: string): string {
    return createHash("sha256").update(secret).digest("hex");
}
