import assert from "node:assert/strict";
import fc from "fast-check";
import { invitationAddress, invitationOf, passwordAddress, tokenOf } from "./links.ts";

describe("links with a secret", () => {
    it("give back what they hold, and send none of it to a server", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 1 }), fc.emailAddress(), (secret, email) => {
                const invited = new URL(invitationAddress(secret, email, "https://front.invalid"));
                const password = new URL(passwordAddress(secret, "https://front.invalid"));
                assert.deepEqual(invitationOf(invited.hash), { invitation: secret, email });
                assert.equal(tokenOf(password.hash), secret);
                assert.deepEqual([invited.pathname + invited.search, password.pathname + password.search], ["/register", "/password"]);
            }),
        );
        assert.equal(tokenOf("#%"), "");
    });
});
