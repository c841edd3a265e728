import assert from "node:assert/strict";
import { readFileSync, globSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../toolchain/core/paths";

const page = readFileSync(join(repository, "docs", "errors.md"), "utf8");
const documented = [...page.matchAll(/^## (\S+)$/gm)].map(match => match[1]!);

describe("docs/errors.md", () => {
    it("has one section for every code in the sources, and none besides", () => {
        const used = new Set<string>();
        for (const file of globSync("{toolchain,components,topology,app/src}/**/*.{ts,tsx,mjs}", { cwd: repository }).concat(globSync("*.ts", { cwd: repository }))) {
            if (file.includes(".test.") || file.includes("node_modules")) continue;
            const text = readFileSync(join(repository, file), "utf8");
            for (const [, code] of text.matchAll(/(?:Problem\(|super\(|code: )\s*"(AP-[A-Z0-9-]+)"/g)) used.add(code!);
            for (const [, code] of text.matchAll(/new ApiError\(\s*[\w.]+,\s*"([A-Z0-9_]+)"/g)) used.add(code!);
        }
        assert.ok(used.size > 10, "the search finds codes");
        assert.deepEqual([...used].filter(code => !documented.includes(code)).sort(), [], "codes without a section");
        assert.deepEqual(documented.filter(code => code.startsWith("AP-") && !used.has(code)).sort(), [], "sections without a code");
    });

    it("tells what, why and fix in every section", () => {
        for (const section of page.split(/^## /m).slice(1)) {
            const code = section.split("\n")[0];
            for (const part of ["What", "Why", "Fix"]) assert.match(section, new RegExp(`\\*\\*${part}\\*\\* \\S`), `${code} has no ${part}`);
        }
    });

    it("names each code once", () => {
        assert.equal(documented.length, new Set(documented).size);
    });
});
