import * as pulumi from "@pulumi/pulumi";
import type { AccessInKubernetes } from "./access";
import { builders, type AgentClusterArgs, type BuiltPlatform, type More, type PlatformKind, type Platforms } from "./platforms";

export type { AgentClusterArgs, PlatformKind } from "./platforms";

/**
 * Where the platform runs: the machines, the namespace with its guard rails, the people's first passwords, and in it
 * the agent API and the web front. `args.platform.kind` says on what.
 *
 * The other components need its `home`, and the agent API needs what they make: so its services are started last,
 * with `serve`.
 */
export class AgentCluster<K extends PlatformKind = PlatformKind> extends pulumi.ComponentResource {
    /** What the other components build in. */
    readonly home: Platforms[K]["home"];
    /** Passwords of the first admin and the first user; secret. Undefined where they are in Vault. */
    readonly passwords: AccessInKubernetes["passwords"];
    /** What its kind has beside that: the provider of a cluster that it made, a bucket. */
    readonly more: More<K>;

    private readonly built: BuiltPlatform<K>;

    constructor(name: string, args: AgentClusterArgs<K>, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:AgentCluster", name, {}, opts);
        this.built = builders[args.platform.kind as K]()(this, name, args);
        this.home = this.built.home;
        this.passwords = this.built.passwords;
        this.more = this.built.more as More<K>;
        this.registerOutputs({ ...this.built.facts, passwords: this.passwords });
    }

    /** Starts the services of this component, once what they need is there. */
    serve(needs: Platforms[K]["needs"]): void {
        this.built.serve(needs);
    }
}
