/** Scaling by events: KEDA, which the ScaledObjects of workers need. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface KedaArgs {
    readonly home: PlatformHome;
    /** Stores that triggers look into: their namespace and ports. */
    readonly looksInto: readonly { readonly namespace: string; readonly ports: readonly number[] }[];
}

export class Keda extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Keda", name, {}, opts);
        const { home } = args;
        const space = new PlatformNamespace("keda", {
            home,
            level: "restricted",
            // The API server asks for metrics (6443) and about ScaledObjects (9443).
            incoming: [{ to: { cidrs: home.apiServer.cidrs }, ports: [6443, 9443] }, { to: { namespace: "monitoring" }, ports: [8080] }, { to: "itself" }],
            outgoing: [{ to: "api-server" }, { to: "itself" }, ...args.looksInto.map(({ namespace, ports }): Door => ({ to: { namespace }, ports }))],
        }, { parent: this });
        this.ready = release(this, name, {
            home,
            chart: "keda",
            namespace: space,
            values: {
                operator: { replicaCount: 2 },
                metricsServer: { replicaCount: 2 },
                webhooks: { replicaCount: 2, failurePolicy: "Fail" },
                podDisruptionBudget: { operator: { minAvailable: 1 }, metricServer: { minAvailable: 1 }, webhooks: { minAvailable: 1 } },
                // It may read Secrets where its triggers are, and nowhere else.
                permissions: { operator: { restrict: { secret: true } } },
                prometheus: { operator: { enabled: true }, metricServer: { enabled: true } },
            },
        });
        this.registerOutputs({});
    }
}
