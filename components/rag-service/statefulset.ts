/** Postgres as a StatefulSet of one: what every Kubernetes with a volume can run. */
import type * as pulumi from "@pulumi/pulumi";
import type { StatefulSetPostgres } from "../../topology/types";
import { refuse } from "../parts/component";
import { PostgresStore, type PostgresStoreArgs } from "../parts/postgres-store";
import { resolveKubernetesArgs, type KubernetesArgs } from "./args";
import { inKubernetes, type Database } from "./in-kubernetes";

export interface StatefulSetForm {
    readonly kind: "statefulset";
    readonly transform?: PostgresStoreArgs["transform"];
}

export interface StatefulSetArgs extends KubernetesArgs {
    readonly form: StatefulSetForm;
}

export function statefulSet(component: pulumi.ComponentResource, name: string, args: StatefulSetArgs): Database {
    const resolved = resolveKubernetesArgs(args, "statefulset", (problems) => refuse(component, "RagService", name, problems));
    const { home } = resolved;
    const store = resolved.store as StatefulSetPostgres;
    const postgres = new PostgresStore(store.name, { home, store, transform: args.form.transform }, { parent: component });
    return inKubernetes(component, resolved, { secrets: postgres.secrets, running: postgres.statefulSet, sessionUrl: postgres.sessionUrl });
}
