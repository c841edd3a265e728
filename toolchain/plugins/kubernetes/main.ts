/** The process `pulumi-resource-kubernetes`: stands in for the official plugin where that cannot be had. */
import { pulumi } from "@pulumi/kubernetes/package.json";
import { serve } from "../sdk/server";
import { KubernetesProvider } from "./provider";

serve(new KubernetesProvider(pulumi.version)).catch((error: unknown) => {
    process.stderr.write(`pulumi-resource-kubernetes: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
