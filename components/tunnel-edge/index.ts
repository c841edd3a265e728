import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { SecretBundle } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { resolveTunnelEdgeArgs, type TunnelEdgeArgs } from "./args";

export type { TunnelEdgeArgs } from "./args";

/** How people reach the platform: connectors that call Cloudflare, so that nothing here has to be open to the internet. */
export class TunnelEdge extends pulumi.ComponentResource {
    constructor(name: string, args: TunnelEdgeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:TunnelEdge", name, {}, opts);
        const { home, share, token, transform } = resolveTunnelEdgeArgs(args, (problems) => refuse(this, "TunnelEdge", name, problems));
        const tunnel = new SecretBundle("tunnel", { namespace: home.namespace, values: { token } }, { parent: this });
        for (const service of share.services) {
            new Workload(service.name, { home, service, secrets: { tunnel }, transform: transform.services?.[service.name] }, { parent: this });
        }
        this.registerOutputs({});
    }
}
