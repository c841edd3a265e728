/** The process `pulumi-resource-fly`. */
import { serve } from "../sdk/server";
import { vendorVersion } from "../sdk/vendorVersion";
import { flyProvider } from "./provider";

serve(flyProvider(vendorVersion)).catch((error: unknown) => {
    process.stderr.write(`pulumi-resource-fly: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
