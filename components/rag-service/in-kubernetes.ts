/** The part of a RagService that is the same in every Kubernetes: the task that sets the store up, and the services. */
import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../topology/types";
import type { Home } from "../parts/home";
import { Migration } from "../parts/migration";
import type { SecretBundles } from "../parts/secret-bundle";
import type { SecretText } from "../parts/secret-text";
import { Workload } from "../parts/workload";
import type { ResolvedKubernetesArgs } from "./args";

/** The database as others see it. */
export interface Database {
    /** To connect with, as the role that row-level security applies to. */
    readonly secrets: SecretBundles;
    /** A connection of one's own as that role, from any namespace. */
    readonly sessionUrl: SecretText;
    /** Done when the tables of this version are there. */
    readonly ready: pulumi.Resource;
}

/** A store that answers queries, and the secrets of its owner and of the services. */
export interface RunningStore {
    readonly secrets: SecretBundles;
    readonly sessionUrl: SecretText;
    readonly running: pulumi.Resource;
}

export function inKubernetes(component: pulumi.ComponentResource, { home, services, migration, transform }: ResolvedKubernetesArgs, store: RunningStore): Database {
    const { job } = new Migration(migration.name, { home, task: migration, secrets: store.secrets, after: [store.running], transform: transform.migration }, { parent: component });
    const inference = services.find(({ form }) => form === "ray-service");
    const asking = inference === undefined ? {} : modelsOnRay(component, home, inference);
    const database: Database = { secrets: { database: store.secrets.database, ...asking }, sessionUrl: store.sessionUrl, ready: job };
    for (const service of services.filter((one) => one !== inference)) {
        new Workload(service.name, { home, service, secrets: database.secrets, after: [job], transform: transform.services?.[service.name] }, { parent: component });
    }
    return database;
}

/** The RayService; returns what others need to ask it. Loaded only where there is one. */
function modelsOnRay(component: pulumi.ComponentResource, home: Home, service: Service): SecretBundles {
    const { Inference, inferenceSecrets } = require("./inference") as typeof import("./inference");
    const secrets = inferenceSecrets(component, home, service);
    new Inference(service.name, { home, service, secrets }, { parent: component });
    return { inference: secrets.inference };
}
