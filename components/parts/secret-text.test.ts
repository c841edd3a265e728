import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { joined, randomValue, SecretText, secretText, type VaultSource } from "./secret-text";

const vault: VaultSource = { kind: "vault", store: "vault", path: "application", ready: undefined as unknown as pulumi.Resource };
const inVault = (name: string) => randomValue(vault, name, 32, {});
const promiseOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

/** What Go's text/template makes of it: the first two braces begin an action, of which there are two kinds here. */
function rendered(template: string, values: Readonly<Record<string, string>>): string {
    const begin = template.indexOf("{{");
    if (begin < 0) return template;
    const action = /^\{\{ (?:index \. "([^"]+)"|"(\{)") \}\}/.exec(template.slice(begin));
    assert.ok(action, `no action of these templates: ${template.slice(begin)}`);
    return template.slice(0, begin) + (action[1] === undefined ? action[2]! : values[action[1]]!) + rendered(template.slice(begin + action[0].length), values);
}

describe("texts with secrets in them", () => {
    it("are put together by External Secrets as they would be here", async () => {
        const piece = fc.oneof({ weight: 2, arbitrary: fc.constantFrom("{{", "}}", "{", "%7B", "\n", '"', ", ") }, { weight: 3, arbitrary: fc.string() });
        const part = fc.oneof(fc.record({ text: fc.array(piece).map((pieces) => pieces.join("")) }), fc.record({ key: fc.constantFrom("a-password", "b-password") }));
        const values = { "a-password": "AAA", "b-password": "BBB" };
        await fc.assert(fc.asyncProperty(fc.array(part), async (parts) => {
            const text = joined(parts.map((one) => ("key" in one ? inVault(one.key) : one.text)), "");
            const expected = parts.map((one) => ("key" in one ? values[one.key] : one.text)).join("");
            assert.equal(rendered(await promiseOf(text.template), values), expected);
            assert.deepEqual(new Set(text.keys), new Set(parts.flatMap((one) => ("key" in one ? [one.key] : []))));
        }), { numRuns: 300 });
    });

    it("are made of fixed parts, of what is known later, and of each other", async () => {
        const host = secretText`${"db"}.${pulumi.output("shop")}.svc:${5432}`;
        assert.equal(await promiseOf(secretText`postgres://user:${new SecretText(["pass"])}@${host}/x`.known), "postgres://user:pass@db.shop.svc:5432/x");
        assert.equal(await promiseOf(joined(["a", host, "b"], "\n").known), "a\ndb.shop.svc:5432\nb");
    });

    it("are secret, and not to be had here when a part of them is in Vault", async () => {
        assert.equal(await pulumi.isSecret(secretText`x`.known), true);
        const url = secretText`postgres://user:${inVault("a-password")}@db`;
        assert.deepEqual([url.vault, url.keys, url.literal], [vault, ["a-password"], false]);
        assert.throws(() => url.known, /a-password in Vault/);
        assert.deepEqual([secretText`user`.literal, secretText`${pulumi.output("user")}`.literal], [true, false]);
    });
});
