import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApiError } from "./errors.js";
import { createRateLimiter } from "./rates.js";

const of = (userId: string, tenantId = "t") => ({ userId, tenantId, role: "user" as const });

describe("rate limits", () => {
    it("let a person send as much as is allowed in a minute, then tell how long to wait", () => {
        let now = 0;
        const limit = createRateLimiter({ perUser: 60, perTenant: 0 }, () => now);
        for (let i = 0; i < 60; i++) limit(of("a"));
        assert.throws(() => limit(of("a")), (error: ApiError) => error.status === 429 && error.code === "TOO_MANY_REQUESTS" && error.retryAfter === 1);
        limit(of("b"));
        now += 1_000;
        limit(of("a"));
        assert.throws(() => limit(of("a")));
    });

    it("bound a tenant whoever of it asks, and leave other tenants alone", () => {
        const limit = createRateLimiter({ perUser: 0, perTenant: 3 }, () => 0);
        for (const user of ["a", "b", "c"]) limit(of(user));
        assert.throws(() => limit(of("d")), (error: ApiError) => error.retryAfter === 20 && error.message.startsWith("Your organisation"));
        limit(of("e", "other"));
    });

    it("never let through more than the limit and one burst, whatever the times, and always after the wait they tell", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 200 }), (perUser, gaps) => {
                let now = 0;
                let passed = 0;
                const limit = createRateLimiter({ perUser, perTenant: 0 }, () => now);
                for (const gap of gaps) {
                    now += gap;
                    try {
                        limit(of("a"));
                        passed++;
                    } catch (error) {
                        now += (error as ApiError).retryAfter! * 1000;
                        limit(of("a"));
                        passed++;
                    }
                }
                assert(passed <= perUser + (now / 60_000) * perUser + 1e-6);
            }),
            { numRuns: 50 },
        );
    });
});
