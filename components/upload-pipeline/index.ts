import * as pulumi from "@pulumi/pulumi";
import { builders, type FormKind, type Forms, type UploadPipelineArgs } from "./forms";

export type { FormKind, UploadPipelineArgs } from "./forms";

/** From an uploaded file to passages that can be found: the upload service, its queue and its workers. `args.form.kind` says where. */
export class UploadPipeline<K extends FormKind = FormKind> extends pulumi.ComponentResource {
    /** What callers need to know of it. */
    readonly built: Forms[K]["built"];

    constructor(name: string, args: UploadPipelineArgs<K>, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:UploadPipeline", name, {}, opts);
        this.built = builders[args.form.kind as K]()(this, name, args);
        this.registerOutputs({});
    }
}
