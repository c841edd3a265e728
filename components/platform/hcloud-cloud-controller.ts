/** Tells Kubernetes what it runs on: addresses, zones and the end of machines of Hetzner Cloud. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName } from "../parts/component";
import { release } from "./chart";
import type { PlatformHome } from "./home";

export interface HcloudCloudControllerArgs {
    readonly home: PlatformHome;
    /** Token of the project; it can read machines and nothing here makes it write. Secret. */
    readonly token: pulumi.Input<string>;
    /** Name of the private network. */
    readonly network: pulumi.Input<string>;
    readonly podCidr: string;
}

export class HcloudCloudController extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: HcloudCloudControllerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:HcloudCloudController", name, {}, opts);
        const secret = new k8s.core.v1.Secret(`${name}-token`, {
            metadata: { name: "hcloud", namespace: "kube-system", labels: { ...common } },
            stringData: pulumi.secret({ token: args.token, network: args.network }),
        }, fixedName(this));
        this.ready = release(this, name, {
            home: args.home,
            chart: "hcloud-cloud-controller-manager",
            namespace: "kube-system",
            // Routes between pods are Cilium's; load balancers are made here, beside the machines.
            values: { kind: "Deployment", replicaCount: 2, networking: { enabled: true, clusterCIDR: args.podCidr }, env: { HCLOUD_NETWORK_ROUTES_ENABLED: { value: "false" }, HCLOUD_LOAD_BALANCERS_ENABLED: { value: "false" } } },
        }, { dependsOn: [secret] });
        this.registerOutputs({});
    }
}
