/** Which versions belong together. The npm packages are the only place where they are written down. */
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { pulumi as cloudflarePackage } from "@pulumi/cloudflare/package.json";
import { pulumi as gcpPackage } from "@pulumi/gcp/package.json";
import { pulumi as hcloudPackage } from "@pulumi/hcloud/package.json";
import { pulumi as kubernetesPackage } from "@pulumi/kubernetes/package.json";
import { pulumi as minioPackage } from "@pulumi/minio/package.json";
import { pulumi as ociPackage } from "@pulumi/oci/package.json";
import { pulumi as randomPackage } from "@pulumi/random/package.json";
import { pulumi as tailscalePackage } from "@pulumi/tailscale/package.json";
import { simulating } from "./simulation";

/** The CLI has the version of the SDK, so that both speak the same protocol. */
export const cliVersion: string = sdkVersion;

/** The release of the Talos plugin that the program asks for; it has no npm package. */
export const talosVersion = "0.8.1";

export interface PluginPin {
    name: string;
    version: string;
    /** A simulated cloud, whatever else there is. */
    simulated?: true;
}

const random: PluginPin = { name: randomPackage.name, version: randomPackage.version };

/** The provider plugins that every stack needs; those of clouds Pulumi itself downloads when a program asks for them. */
export const plugins: readonly PluginPin[] = [{ name: kubernetesPackage.name, version: kubernetesPackage.version }, random];

/** The simulated ones. */
export const simulatedPlugins: readonly PluginPin[] = [
    ...[cloudflarePackage, gcpPackage, hcloudPackage, kubernetesPackage, minioPackage, ociPackage, tailscalePackage].map(({ name, version }): PluginPin => ({ name, version, simulated: true })),
    { name: "talos", version: talosVersion, simulated: true },
];

/** Those that are to be installed now. */
export function wantedPlugins(): readonly PluginPin[] {
    return simulating() ? [random, ...simulatedPlugins] : plugins;
}

/** True when a CLI of version `found` can take the place of the pinned one: the same minor version. */
export function suitable(found: string, wanted = cliVersion): boolean {
    const minor = (version: string): string => version.replace(/^v/, "").split(".").slice(0, 2).join(".");
    return /^v?\d+\.\d+\.\d+$/.test(found) && minor(found) === minor(wanted);
}
