/** The process of a simulated plugin; which cloud it is, is told by its starter. */
import { join } from "node:path";
import { CloudProvider } from "./provider";
import { runSimulated } from "./run";
import { Schemas } from "./schema";
import { cloudflare } from "./vendors/cloudflare";
import { gcp } from "./vendors/gcp";
import { hcloud } from "./vendors/hcloud";
import { minio } from "./vendors/minio";
import { oci } from "./vendors/oci";
import { tailscale } from "./vendors/tailscale";
import { talos, talosSchemas } from "./vendors/talos";

const vendors = { cloudflare, gcp, hcloud, minio, oci, tailscale };

void runSimulated((cloud, release, journal, plan, packages) => {
    if (cloud === "talos") return new CloudProvider(talos, release, talosSchemas, journal, plan);
    const vendor = vendors[cloud as keyof typeof vendors];
    if (vendor === undefined) throw new Error(`there is no simulated ${cloud}`);
    return new CloudProvider(vendor, release, new Schemas(join(packages, "@pulumi", cloud), release), journal, plan);
});
