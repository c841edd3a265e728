/** A home of its own for the stacks of this repository, on simulated clouds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulate, simulationProvisions } from "../../toolchain/pulumi";

export class SimulatedHome {
    private readonly before = process.env.AGENT_PLATFORM_HOME;
    private readonly folder = mkdtempSync(join(tmpdir(), "agent-platform-simulated-"));
    private readonly end: () => void;

    /** @param killed whether runs are killed: otherwise the state is written once at the end of each instead of twice for each resource, which is most of the time */
    constructor(killed: boolean) {
        process.env.AGENT_PLATFORM_HOME = this.folder;
        if (!killed) process.env.PULUMI_SKIP_CHECKPOINTS = "true";
        this.end = simulate();
    }

    /** Installs what stands for the clouds. */
    async install(): Promise<void> {
        for (const provision of simulationProvisions) await provision.ensure(() => undefined);
    }

    remove(): void {
        this.end();
        delete process.env.PULUMI_SKIP_CHECKPOINTS;
        if (this.before === undefined) delete process.env.AGENT_PLATFORM_HOME;
        else process.env.AGENT_PLATFORM_HOME = this.before;
        rmSync(this.folder, { recursive: true, force: true });
    }
}
