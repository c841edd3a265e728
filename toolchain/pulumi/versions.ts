/** Which versions belong together. The npm packages are the only place where they are written down. */
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { pulumi as kubernetesPackage } from "@pulumi/kubernetes/package.json";
import { pulumi as randomPackage } from "@pulumi/random/package.json";

/** The CLI has the version of the SDK, so that both speak the same protocol. */
export const cliVersion: string = sdkVersion;

export interface PluginPin {
    name: string;
    version: string;
}

/** The provider plugins that the program's packages need. */
export const plugins: readonly PluginPin[] = [
    { name: kubernetesPackage.name, version: kubernetesPackage.version },
    { name: randomPackage.name, version: randomPackage.version },
];

/** True when a CLI of version `found` can take the place of the pinned one: the same minor version. */
export function suitable(found: string, wanted = cliVersion): boolean {
    const minor = (version: string): string => version.replace(/^v/, "").split(".").slice(0, 2).join(".");
    return /^v?\d+\.\d+\.\d+$/.test(found) && minor(found) === minor(wanted);
}
