import type { Share } from "../../topology/derive";
import type { StatefulSetPostgres, Task } from "../../topology/types";
import type { Home } from "../parts/home";
import type { MigrationArgs } from "../parts/migration";
import type { PostgresStoreArgs } from "../parts/postgres-store";
import { unknownServices, type ServiceTransforms } from "../parts/workload";

export interface RagServiceArgs {
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** Its services, its one store and the one task that sets the store up. */
    readonly share: Share;
    readonly transform?: {
        readonly store?: PostgresStoreArgs["transform"];
        readonly migration?: MigrationArgs["transform"];
        readonly services?: ServiceTransforms;
    };
}

export interface ResolvedRagServiceArgs extends Omit<Required<RagServiceArgs>, "share"> {
    readonly services: Share["services"];
    readonly store: StatefulSetPostgres;
    readonly migration: Task;
}

/** Defaults and checks; tells `report` all problems. */
export function resolveRagServiceArgs(args: RagServiceArgs, report: (problems: readonly string[]) => void): ResolvedRagServiceArgs {
    const { services, stores, tasks } = args.share;
    const problems: string[] = [];
    if (services.length === 0) problems.push("share.services: there is none, and passages are found by one");
    if (stores.length !== 1) problems.push(`share.stores: exactly one holds the passages, there are ${stores.length}`);
    const [store] = stores;
    if (store !== undefined && store.form !== "statefulset") problems.push(`share.stores: "${store.name}" is ${store.form}, and passages are kept by a StatefulSet here`);
    if (tasks.length !== 1) problems.push(`share.tasks: exactly one sets the store up, there are ${tasks.length}`);
    problems.push(...unknownServices(args.transform?.services, services));
    report(problems);
    return { home: args.home, transform: args.transform ?? {}, services, store: store as StatefulSetPostgres, migration: tasks[0]! };
}
