/**
 * How a RagService can keep its passages. Each form has a file of its own, which is loaded only where it is used:
 * another one is a line in `Forms` and a line in `builders`.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { CloudNativeArgs } from "./cloudnativepg";
import type { CloudSqlArgs, CloudSqlDatabase } from "./cloud-sql";
import type { NeonArgs, NeonDatabase } from "./neon";
import type { Database } from "./in-kubernetes";
import type { StatefulSetArgs } from "./statefulset";

/** Per form: what it is made of, and the database as the other components see it. */
export interface Forms {
    statefulset: { args: StatefulSetArgs; database: Database };
    "cloud-sql": { args: CloudSqlArgs; database: CloudSqlDatabase };
    neon: { args: NeonArgs; database: NeonDatabase };
    cloudnativepg: { args: CloudNativeArgs; database: Database };
}
export type FormKind = keyof Forms;

export type RagServiceArgs<K extends FormKind = FormKind> = { [F in K]: Forms[F]["args"] & { readonly form: { readonly kind: F } } }[K];

export type FormBuilder<K extends FormKind> = (component: pulumi.ComponentResource, name: string, args: RagServiceArgs<K>) => Forms[K]["database"];

export const builders: { readonly [K in FormKind]: () => FormBuilder<K> } = {
    statefulset: () => (require("./statefulset") as typeof import("./statefulset")).statefulSet,
    "cloud-sql": () => (require("./cloud-sql") as typeof import("./cloud-sql")).cloudSql,
    neon: () => (require("./neon") as typeof import("./neon")).neonDatabase,
    cloudnativepg: () => (require("./cloudnativepg") as typeof import("./cloudnativepg")).cloudNativePg,
};
