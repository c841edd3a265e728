/** When the things that lead traffic to pods can do so. */
import type { V1EndpointSlice, V1Ingress, V1Service } from "@kubernetes/client-node";
import type { ClusterAccess } from "../cluster";
import type { KubeObject } from "../objects";
import { ready, waiting, type Progress } from "./progress";

export async function checkService(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const service = live as unknown as V1Service;
    const { type, selector } = service.spec ?? {};
    if (type === "ExternalName") return ready;
    if (type === "LoadBalancer" && !service.status?.loadBalancer?.ingress?.length) return waiting("waiting for the load balancer to get an address");
    if (Object.keys(selector ?? {}).length === 0) return ready;
    const slices = (await cluster.list("discovery.k8s.io/v1", "EndpointSlice", live.metadata.namespace, { labelSelector: `kubernetes.io/service-name=${live.metadata.name}` })) as unknown as V1EndpointSlice[];
    const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
    if (endpoints.some((endpoint) => endpoint.conditions?.ready !== false)) return ready;
    return waiting(endpoints.length === 0 ? "Service does not target any pods: its selector matches none that has an address" : `none of the ${endpoints.length} pods behind the Service is ready`);
}

export async function checkIngress(live: KubeObject): Promise<Progress> {
    const ingress = live as unknown as V1Ingress;
    return ingress.status?.loadBalancer?.ingress?.length ? ready : waiting("waiting for the Ingress to get an address");
}
