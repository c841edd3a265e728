import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { refuse } from "../parts/component";
import { Workload } from "../parts/workload";
import { resolveUploadPipelineArgs, type UploadPipelineArgs } from "./args";

export type { UploadPipelineArgs } from "./args";

/** From an uploaded file to passages that can be found: the upload service and its workers. Files and queue are in the database. */
export class UploadPipeline extends pulumi.ComponentResource {
    /** The addresses that others call; their names can be looked up from the start. */
    readonly addresses: readonly k8s.core.v1.Service[];

    constructor(name: string, args: UploadPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:UploadPipeline", name, {}, opts);
        const { home, share, database, transform } = resolveUploadPipelineArgs(args, (problems) => refuse(this, "UploadPipeline", name, problems));
        this.addresses = share.services.flatMap((service) => {
            const workload = new Workload(service.name, { home, service, secrets: database.secrets, after: [database.ready], transform: transform.services?.[service.name] }, { parent: this });
            return workload.address ?? [];
        });
        this.registerOutputs({});
    }
}
