/** The process of a simulated plugin; which cloud it is, is told by its starter. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KubernetesProvider } from "../kubernetes/provider";
import { serve } from "../sdk/server";
import { readFaultPlan } from "./faults";
import { Journal } from "./journal";
import { toSimulatedCluster } from "./kubernetes/connect";
import { CloudProvider } from "./provider";
import { Schemas } from "./schema";
import { cloudflare } from "./vendors/cloudflare";
import { gcp } from "./vendors/gcp";
import { hcloud } from "./vendors/hcloud";
import { oci } from "./vendors/oci";
import { tailscale } from "./vendors/tailscale";
import { talos, talosSchemas } from "./vendors/talos";

const vendors = { cloudflare, gcp, hcloud, oci, tailscale };

/** The same for all plugins of a simulated stack; see toolchain/pulumi/simulation.ts. */
const { AGENT_PLATFORM_CLOUDS: journal, AGENT_PLATFORM_CLOUD_PACKAGES: packages, AGENT_PLATFORM_CLOUD_FAULTS: faults } = process.env;

function main(): Promise<void> {
    const { cloud = "", release = "" } = parseArgs({ options: { cloud: { type: "string" }, release: { type: "string" } }, strict: false }).values as { cloud?: string; release?: string };
    if (journal === undefined || packages === undefined) throw new Error("this is a simulated cloud, which only npm run preview, up and destroy with --simulate may use");
    const [store, plan] = [new Journal(journal), readFaultPlan(faults)];
    if (cloud === "kubernetes") return serve(new KubernetesProvider(release, toSimulatedCluster(store)));
    if (cloud === "talos") return serve(new CloudProvider(talos, release, talosSchemas, store, plan));
    const vendor = vendors[cloud as keyof typeof vendors];
    if (vendor === undefined) throw new Error(`there is no simulated ${cloud}`);
    return serve(new CloudProvider(vendor, release, new Schemas(join(packages, "@pulumi", cloud), release), store, plan));
}

Promise.resolve().then(main).catch((error: unknown) => {
    process.stderr.write(`simulated cloud: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
});
