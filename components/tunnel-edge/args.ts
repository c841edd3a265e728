import type * as pulumi from "@pulumi/pulumi";
import type { Share } from "../../topology/derive";
import type { Home } from "../parts/home";
import { unknownServices, type ServiceTransforms } from "../parts/workload";

export interface CloudflaredForm {
    readonly kind: "cloudflared";
    /** Token of a tunnel that is managed at Cloudflare, where its public host name is mapped to `http://web:8080`. Secret. */
    readonly token: pulumi.Input<string>;
}

/** What the connectors of a Cloudflare tunnel in Kubernetes are made of. */
export interface CloudflaredArgs {
    readonly form: CloudflaredForm;
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** The connectors of the tunnel. */
    readonly share: Share;
    readonly transform?: {
        readonly services?: ServiceTransforms;
    };
}

/** Defaults and checks; tells `report` all problems. */
export function resolveCloudflaredArgs(args: CloudflaredArgs, report: (problems: readonly string[]) => void): Required<CloudflaredArgs> {
    const problems: string[] = [];
    if (args.share.services.length === 0) problems.push("share.services: there is no connector, so the tunnel would end nowhere");
    for (const { name, port, replicas } of args.share.services) {
        if (port !== undefined) problems.push(`share.services: "${name}" listens on ${port}, but a connector only calls out`);
        if (replicas.min < 2) problems.push(`share.services: "${name}" has ${replicas.min} replica; with fewer than 2 every update cuts people off`);
    }
    problems.push(...unknownServices(args.transform?.services, args.share.services));
    report(problems);
    return { ...args, transform: args.transform ?? {} };
}
