/** How much CPU and memory pods use: what autoscalers by CPU and `kubectl top` ask. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { release } from "./chart";
import type { PlatformHome } from "./home";

export interface MetricsServerArgs {
    readonly home: PlatformHome;
}

export class MetricsServer extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:MetricsServer", name, {}, opts);
        this.ready = release(this, name, { home: args.home, chart: "metrics-server", namespace: "kube-system", values: { replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } } });
        this.registerOutputs({});
    }
}
