import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "../env.js";

describe("the page of errors", () => {
    const page = readFileSync(appFolder("../docs/errors.md"), "utf8");
    const folder = appFolder("src");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.includes("testing"))
        .map((file) => readFileSync(join(folder, file), "utf8"));
    const used = new Set(sources.flatMap((source) => [...source.matchAll(/(?:new (?:Api|Parse)Error\((?:\s*\d{3},)?|conflict\(tx, id,|\bcode: |error_code = ')\s*["']?([A-Z]+(?:_[A-Z]+)*)["']/g)].map((match) => match[1]!)));

    it("explains every code of the application", () => {
        assert(used.size > 30 && used.has("WORKER_LOST") && used.has("JOB_NOT_RETRYABLE"));
        const missing = [...used].filter((code) => !new RegExp(`^## ${code}\n\\*\\*What\\*\\* .+\n\\*\\*Why\\*\\* .+\n\\*\\*Fix\\*\\* .+$`, "m").test(page));
        assert.deepEqual(missing, []);
    });

    it("explains none that is gone", () => {
        const explained = [...page.matchAll(/^## ([A-Z_]+)$/gm)].map((match) => match[1]!);
        // The front's NGINX has two of its own, for what does not reach a service.
        const everything = [...sources, readFileSync(appFolder("web/nginx.conf.template"), "utf8")].join("\n");
        assert.deepEqual(explained.filter((code) => !everything.includes(code)), []);
    });
});
