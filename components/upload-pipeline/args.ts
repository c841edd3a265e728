import type { Share } from "../../topology/derive";
import type { Home } from "../parts/home";
import type { WorkloadTransforms } from "../parts/workload";
import type { Database } from "../rag-service";

export interface UploadPipelineArgs {
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** The service that takes uploads and the workers that read them. */
    readonly share: Share;
    /** Keeps files, queue, documents and passages: `database` of a RagService. */
    readonly database: Database;
    readonly transform?: {
        /** By name of the service. */
        readonly services?: Readonly<Record<string, WorkloadTransforms>>;
    };
}

/** Defaults and checks; tells `report` all problems. */
export function resolveUploadPipelineArgs(args: UploadPipelineArgs, report: (problems: readonly string[]) => void): Required<UploadPipelineArgs> {
    const { services } = args.share;
    const problems: string[] = [];
    if (!services.some((service) => service.port !== undefined)) problems.push("share.services: none has a port, so nobody could upload");
    if (!services.some((service) => service.port === undefined)) problems.push("share.services: all have ports; one without must take the uploads from the queue");
    const names = new Set(services.map((service) => service.name));
    for (const name of Object.keys(args.transform?.services ?? {})) if (!names.has(name)) problems.push(`transform.services: there is no service "${name}"; there are ${[...names].join(", ")}`);
    report(problems);
    return { transform: {}, ...args };
}
