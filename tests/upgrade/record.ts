/**
 * Deploys every stack to simulated clouds and keeps what that leaves behind as tests/upgrade/<version>.json.gz. Run once with
 * each release: `node --import tsx tests/upgrade/record.ts`.
 */
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";
import { homeFolder, repository } from "../../toolchain/core/paths";
import { simulate, simulationProvisions, Workspace } from "../../toolchain/pulumi";
import { keepRelease } from "./release";

async function record(): Promise<void> {
    const home = mkdtempSync(join(tmpdir(), "agent-platform-release-"));
    process.env.AGENT_PLATFORM_HOME = home;
    simulate();
    try {
        for (const provision of simulationProvisions) await provision.ensure(() => undefined);
        for (const file of globSync("Pulumi.*.yaml", { cwd: repository }).sort()) {
            const workspace = await Workspace.open(file.slice("Pulumi.".length, -".yaml".length));
            await workspace.ensureStack();
            const { counts } = await workspace.up();
            process.stdout.write(`${workspace.stack}: ${counts.create} resources\n`);
        }
        keepRelease(version, homeFolder());
    } finally {
        rmSync(home, { recursive: true, force: true });
    }
}

void record();
