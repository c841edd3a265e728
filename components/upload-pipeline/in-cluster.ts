/** Everything in Kubernetes: the service that takes uploads, and the workers that read them. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { Workload } from "../parts/workload";
import { resolveInClusterArgs, type KubernetesArgs } from "./args";

export interface InClusterForm {
    readonly kind: "in-cluster";
}

export interface InClusterArgs extends KubernetesArgs {
    readonly form: InClusterForm;
}

export interface BuiltPipeline {
    /** The addresses that others call; their names can be looked up from the start. */
    readonly addresses: readonly k8s.core.v1.Service[];
}

export function inCluster(component: pulumi.ComponentResource, name: string, args: InClusterArgs): BuiltPipeline {
    const { home, share, database, transform } = resolveInClusterArgs(args, (problems) => refuse(component, "UploadPipeline", name, problems));
    const addresses = share.services.flatMap((service) => {
        const workload = new Workload(service.name, { home, service, secrets: database.secrets, after: [database.ready], transform: transform.services?.[service.name] }, { parent: component });
        return workload.address ?? [];
    });
    return { addresses };
}
