import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvError, readEnv } from "./env.js";

const url = "postgres://agent_platform_app:x@postgres:5432/agents_db";
const secret = "h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe";

describe("the environment", () => {
    it("gives every role its port and defaults", () => {
        const env = readEnv({ ROLE: "upload", DATABASE_URL: url, JWT_SECRET: secret });
        assert.equal(env.PORT, 8000);
        assert.equal(env.MAX_UPLOAD_BYTES, 52_428_800);
        assert.equal(readEnv({ ROLE: "worker", DATABASE_URL: url }).PORT, 8004);
    });

    it("says everything that is wrong at once", () => {
        assert.throws(() => readEnv({ ROLE: "agent", DATABASE_URL: "mysql://x", JWT_SECRET: "short", PORT: "99999", LOG_LEVEL: "loud" }), (error: unknown) => {
            assert(error instanceof EnvError);
            for (const name of ["DATABASE_URL", "JWT_SECRET", "PORT", "LOG_LEVEL"]) assert.match(error.message, new RegExp(`- ${name}: `));
            assert(!error.message.includes("short"), "a secret is not repeated");
            return true;
        });
        assert.throws(() => readEnv({}), /ROLE/);
        assert.throws(() => readEnv({ ROLE: "migrate" }), /DATABASE_OWNER_URL: is required for ROLE=migrate[\s\S]*SEED_USER_PASSWORD: is required/);
    });

    it("refuses secrets that are short, repeated or defaults", () => {
        for (const weak of ["a".repeat(64), "change-me-change-me-change-me-change-me-1234", "my-default-jwt-secret-that-is-long-enough"]) {
            assert.throws(() => readEnv({ ROLE: "rag", DATABASE_URL: url, JWT_SECRET: weak }), /JWT_SECRET/);
        }
    });

    it("reads X from the file that X_FILE names", () => {
        const folder = mkdtempSync(join(tmpdir(), "env-"));
        try {
            writeFileSync(join(folder, "jwt"), `${secret}\n`);
            assert.equal(readEnv({ ROLE: "rag", DATABASE_URL: url, JWT_SECRET_FILE: join(folder, "jwt") }).JWT_SECRET, secret);
            assert.throws(() => readEnv({ ROLE: "rag", DATABASE_URL: url, JWT_SECRET_FILE: join(folder, "none") }), /JWT_SECRET_FILE: cannot read .*ENOENT/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("takes a key alone for the usual service, and a list before it", () => {
        const agent = { ROLE: "agent", DATABASE_URL: url, JWT_SECRET: secret, ANTHROPIC_API_KEY: "k" };
        assert.deepEqual(readEnv(agent).MODELS?.map(({ provider, model, apiKey }) => [provider, model, apiKey]), [["anthropic", "claude-sonnet-4-5", "k"]]);
        assert.deepEqual(readEnv({ ...agent, ANTHROPIC_MODEL: "another" }).MODELS?.map(({ model }) => model), ["another"]);
        const own = JSON.stringify([{ name: "local", provider: "ollama", model: "m" }]);
        assert.deepEqual(readEnv({ ...agent, MODELS: own }).MODELS?.map(({ name }) => name), ["local"]);
        const worker = { ROLE: "worker", DATABASE_URL: url, LLAMAPARSE_API_KEY: "p" };
        assert.deepEqual(readEnv(worker).PARSERS, [{ provider: "llamaparse", apiKey: "p" }]);
        assert.equal(readEnv({ ...worker, LLAMAPARSE_API_KEY: "" }).PARSERS, undefined);
    });
});
