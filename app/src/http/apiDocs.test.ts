import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { appFolder } from "../env.js";
import { apiPage } from "./apiDocs.js";

describe("docs/api.md", () => {
    it("says what the routes say", () => {
        assert.equal(readFileSync(appFolder("../docs/api.md"), "utf8"), apiPage(), "Run: npm run -w @agent-platform/app api-docs");
    });
});
