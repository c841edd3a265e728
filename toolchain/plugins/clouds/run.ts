/** How every simulated plugin starts: told by its starter which one it is, and by the environment where its clouds are kept. */
import { parseArgs } from "node:util";
import type { Provider } from "../sdk/provider";
import { serve } from "../sdk/server";
import { readFaultPlan, type FaultPlan } from "./faults";
import { Journal } from "./journal";

/** @param packages the folder node_modules of the checkout */
export type Maker = (cloud: string, release: string, journal: Journal, plan: FaultPlan, packages: string) => Provider;

/** See toolchain/pulumi/simulation.ts for the variables. */
export async function runSimulated(make: Maker): Promise<void> {
    try {
        const { AGENT_PLATFORM_CLOUDS: clouds, AGENT_PLATFORM_CLOUD_PACKAGES: packages, AGENT_PLATFORM_CLOUD_FAULTS: faults } = process.env;
        if (clouds === undefined || packages === undefined) throw new Error("this is a simulated cloud, which only npm run preview, up and destroy with --simulate may use");
        const { cloud = "", release = "" } = parseArgs({ options: { cloud: { type: "string" }, release: { type: "string" } }, strict: false }).values as { cloud?: string; release?: string };
        await serve(make(cloud, release, new Journal(clouds), readFaultPlan(faults), packages));
    } catch (error) {
        process.stderr.write(`simulated cloud: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
    }
}
