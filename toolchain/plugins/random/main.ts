/** The process `pulumi-resource-random`: stands in for the official plugin where that cannot be had. */
import { pulumi } from "@pulumi/random/package.json";
import { serve } from "../sdk/server";
import { randomProvider } from "./provider";

serve(randomProvider(pulumi.version)).catch((error: unknown) => {
    process.stderr.write(`pulumi-resource-random: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
