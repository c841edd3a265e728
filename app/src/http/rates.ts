/**
 * How often a person, and all people of a tenant together, may ask. Each replica counts for itself: a limit is there to keep
 * one from taking all from the others, and a count shared by all replicas would cost every request a write.
 */
import type { Principal } from "../db/database.js";
import { ApiError } from "./errors.js";

export interface RateLimits {
    /** Requests a minute of one person, in bursts of as many; 0 for no limit. */
    perUser: number;
    /** The same of one tenant. */
    perTenant: number;
}

export type RateLimiter = (principal: Principal) => void;

interface Bucket {
    left: number;
    at: number;
}

/** Throws `TOO_MANY_REQUESTS` with the seconds until there is room. @param now for tests; milliseconds */
export function createRateLimiter({ perUser, perTenant }: RateLimits, now: () => number = () => performance.now()): RateLimiter {
    const buckets = new Map<string, Bucket>();
    function take(key: string, perMinute: number): number {
        if (perMinute === 0) return 0;
        const at = now();
        const bucket = buckets.get(key) ?? { left: perMinute, at };
        bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) / 60_000) * perMinute);
        bucket.at = at;
        // Whoever is not seen for a minute has a full bucket again, which need not be kept.
        if (buckets.size > 20_000) for (const [each, { at: seen }] of buckets) if (at - seen > 60_000) buckets.delete(each);
        buckets.set(key, bucket);
        if (bucket.left < 1) return Math.max(1, Math.ceil(((1 - bucket.left) / perMinute) * 60));
        bucket.left--;
        return 0;
    }
    return ({ userId, tenantId }) => {
        const own = take(`user ${userId}`, perUser);
        const wait = own > 0 ? own : take(`tenant ${tenantId}`, perTenant);
        if (wait === 0) return;
        throw new ApiError(429, "TOO_MANY_REQUESTS", `${own > 0 ? "You have" : "Your organisation has"} sent too many requests. Try again in ${wait} seconds.`, { retryAfter: wait });
    };
}
