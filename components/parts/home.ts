/** What AgentCluster offers to the components that run in it. */
import type * as pulumi from "@pulumi/pulumi";
import type { Autoscaling } from "../../topology/derive";
import type { ImageName, Service } from "../../topology/types";
import type { SecretBundles } from "./secret-bundle";
import type { SecretSource } from "./secret-text";

export interface Home {
    readonly namespace: pulumi.Output<string>;
    /** Whatever makes pods depends on these, so that none ever runs without its NetworkPolicy. */
    readonly guards: readonly pulumi.Resource[];
    readonly images: Readonly<Partial<Record<ImageName, pulumi.Input<string>>>>;
    /** Secrets that belong to no single component. */
    readonly secrets: SecretBundles;
    /** Who makes passwords and keys. */
    readonly secretSource: SecretSource;
    /** Names of the PriorityClasses. */
    readonly priorities: Readonly<Record<"data" | "serving" | "background", pulumi.Output<string>>>;
    /** StorageClass of volumes; undefined: the cluster's default. */
    readonly storageClass: string | undefined;
    /** Whether data is protected from deletion. */
    readonly protect: boolean;
    autoscaling(service: Service): Autoscaling | undefined;
}
