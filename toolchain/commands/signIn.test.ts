import assert from "node:assert/strict";
import { signInLines } from "./signIn";

describe("who signs in", () => {
    it("is told with the password, or with how to read it, or not at all", () => {
        assert.equal(signInLines({ admin: { email: "a@example.com", password: "s3cret" }, user: { email: "u@example.com", password: "other" } }), "  user   u@example.com  other\n  admin  a@example.com  s3cret\n");
        assert.equal(signInLines({ admin: { email: "a@example.com", passwordBy: "vault kv get x" } }), "  admin  a@example.com  vault kv get x\n");
        assert.equal(signInLines({}), "");
    });
});
