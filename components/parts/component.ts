/** What every component of this project shares. */
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import type { ComponentName } from "../../topology/types";

/** Changes what a component is about to create, for the rare case that its arguments do not cover. */
export type Transform<Args> = (args: Args, opts: pulumi.CustomResourceOptions) => { args: Args; opts: pulumi.CustomResourceOptions };

/** Applies a transform, if there is one. */
export function transformed<Args>(transform: Transform<Args> | undefined, args: Args, opts: pulumi.CustomResourceOptions): [Args, pulumi.CustomResourceOptions] {
    if (transform === undefined) return [args, opts];
    const result = transform(args, opts);
    return [result.args, result.opts];
}

/**
 * Stops a deployment because of wrong arguments, with every problem in one message and no stack trace.
 * @throws pulumi.ResourceError when there are problems
 */
export function refuse(resource: pulumi.Resource, kind: string, name: string, problems: readonly string[]): void {
    if (problems.length === 0) return;
    throw new pulumi.ResourceError(`${kind} "${name}" cannot be built from these arguments:\n${problems.map((problem) => `  ${problem}`).join("\n")}`, resource, true);
}

/** Labels of everything that belongs to one service, task or store. */
export function labelsOf(name: string, component: ComponentName): Record<string, string> {
    return { [nameLabel]: name, "app.kubernetes.io/component": component, ...common };
}

/** Labels of what belongs to the deployment as a whole. */
export const common: Readonly<Record<string, string>> = { "app.kubernetes.io/part-of": "agent-platform", "app.kubernetes.io/managed-by": "pulumi" };

/** Options of a child whose Kubernetes name is fixed: two of that name cannot exist side by side. */
export function fixedName(parent: pulumi.Resource, more: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return { parent, deleteBeforeReplace: true, ...more };
}
