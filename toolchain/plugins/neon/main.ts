/** The process `pulumi-resource-neon`. */
import { serve } from "../sdk/server";
import { vendorVersion } from "../sdk/vendorVersion";
import { neonProvider } from "./provider";

serve(neonProvider(vendorVersion)).catch((error: unknown) => {
    process.stderr.write(`pulumi-resource-neon: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
