import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { tryRun } from "../core/run";
import { repository } from "../core/paths";
import { remember, remembered, typeCheck } from "./types";

describe("the type check", function () {
    this.timeout(60_000);
    const before = process.env.AGENT_PLATFORM_CACHE;
    let folder: string;
    let project: string;
    beforeEach(() => {
        mkdirSync(join(repository, ".agent-platform"), { recursive: true });
        folder = mkdtempSync(join(repository, ".agent-platform", "types-"));
        project = relative(repository, join(folder, "tsconfig.json"));
        process.env.AGENT_PLATFORM_CACHE = mkdtempSync(join(tmpdir(), "agent-platform-cache-"));
        writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { strict: true, types: [], lib: ["es2023"] }, include: ["*.ts"] }));
        writeFileSync(join(folder, "a.ts"), "export const one: number = 1;\n");
        writeFileSync(join(folder, "b.ts"), 'import { one } from "./a";\nexport const two: number = one + 1;\n');
    });
    afterEach(() => {
        rmSync(process.env.AGENT_PLATFORM_CACHE!, { recursive: true });
        if (before === undefined) delete process.env.AGENT_PLATFORM_CACHE;
        else process.env.AGENT_PLATFORM_CACHE = before;
        rmSync(memory(), { force: true });
        rmSync(folder, { recursive: true });
    });
    const memory = (): string => typeCheck(project).at(-1)!;
    const check = async (): Promise<boolean> => (await tryRun(process.execPath, typeCheck(project), { cwd: repository })).code === 0;

    it("sees a mistake that a change elsewhere made, also with the memory of another checkout", async () => {
        assert.equal(await check(), true);
        remember(project);
        rmSync(memory());
        remembered(project);
        assert.ok(readFileSync(memory(), "utf8").includes("b.ts"));
        writeFileSync(join(folder, "a.ts"), 'export const one: string = "1";\n');
        assert.equal(await check(), false);
        assert.equal(await check(), false, "and again, when nothing has changed since");
    });
});
