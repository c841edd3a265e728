/** Postgres with standbys that take over: the operator, and the plugin that archives the write-ahead log in a bucket. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface CloudNativePgArgs {
    readonly home: PlatformHome;
    /** Namespaces with clusters that it manages. */
    readonly manages: readonly string[];
    /** The operator by digest: its first step runs in every Postgres pod, under the name that it has itself. @default the chart's own, by tag */
    readonly image?: string;
    /** cert-manager, whose certificates the plugin and the operator prove themselves with. */
    readonly certificates: pulumi.Resource;
}

export class CloudNativePg extends pulumi.ComponentResource {
    /** Clusters that archive to a bucket can be made. */
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: CloudNativePgArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:CloudNativePg", name, {}, opts);
        const { home, manages } = args;
        const space = new PlatformNamespace("cnpg-system", {
            home,
            level: "restricted",
            incoming: [{ to: { cidrs: home.apiServer.cidrs }, ports: [9443] }, { to: { namespace: "monitoring" }, ports: [8080] }, { to: "itself" }],
            // It asks each instance how it is (8000), and connects to the database.
            outgoing: [{ to: "api-server" }, { to: "itself" }, ...manages.map((namespace): Door => ({ to: { namespace }, ports: [5432, 8000] }))],
        }, { parent: this });
        const operator = release(this, name, { home, chart: "cloudnative-pg", namespace: space, values: { replicaCount: 2, config: { clusterWide: true }, monitoring: { podMonitorEnabled: false }, ...imageValues(args.image) } });
        this.ready = release(this, `${name}-barman`, { home, chart: "plugin-barman-cloud", namespace: space, values: {} }, { dependsOn: [operator, args.certificates] });
        this.registerOutputs({});
    }
}

/** The chart puts a colon between the two: the last one of a digest is as good as that of a tag. */
function imageValues(image: string | undefined): { image?: { repository: string; tag: string } } {
    if (image === undefined) return {};
    const colon = image.lastIndexOf(":");
    return { image: { repository: image.slice(0, colon), tag: image.slice(colon + 1) } };
}
