/** KubeRay, for stacks whose cluster does not have it already. */
import type * as pulumi from "@pulumi/pulumi";
import type { KubeRay as KubeRayComponent } from "../components/platform/kuberay";
import type { Topology } from "../topology/types";

/** Installs it where the topology has a RayService; what comes back has to be there before the RayService, and goes after it. */
export function installKubeRay(topology: Topology, protect: boolean, providers: Record<string, pulumi.ProviderResource>): KubeRayComponent[] {
    const apiServer = topology.platform.find(({ name }) => name === "kubernetes-api");
    if (apiServer?.cidr === undefined || apiServer.port === undefined || !topology.services.some(({ form }) => form === "ray-service")) return [];
    // Loaded only here: other stacks know nothing of charts.
    const { KubeRay } = require("../components/platform/kuberay") as typeof import("../components/platform/kuberay");
    return [new KubeRay("kuberay", { home: { apiServer: { cidrs: [apiServer.cidr], ports: [apiServer.port] }, protect }, manages: [topology.namespace] }, { providers })];
}
