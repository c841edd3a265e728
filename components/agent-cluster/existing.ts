/** A Kubernetes that is there already, of whatever provider: only what is inside it is made. */
import type * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { resolveKubernetesArgs, type KubernetesArgs } from "./args";
import { inKubernetes, type InKubernetes } from "./in-kubernetes";

export interface ExistingPlatform {
    readonly kind: "existing";
}

export interface ExistingArgs extends KubernetesArgs {
    /** The cluster that the Kubernetes provider of the component's options points at. */
    readonly platform: ExistingPlatform;
}

export function existing(component: pulumi.ComponentResource, name: string, args: ExistingArgs): InKubernetes {
    return inKubernetes(component, name, resolveKubernetesArgs(args, (problems) => refuse(component, "AgentCluster", name, problems)));
}
