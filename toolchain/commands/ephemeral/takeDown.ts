/** Ends one ephemeral stack, wherever it is on its way. */
import type { Report } from "../../core/provision";
import { clusterStatus, startCluster } from "../../kubernetes";
import { stopLocalPort } from "../../local-port";
import { interruptedRun, Workspace } from "../../pulumi";
import { forgetStack, type EphemeralStack } from "./stacks";

/** In an order that can be ended anywhere and begun again: the file goes last, because it says that there is something. */
export async function takeDown(stack: EphemeralStack, report: Report): Promise<string> {
    await stopLocalPort(stack.name);
    const workspace = await Workspace.ofDeployed(stack.name, report);
    // With its cluster everything in it has gone.
    const gone = stack.local && (await clusterStatus()).state === "absent";
    let removed = 0;
    if (workspace !== undefined && !gone) {
        if (stack.local) await startCluster(report);
        await workspace.ensureStack(report);
        const outcome = await workspace.destroy({ report });
        if (outcome.interrupted) throw interruptedRun();
        removed = outcome.changed;
    }
    await workspace?.forget(gone);
    forgetStack(stack.name);
    if (!gone) return `${removed} resources deleted`;
    return stack.tailnet === undefined ? "gone with its cluster" : `gone with its cluster; its client ${stack.namespace.slice(0, 50)} is still in the console of ${stack.tailnet.domain}`;
}
