import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryRun } from "../core/run";
import { withoutAutomaticLog } from "./automaticLog";
import { findTools } from "./tools";

describe("Pulumi's automatic log", () => {
    let home: string;
    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "agent-platform-log-"));
    });
    afterEach(() => rmSync(home, { recursive: true }));

    it("is gone with what was in it, and stays away", () => {
        mkdirSync(join(home, "logs"));
        writeFileSync(join(home, "logs", "pulumi-preview.log"), "everything");
        withoutAutomaticLog(home);
        assert.match(readFileSync(join(home, "logs"), "utf8"), /logtostderr/);
        withoutAutomaticLog(home);
        assert.ok(statSync(join(home, "logs")).isFile());
    });

    it("is written by a Pulumi that was left alone, and missed by none that was not", async function () {
        this.timeout(30_000);
        const tools = await findTools();
        if (tools === undefined) this.skip();
        const version = () => tryRun(tools.cli.path, ["version"], { env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" } });
        const left = await version();
        assert.ok(statSync(join(home, "logs")).isDirectory(), "then this file is no longer needed");
        withoutAutomaticLog(home);
        assert.deepEqual(await version(), left);
    });
});
