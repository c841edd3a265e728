/** Who may reach the machines from outside: operators the two APIs of the control planes, and nobody anything else. */
import { Firewall } from "@pulumi/hcloud/firewall";
import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedTalosHetznerArgs } from "./args";
import { labelsOf } from "./network";

export interface Firewalls {
    /** Of the machines with a public address that operators reach. */
    readonly operators: Firewall;
    /** Without a rule for what comes in: everything from outside is dropped. */
    readonly closed: Firewall;
}

/** Traffic inside the private network does not pass these firewalls; there Cilium decides. */
export function firewalls(parent: pulumi.Resource, name: string, args: ResolvedTalosHetznerArgs): Firewalls {
    return {
        operators: new Firewall(`${name}-operators-firewall`, {
            name: `${name}-operators`,
            labels: labelsOf(name, "control-plane"),
            rules: args.firewall.map((rule) => ({ ...rule })),
        }, { parent }),
        closed: new Firewall(`${name}-closed-firewall`, { name: `${name}-closed`, labels: labelsOf(name, "worker"), rules: [] }, { parent }),
    };
}
