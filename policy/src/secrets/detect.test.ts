import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { credentialInText, knownCredential, namedCredential } from "./detect";

// Put together here so that no scanner takes this file for a leak.
const join = (...parts: string[]): string => parts.join("");
const random = "q7Zt2Lk9Xv4Bn8Rd3Ws6Yc1Hf5Jm0Pg";

describe("credentials by their format", () => {
    const formats: Readonly<Record<string, string>> = {
        "a private key": join("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE"),
        "an access key of AWS": join("AKIA", "QWERTYUIOPASDFGH"),
        "a token of GitHub": join("ghp_", random, "abcde"),
        "a token of GitLab": join("glpat-", random.slice(0, 20)),
        "a token of Slack": join("xoxb-", "1234567890-abcdef"),
        "a key of Google": join("AIza", random, "abcd"),
        "a key of Tailscale": join("tskey-", "auth-", random),
        "a key of a model provider": join("sk-", "proj-", random),
        "a key of Stripe": join("sk_live_", random),
        "a signed token (JWT)": join("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".", random),
        "a password in a URL": "postgres://shop:hunter2@db:5432/shop?sslmode=require",
    };
    for (const [kind, text] of Object.entries(formats)) {
        it(`recognises ${kind}`, () => {
            assert.equal(knownCredential(text), kind);
            assert.equal(namedCredential("ANYTHING", `prefix ${text}`), kind);
            assert.equal(credentialInText(`a: b\nvalue: ${text}\n`), kind);
        });
    }
});

describe("credentials by their name", () => {
    const positive: readonly (readonly [name: string, value: string])[] = [
        ["DB_PASSWORD", "hunter2"], ["dbPassword", "changeme"], ["POSTGRES_PASSWORD", "123456"], ["redis-passwd", "x1y2z3"], ["API_KEY", "abcd1234"], ["apiKey", "abcd1234"], ["AUTH_TOKEN", "letmein-please"],
        ["JWT_SECRET", "dev-secret-do-not-use"], ["CLIENT_SECRET", "s3cr3t"], ["AWS_SECRET_ACCESS_KEY", random], ["GPG_PASSPHRASE", "correct horse"], ["SESSION_KEY", random], ["password", "/".padEnd(40, "aB3")],
    ];
    for (const [name, value] of positive) it(`sees one in ${name}`, () => assert.ok(namedCredential(name, value)));

    const negative: readonly (readonly [name: string, value: string])[] = [
        ["DB_PASSWORD", ""], ["DB_PASSWORD", "$(DB_PASSWORD_FROM_SECRET)"], ["DB_PASSWORD", "${DB_PASSWORD}"], ["DB_PASSWORD_FILE", "/run/secrets/db"], ["PASSWORD", "/run/secrets/db/password"], ["TS_AUTHKEY", "file:/run/secrets/tailnet/key"], ["MAX_TOKENS", "4096"],
        ["TOKEN_LIMIT", "4096"], ["PASSWORD_MIN_LENGTH", "12"], ["TOKEN_URL", "https://login.example/token"], ["SECRET_NAME", "shop-db"], ["TLS_SECRET", "shop-tls"], ["IMAGE_PULL_SECRET", "registry"], ["PUBLIC_KEY", random],
        ["REQUIRE_PASSWORD", "strictly"], ["ENABLE_TOKEN", "always"], ["SECRET_ROTATION_DAYS", "30"], ["TOKENIZER", "cl100k"], ["CACHE_KEY", "user-profile-cache-v2"], ["MONKEY", "banana"], ["KEYBOARD", "qwertz"], ["AUTHOR", "somebody"],
        ["DATABASE_URL", "postgres://db:5432/shop"], ["DATABASE_URL", "postgres://shop:$(PASSWORD)@db/shop"], ["DATABASE_URL", "postgres://shop@db/shop"], ["PASS_THROUGH", "true"], ["SECRET_KEY_REF", "shop"],
    ];
    for (const [name, value] of negative) it(`sees none in ${name}=${value.slice(0, 30)}`, () => assert.equal(namedCredential(name, value), undefined));
});

describe("credentials in files", () => {
    it("are found in properties, YAML and JSON", () => {
        assert.ok(credentialInText("log=info\ndb.password=hunter2\n"));
        assert.ok(credentialInText("db:\n  user: shop\n  password: hunter2\n"));
        assert.ok(credentialInText('{"db": {"user": "shop", "password": "hunter2"}}'));
        assert.ok(credentialInText("export API_TOKEN='abcd1234'\n"));
    });

    it("are not seen in settings, references and code", () => {
        for (const text of [
            "password_encryption = scram-sha-256\n", "password: ${DB_PASSWORD}\n", "secretName: shop\n", "password = getPassword()\n", "const token: string;\n", "passwordFile: /run/secrets/x\n", "proxy_set_header Authorization $http_authorization;\n",
            "token: ''\n", "# password: hunter2\n", "server {\n  ssl_password_file /x;\n}\n", "tokens: 4096\n",
        ]) assert.equal(credentialInText(text), undefined, text);
    });

    it("cost little in hostile text", () => {
        for (const text of ["eyJ-".repeat(250_000), "a://b:".repeat(150_000), `"${"a".repeat(99)}":`.repeat(10_000), "password=".repeat(100_000), " ".repeat(1_000_000), `${"x".repeat(1999)}\n`.repeat(500)]) credentialInText(text);
    });
});
