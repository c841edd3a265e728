import assert from "node:assert/strict";
import { stringify } from "yaml";
import { standIn } from "./placeholders";
import { simulatedSettings } from "./simulatedStackFile";

describe("what stands for secrets that are not read", () => {
    const encrypted = { secure: "v1:abc:def" };

    it("is a text for a text, a list for a list, and nothing for what is in the clear", () => {
        assert.equal(standIn("openaiKey", encrypted), "simulated-openaiKey-0000000000000000");
        assert.ok(Array.isArray(JSON.parse(standIn("oidcProviders", encrypted)!)));
        for (const open of ["text", 1, ["a"], { a: { b: 1 } }]) assert.equal(standIn("any", open), undefined);
    });

    it("keeps of a list what is in the clear", () => {
        const list = [{ id: "company", issuer: "https://login.example.com", clientSecret: encrypted }];
        assert.deepEqual(JSON.parse(standIn("oidcProviders", list)!), [{ id: "company", issuer: "https://login.example.com", clientSecret: "simulated" }]);
        const { plain, secret } = simulatedSettings(stringify({ config: { "agent-platform:oidcProviders": list, "agent-platform:registration": "open" } }), "dev");
        assert.deepEqual(Object.keys(secret), ["agent-platform:oidcProviders"]);
        assert.ok(!plain.includes("oidcProviders") && plain.includes("registration: open"), plain);
    });
});
