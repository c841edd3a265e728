import * as pulumi from "@pulumi/pulumi";
import { builders, type FormKind, type Forms, type TunnelEdgeArgs } from "./forms";

export type { FormKind, TunnelEdgeArgs } from "./forms";

/** How people and services reach the platform. `args.form.kind` says by what. */
export class TunnelEdge<K extends FormKind = FormKind> extends pulumi.ComponentResource {
    /** What there is to know about it: addresses, certificates. */
    readonly built: Forms[K]["built"];

    constructor(name: string, args: TunnelEdgeArgs<K>, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:TunnelEdge", name, {}, opts);
        this.built = builders[args.form.kind as K]()(this, name, args);
        this.registerOutputs({});
    }
}
