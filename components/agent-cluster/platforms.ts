/**
 * Where an AgentCluster can be. Each kind has a file of its own, which is loaded only where it is used: another one is
 * a line in `Platforms` and a line in `builders`.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { Home } from "../parts/home";
import type { AccessInKubernetes } from "./access";
import type { ComputeGroupArgs, ComputeGroupHome, ComputeGroupNeeds } from "./compute-group";
import type { OciGatewayArgs, OciGatewayHome, OciGatewayNeeds } from "./oci-gateway";
import type { ExistingArgs } from "./existing";
import type { GkeArgs, OnGke } from "./gke";
import type { ServeNeeds } from "./in-kubernetes";
import type { OkeArgs, OnOke } from "./oke";
import type { OnTalosHetzner, OnTalosHetznerArgs } from "./talos-hetzner/platform";

/** Per kind: what it is made of, what the other components build in, and what its own services wait for. */
export interface Platforms {
    existing: { args: ExistingArgs; home: Home; needs: ServeNeeds };
    "compute-group": { args: ComputeGroupArgs; home: ComputeGroupHome; needs: ComputeGroupNeeds };
    "oci-gateway": { args: OciGatewayArgs; home: OciGatewayHome; needs: OciGatewayNeeds };
    gke: { args: GkeArgs; home: Home; needs: ServeNeeds; more: OnGke };
    oke: { args: OkeArgs; home: Home; needs: ServeNeeds; more: OnOke };
    "talos-hetzner": { args: OnTalosHetznerArgs; home: Home; needs: ServeNeeds; more: OnTalosHetzner };
}
export type PlatformKind = keyof Platforms;

export type AgentClusterArgs<K extends PlatformKind = PlatformKind> = { [P in K]: Platforms[P]["args"] & { readonly platform: { readonly kind: P } } }[K];

/** What one kind has beside what all have: a provider for the cluster it made, buckets. */
export type More<K extends PlatformKind> = Platforms[K] extends { readonly more: infer M } ? M : undefined;

/** What a platform's file makes. */
export interface BuiltPlatform<K extends PlatformKind> {
    readonly home: Platforms[K]["home"];
    readonly passwords: AccessInKubernetes["passwords"];
    /** What people want to know about it, by name; becomes outputs of the component. */
    readonly facts: Readonly<Record<string, pulumi.Input<unknown>>>;
    readonly more?: More<K>;
    serve(needs: Platforms[K]["needs"]): void;
}

export type PlatformBuilder<K extends PlatformKind> = (component: pulumi.ComponentResource, name: string, args: AgentClusterArgs<K>) => BuiltPlatform<K>;

export const builders: { readonly [K in PlatformKind]: () => PlatformBuilder<K> } = {
    existing: () => (require("./existing") as typeof import("./existing")).existing,
    "compute-group": () => (require("./compute-group") as typeof import("./compute-group")).computeGroup,
    "oci-gateway": () => (require("./oci-gateway") as typeof import("./oci-gateway")).ociGateway,
    gke: () => (require("./gke") as typeof import("./gke")).gke,
    oke: () => (require("./oke") as typeof import("./oke")).oke,
    "talos-hetzner": () => (require("./talos-hetzner/platform") as typeof import("./talos-hetzner/platform")).talosHetzner,
};
