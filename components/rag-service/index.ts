import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { Migration } from "../parts/migration";
import { PostgresStore } from "../parts/postgres-store";
import type { SecretBundles } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { resolveRagServiceArgs, type RagServiceArgs } from "./args";

export type { RagServiceArgs } from "./args";

/** The database as others see it. */
export interface Database {
    /** To connect with, as the role that row-level security applies to. */
    readonly secrets: SecretBundles;
    /** Done when the tables of this version are there. */
    readonly ready: pulumi.Resource;
}

/** Retrieval: Postgres with pgvector, the task that sets it up, and the service that finds passages in it. */
export class RagService extends pulumi.ComponentResource {
    readonly database: Database;

    constructor(name: string, args: RagServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:RagService", name, {}, opts);
        const { home, services, store, migration, transform } = resolveRagServiceArgs(args, (problems) => refuse(this, "RagService", name, problems));
        const postgres = new PostgresStore(store.name, { home, store, transform: transform.store }, { parent: this });
        const { job } = new Migration(migration.name, { home, task: migration, secrets: postgres.secrets, after: [postgres.statefulSet], transform: transform.migration }, { parent: this });
        this.database = { secrets: { database: postgres.secrets.database }, ready: job };
        for (const service of services) {
            new Workload(service.name, { home, service, secrets: this.database.secrets, after: [job], transform: transform.services?.[service.name] }, { parent: this });
        }
        this.registerOutputs({});
    }
}
