import type { Share } from "../../topology/derive";
import type { Home } from "../parts/home";
import { unknownServices, type ServiceTransforms } from "../parts/workload";
import type { Database } from "../rag-service";

/** What an UploadPipeline in any Kubernetes is made of, beside its form. */
export interface KubernetesArgs {
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** The service that takes uploads and the workers that read them. */
    readonly share: Share;
    /** Keeps files, queue, documents and passages: `database` of a RagService. */
    readonly database: Database;
    readonly transform?: {
        readonly services?: ServiceTransforms;
    };
}

/** Defaults and checks; tells `report` all problems. */
export function resolveInClusterArgs(args: KubernetesArgs, report: (problems: readonly string[]) => void): Required<KubernetesArgs> {
    const { services } = args.share;
    const problems: string[] = [];
    if (!services.some((service) => service.port !== undefined)) problems.push("share.services: none has a port, so nobody could upload");
    if (!services.some((service) => service.port === undefined)) problems.push("share.services: all have ports; one without must take the uploads from the queue");
    for (const store of args.share.stores) if (store.form !== "nats" && (store.form !== "statefulset" || store.engine !== "redis")) problems.push(`share.stores: "${store.name}" is ${store.engine} as ${store.form}; in a cluster the queue is NATS, Redis as statefulset, or the database`);
    problems.push(...unknownServices(args.transform?.services, services));
    report(problems);
    return { ...args, transform: args.transform ?? {} };
}
