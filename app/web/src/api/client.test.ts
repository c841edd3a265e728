import assert from "node:assert/strict";
import { errorFrom } from "./client.ts";

const headers = (values: Record<string, string>) => (name: string) => values[name] ?? null;

describe("errorFrom", () => {
    it("takes code, message and request id from the server's own shape", () => {
        const error = errorFrom(409, JSON.stringify({ error: { code: "APPROVAL_DECIDED", message: "m", requestId: "r1" } }), headers({}));
        assert.deepEqual([error.code, error.message, error.requestId, error.status], ["APPROVAL_DECIDED", "m", "r1", 409]);
    });

    it("falls back to the status when something in between answered", () => {
        assert.equal(errorFrom(502, "<html>Bad gateway</html>", headers({})).code, "UNAVAILABLE");
        assert.equal(errorFrom(413, "", headers({})).code, "UPLOAD_TOO_LARGE");
        assert.equal(errorFrom(418, "null", headers({ "X-Request-Id": "r2" })).requestId, "r2");
    });

    it("reads how long to wait, and ignores nonsense", () => {
        assert.equal(errorFrom(429, "", headers({ "Retry-After": "12" })).retryAfter, 12);
        assert.equal(errorFrom(429, "", headers({ "Retry-After": "soon" })).retryAfter, null);
    });
});
