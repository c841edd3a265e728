/**
 * Where an UploadPipeline's services and workers can run. Each form has a file of its own, which is loaded only where
 * it is used: another one is a line in `Forms` and a line in `builders`.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { BuiltGoogle, GoogleArgs } from "./google";
import type { BuiltMesh, MeshArgs } from "./mesh";
import type { BuiltPipeline, InClusterArgs } from "./in-cluster";

/** Per form: what it is made of, and what callers need to know of it. */
export interface Forms {
    "in-cluster": { args: InClusterArgs; built: BuiltPipeline };
    google: { args: GoogleArgs; built: BuiltGoogle };
    mesh: { args: MeshArgs; built: BuiltMesh };
}
export type FormKind = keyof Forms;

export type UploadPipelineArgs<K extends FormKind = FormKind> = { [F in K]: Forms[F]["args"] & { readonly form: { readonly kind: F } } }[K];

export type FormBuilder<K extends FormKind> = (component: pulumi.ComponentResource, name: string, args: UploadPipelineArgs<K>) => Forms[K]["built"];

export const builders: { readonly [K in FormKind]: () => FormBuilder<K> } = {
    "in-cluster": () => (require("./in-cluster") as typeof import("./in-cluster")).inCluster,
    google: () => (require("./google") as typeof import("./google")).google,
    mesh: () => (require("./mesh") as typeof import("./mesh")).mesh,
};
