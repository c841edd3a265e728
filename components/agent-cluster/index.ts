import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { refuse } from "../parts/component";
import type { Home } from "../parts/home";
import type { SecretBundles } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { resolveAgentClusterArgs, type AgentClusterArgs, type ResolvedAgentClusterArgs } from "./args";
import { guardRails } from "./kubernetes";
import { accessOf, type Access } from "./access";

export type { AgentClusterArgs } from "./args";

/**
 * Where the platform runs: a namespace of any Kubernetes with its guard rails and the people's first passwords,
 * and in it the agent API and the web front.
 *
 * The other components need its `home`, and the agent API needs what they make: so its services are started last,
 * with `serve`.
 */
export class AgentCluster extends pulumi.ComponentResource {
    /** What the other components build in. */
    readonly home: Home;
    /** Passwords of the first admin and the first user; secret. */
    readonly passwords: Access["passwords"];

    private readonly args: ResolvedAgentClusterArgs;

    constructor(name: string, args: AgentClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:AgentCluster", name, {}, opts);
        this.args = resolveAgentClusterArgs(args, (problems) => refuse(this, "AgentCluster", name, problems));
        const { namespace, guards, priorities } = guardRails(this, name, this.args);
        const { passwords, secrets } = accessOf(this, name, namespace, this.args.protect);
        const { images, storageClass, protect, autoscaling } = this.args;
        this.home = { namespace, guards, images, secrets, priorities, storageClass, protect, autoscaling };
        this.passwords = passwords;
        this.registerOutputs({ namespace, passwords });
    }

    /** Starts the services of this component, once what they need is there. */
    serve(needs: { readonly secrets: SecretBundles; readonly after: readonly pulumi.Resource[] }): Workload[] {
        const addresses: k8s.core.v1.Service[] = [];
        // The web front last: its NGINX looks up the names of all it forwards to when it starts.
        return this.args.share.services.toSorted((a, b) => Number(a.image === "web") - Number(b.image === "web")).map((service) => {
            const workload = new Workload(service.name, { home: this.home, service, secrets: needs.secrets, after: [...needs.after, ...addresses], transform: this.args.transform.services?.[service.name] }, { parent: this });
            if (workload.address !== undefined) addresses.push(workload.address);
            return workload;
        });
    }
}
