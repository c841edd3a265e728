/** The portable blueprint in a Kubernetes that is there already: nothing but its objects is created. */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AgentCluster } from "../components/agent-cluster";
import { kubernetesWays } from "../components/agent-cluster/in-kubernetes";
import { RagService } from "../components/rag-service";
import { TunnelEdge } from "../components/tunnel-edge";
import { UploadPipeline } from "../components/upload-pipeline";
import type { PortableConfig } from "../config/portable";
import { autoscalingOf, shareOf, type Share } from "../topology/derive";
import { networkPoliciesOf } from "../topology/network-policies";
import type { Topology } from "../topology/types";
import type { Deployed } from ".";
import { secretBundles, sessionKeys } from "./app-settings";
import { installKubeRay } from "./kuberay";

export function deployPortable(config: PortableConfig, topology: Topology): Deployed {
    const providers = {
        kubernetes: new kubernetes.Provider("kubernetes", { ...config.cluster, ...kubernetesWays }),
        random: new random.Provider("random"),
    };
    const cluster = new AgentCluster("agents", {
        platform: { kind: "existing" },
        namespace: topology.namespace,
        share: shareOf(topology, "AgentCluster"),
        images: config.images,
        policies: networkPoliciesOf(topology),
        autoscaling: (service) => autoscalingOf(topology, service),
        secrets: secretBundles(config),
        sessionKeys: sessionKeys(config),
        storageClass: config.storageClass,
        protect: config.protectData,
        ...(config.ephemeral === undefined ? {} : { lifetime: { ...config.ephemeral, apiServer: config.apiServer } }),
    }, { providers });
    const { home } = cluster;
    const operators = config.installKubeRay === true ? installKubeRay(topology, config.protectData, providers) : [];
    const rag = new RagService("rag", { form: { kind: "statefulset" }, home, share: shareOf(topology, "RagService") }, { providers, dependsOn: operators });
    const upload = new UploadPipeline("upload", { form: { kind: "in-cluster" }, home, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });
    cluster.serve({ secrets: rag.database.secrets, after: [rag.database.ready, ...upload.built.addresses] });
    const edges = shareOf(topology, "TunnelEdge");
    const only = (wanted: (name: string) => boolean): Share => ({ ...edges, services: edges.services.filter(({ name }) => wanted(name)) });
    const node = topology.edges.find((edge) => edge.kind === "tailnet");
    if (config.tunnel !== undefined) {
        new TunnelEdge("edge", { form: { kind: "cloudflared", token: pulumi.secret(config.tunnel.token) }, home, share: only((name) => name !== node?.node) }, { providers });
    }
    if (config.tailnet === undefined || node === undefined) return { namespace: home.namespace, passwords: cluster.passwords };
    // Loaded only where it is used.
    const { tailscale } = require("./tailscale") as typeof import("./tailscale");
    const front = topology.services.find(({ name }) => name === node.enters)!;
    const { built } = new TunnelEdge("tailnet", { form: { kind: "tailnet-node", edge: node, front: `http://${front.name}:${front.port}` }, home, share: only((name) => name === node.node) }, { providers: { ...providers, tailscale: tailscale(config.tailnet) } });
    return { namespace: home.namespace, passwords: cluster.passwords, facts: { tailnet: built.address } };
}
