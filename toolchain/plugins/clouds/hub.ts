/**
 * All simulated clouds in one process, to which Pulumi is attached (PULUMI_DEBUG_PROVIDERS): no plugin is installed or
 * started for them, so that a simulation can neither be mistaken for the real thing later, nor cost more than it must.
 */
import { join } from "node:path";
import { pulumi as cloudflarePackage } from "@pulumi/cloudflare/package.json";
import { pulumi as gcpPackage } from "@pulumi/gcp/package.json";
import { pulumi as hcloudPackage } from "@pulumi/hcloud/package.json";
import { pulumi as kubernetesPackage } from "@pulumi/kubernetes/package.json";
import { pulumi as minioPackage } from "@pulumi/minio/package.json";
import { pulumi as ociPackage } from "@pulumi/oci/package.json";
import { pulumi as randomPackage } from "@pulumi/random/package.json";
import { pulumi as tailscalePackage } from "@pulumi/tailscale/package.json";
import { repository } from "../../core/paths";
import { KubernetesProvider } from "../kubernetes/provider";
import { randomProvider } from "../random/provider";
import type { Provider } from "../sdk/provider";
import { attachable, type Attachable } from "../sdk/server";
import { vendorVersion } from "../sdk/vendorVersion";
import { Faults, readFaultPlan } from "./faults";
import { Journal } from "./journal";
import { toSimulatedCluster } from "./kubernetes/connect";
import { CloudProvider } from "./provider";
import { Schemas } from "./schema";
import { cloudflare } from "./vendors/cloudflare";
import { gcp } from "./vendors/gcp";
import { hcloud } from "./vendors/hcloud";
import { inRepoNames, simulatedInRepo } from "./vendors/inRepo";
import { minio } from "./vendors/minio";
import { oci } from "./vendors/oci";
import { tailscale } from "./vendors/tailscale";
import { talos, talosSchemas, talosVersion } from "./vendors/talos";

const declared = [
    { vendor: cloudflare, release: cloudflarePackage.version },
    { vendor: gcp, release: gcpPackage.version },
    { vendor: hcloud, release: hcloudPackage.version },
    { vendor: minio, release: minioPackage.version },
    { vendor: oci, release: ociPackage.version },
    { vendor: tailscale, release: tailscalePackage.version },
];

/** What packages declare is read once in a process. */
const schemas = new Map(declared.map(({ vendor, release }) => [vendor.name, new Schemas(join(repository, "node_modules", "@pulumi", vendor.name), release)]));

export interface Hub {
    /** The value of PULUMI_DEBUG_PROVIDERS. */
    readonly attached: string;
    /** No answer goes out any more; what has been begun is still remembered. */
    stop(): void;
}

/**
 * Serves the clouds of one run.
 * @param path where they are kept
 * @param faults file with what goes wrong, if anything
 * @param kill ends the run as `kill -9` would
 */
export async function startClouds(path: string, faults: string | undefined, kill: () => void): Promise<Hub> {
    const journal = new Journal(path);
    const plan = { ...readFaultPlan(faults), kill };
    const providers: Provider[] = [
        ...declared.map(({ vendor, release }) => new CloudProvider(vendor, release, schemas.get(vendor.name)!, journal, plan)),
        new CloudProvider(talos, talosVersion, talosSchemas, journal, plan),
        ...inRepoNames.map((name) => simulatedInRepo(name, vendorVersion, journal, plan)),
        new KubernetesProvider(kubernetesPackage.version, toSimulatedCluster(journal, new Faults(plan, journal))),
        randomProvider(randomPackage.version),
    ];
    const served = await Promise.all(providers.map(async (provider): Promise<[string, Attachable]> => [provider.name, await attachable(provider)]));
    return { attached: served.map(([name, { port }]) => `${name}:${port}`).join(","), stop: () => served.forEach(([, { close }]) => close()) };
}
