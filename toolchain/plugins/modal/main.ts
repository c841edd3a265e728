/** The process `pulumi-resource-modal`. */
import { serve } from "../sdk/server";
import { vendorVersion } from "../sdk/vendorVersion";
import { modalProvider } from "./provider";

serve(modalProvider(vendorVersion)).catch((error: unknown) => {
    process.stderr.write(`pulumi-resource-modal: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
});
