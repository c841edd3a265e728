/** Which versions belong together. The npm packages are the only place where they are written down. */
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { pulumi as kubernetesPackage } from "@pulumi/kubernetes/package.json";
import { pulumi as randomPackage } from "@pulumi/random/package.json";
import { vendorVersion } from "../plugins/sdk/vendorVersion";
import { simulating } from "./simulation";

/** The CLI has the version of the SDK, so that both speak the same protocol. */
export const cliVersion: string = sdkVersion;

export interface PluginPin {
    name: string;
    version: string;
    /** There is no official one: this repository has the plugin itself. */
    own?: true;
}

/** The provider plugins that are installed before anything runs; those of clouds Pulumi downloads when a program asks for them. */
export const plugins: readonly PluginPin[] = [
    { name: kubernetesPackage.name, version: kubernetesPackage.version },
    { name: randomPackage.name, version: randomPackage.version },
    ...["fly", "modal", "neon"].map((name): PluginPin => ({ name, version: vendorVersion, own: true })),
];

/** Those that are to be installed now: none for simulated clouds, which Pulumi is attached to. */
export function wantedPlugins(): readonly PluginPin[] {
    return simulating() ? [] : plugins;
}

/** True when a CLI of version `found` can take the place of the pinned one: the same minor version. */
export function suitable(found: string, wanted = cliVersion): boolean {
    const minor = (version: string): string => version.replace(/^v/, "").split(".").slice(0, 2).join(".");
    return /^v?\d+\.\d+\.\d+$/.test(found) && minor(found) === minor(wanted);
}
