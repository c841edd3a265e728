/** A small Pulumi project on simulated clouds. */
import { simulate, simulationProvisions } from "../../toolchain/pulumi";
import { PulumiProject } from "./pulumiProject";

export class SimulatedProject extends PulumiProject {
    private readonly end = simulate();

    override async install(): Promise<void> {
        for (const provision of simulationProvisions) await provision.ensure(() => undefined);
    }

    override remove(): void {
        this.end();
        super.remove();
    }
}
