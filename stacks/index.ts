/**
 * What a stack is built of: providers and the four components, wired together for its blueprint. Only the file of the
 * blueprint that is chosen is loaded, and with it only the providers that it uses.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { BlueprintName, ConfigOf } from "../config";
import type { Topology } from "../topology/types";

/** The outputs of every stack. */
export interface Deployed {
    /** The namespace that everything is in. */
    readonly namespace: pulumi.Input<string>;
    /** The first two people's passwords; secret. Absent where nobody signs in, a cluster without services, and where they are in Vault. */
    readonly passwords?: { readonly admin: pulumi.Output<string>; readonly user: pulumi.Output<string> } | undefined;
    /** How to read those that are in Vault: a command for each. Absent where they are not. */
    readonly passwordsBy?: { readonly admin: string; readonly user: string } | undefined;
    /** What else is worth knowing, by name: addresses, names of buckets. Absent: nothing. */
    readonly facts?: Readonly<Record<string, pulumi.Input<unknown>>>;
}

/** Creates everything of a stack; synchronous, so that all resources are known when the program has been read. */
export type Deployment<B extends BlueprintName> = (config: ConfigOf<B>, topology: Topology) => Deployed;

/** One line for each blueprint. */
export const deployments: { readonly [B in BlueprintName]: () => Deployment<B> } = {
    hetzner: () => (require("./hetzner") as typeof import("./hetzner")).deployHetzner,
    "managed-gcp": () => (require("./managed-gcp") as typeof import("./managed-gcp")).deployManagedGcp,
    mesh: () => (require("./mesh") as typeof import("./mesh")).deployMesh,
    portable: () => (require("./portable") as typeof import("./portable")).deployPortable,
    standard: () => (require("./standard") as typeof import("./standard")).deployStandard,
};
