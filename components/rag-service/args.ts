import type { Share } from "../../topology/derive";
import type { Store, Task } from "../../topology/types";
import type { Home } from "../parts/home";
import type { MigrationArgs } from "../parts/migration";
import { unknownServices, type ServiceTransforms } from "../parts/workload";

/** What a RagService in any Kubernetes is made of, beside its form. */
export interface KubernetesArgs {
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** Its services, its one database and the one task that sets the database up. */
    readonly share: Share;
    readonly transform?: {
        readonly migration?: MigrationArgs["transform"];
        readonly services?: ServiceTransforms;
    };
}

export interface ResolvedKubernetesArgs extends Omit<Required<KubernetesArgs>, "share"> {
    readonly services: Share["services"];
    readonly store: Store;
    readonly migration: Task;
}

/** Defaults and checks; tells `report` all problems. */
export function resolveKubernetesArgs(args: KubernetesArgs, form: Store["form"], report: (problems: readonly string[]) => void): ResolvedKubernetesArgs {
    const { services, stores, tasks } = args.share;
    const problems: string[] = [];
    const databases = stores.filter((store) => store.engine === "postgres");
    if (services.length === 0) problems.push("share.services: there is none, and passages are found by one");
    if (databases.length !== 1) problems.push(`share.stores: exactly one Postgres holds the passages, there are ${databases.length}`);
    for (const store of databases) if (store.form !== form) problems.push(`share.stores: "${store.name}" is ${store.form}, and the form asked for is ${form}`);
    if (tasks.length !== 1) problems.push(`share.tasks: exactly one sets the store up, there are ${tasks.length}`);
    problems.push(...unknownServices(args.transform?.services, services));
    report(problems);
    return { home: args.home, transform: args.transform ?? {}, services, store: databases[0]!, migration: tasks[0]! };
}
