/** One chart of others, installed as it is published; what its values cannot say is a resource of its own beside it. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { common, fixedName } from "../parts/component";
import { chartReference, type ChartName } from "./charts";
import type { PlatformHome } from "./home";
import type { PlatformNamespace } from "./namespace";

export interface ReleaseArgs {
    readonly home: PlatformHome;
    readonly chart: ChartName;
    /** Where it goes: a namespace of its own, or the name of one that is there. */
    readonly namespace: PlatformNamespace | "kube-system";
    readonly values: pulumi.Inputs;
    /** Seconds until it must be ready. @default 600 */
    readonly timeout?: number;
}

/** Installs a chart and waits until what it makes is ready; a failed first install is taken back. */
export function release(parent: pulumi.Resource, name: string, args: ReleaseArgs, opts: pulumi.CustomResourceOptions = {}): k8s.helm.v3.Release {
    const { home, namespace, values, timeout = 600 } = args;
    const { chart, version, repository } = chartReference(args.chart, home.charts ?? {});
    const own = typeof namespace !== "string";
    return new k8s.helm.v3.Release(name, {
        name,
        chart,
        version,
        ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
        namespace: own ? namespace.namespace : namespace,
        createNamespace: false,
        atomic: true,
        cleanupOnFail: true,
        timeout,
        values,
    }, fixedName(parent, { ...opts, dependsOn: [...dependencies(opts), ...(own ? namespace.guards : []), ...(home.after ?? [])] }));
}

/** An object of a definition that a chart brings. */
export function custom(parent: pulumi.Resource, name: string, object: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly namespace?: pulumi.Input<string>; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>; readonly spec?: unknown; readonly data?: unknown; readonly [more: string]: unknown }, opts: pulumi.CustomResourceOptions = {}): k8s.apiextensions.CustomResource {
    const { apiVersion, kind, name: objectName, namespace, labels, annotations, ...body } = object;
    return new k8s.apiextensions.CustomResource(name, {
        apiVersion,
        kind,
        metadata: { name: objectName, ...(namespace === undefined ? {} : { namespace }), labels: { ...common, ...labels }, ...(annotations === undefined ? {} : { annotations: { ...annotations } }) },
        ...body,
    }, fixedName(parent, opts));
}

function dependencies(opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
    return [opts.dependsOn ?? []].flat() as pulumi.Resource[];
}
