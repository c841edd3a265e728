import * as pulumi from "@pulumi/pulumi";
import { builders, type FormKind, type Forms, type RagServiceArgs } from "./forms";

export type { Database } from "./in-kubernetes";
export type { FormKind, RagServiceArgs } from "./forms";

/** Retrieval: Postgres with pgvector, the task that sets it up, and the service that finds passages in it. `args.form.kind` says how. */
export class RagService<K extends FormKind = FormKind> extends pulumi.ComponentResource {
    readonly database: Forms[K]["database"];

    constructor(name: string, args: RagServiceArgs<K>, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:RagService", name, {}, opts);
        this.database = builders[args.form.kind as K]()(this, name, args);
        this.registerOutputs({});
    }
}
