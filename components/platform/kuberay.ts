/** Ray by declaration: KubeRay, which makes Ray clusters of RayServices and watches over them. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { rayPorts } from "../../topology/ray";
import { containerSecurity } from "../parts/pod";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface KubeRayArgs {
    readonly home: PlatformHome;
    /** Namespaces with RayServices. */
    readonly manages: readonly string[];
}

export class KubeRay extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: KubeRayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:KubeRay", name, {}, opts);
        const { home, manages } = args;
        const space = new PlatformNamespace("kuberay", {
            home,
            level: "restricted",
            incoming: [{ to: { namespace: "monitoring" }, ports: [8080] }],
            // It gives each head its applications, and asks the door of Ray Serve whether they answer.
            outgoing: [{ to: "api-server" }, ...manages.map((namespace): Door => ({ to: { namespace }, ports: [rayPorts.dashboard, rayPorts.serve] }))],
        }, { parent: this });
        this.ready = release(this, name, {
            home,
            chart: "kuberay-operator",
            namespace: space,
            values: {
                replicas: 1,
                leaderElectionEnabled: true,
                // It sees the namespaces that it manages, and nothing of the others.
                watchNamespace: [...manages],
                singleNamespaceInstall: false,
                crNamespacedRbacEnable: true,
                podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
                securityContext: containerSecurity,
                resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
            },
        });
        this.registerOutputs({});
    }
}
