/** The managed-gcp blueprint: everything of it is made, in one project of Google Cloud. */
import * as gcp from "@pulumi/gcp/provider";
import * as random from "@pulumi/random";
import { AgentCluster } from "../components/agent-cluster";
import { RagService } from "../components/rag-service";
import { TunnelEdge } from "../components/tunnel-edge";
import { UploadPipeline } from "../components/upload-pipeline";
import type { ManagedGcpConfig } from "../config/managed-gcp";
import { shareOf } from "../topology/derive";
import { gcpFirewallsOf } from "../topology/firewalls";
import type { LoadBalancedEdge, Topology } from "../topology/types";
import type { Deployed } from ".";
import { secretSettings, sessionKeys } from "./app-settings";

export function deployManagedGcp(config: ManagedGcpConfig, topology: Topology): Deployed {
    const providers = {
        gcp: new gcp.Provider("gcp", { project: config.project, region: config.region, defaultLabels: { "managed-by": "pulumi" } }),
        random: new random.Provider("random"),
    };
    const cluster = new AgentCluster("agents", {
        platform: { kind: "compute-group", project: config.project, region: config.region, zones: config.zones, alertEmail: config.alertEmail },
        topology,
        images: config.images,
        firewalls: gcpFirewallsOf(topology),
        sessionKeys: sessionKeys(config),
        protect: config.protectData,
    }, { providers });
    const { home } = cluster;
    const rag = new RagService("rag", { form: { kind: "cloud-sql", main: "main", vector: "vector" }, home, share: shareOf(topology, "RagService") }, { providers });
    const upload = new UploadPipeline("upload", { form: { kind: "google", customerKey: config.customerKey }, home, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });
    const managed = topology.places.find((place) => place.name === "managed")!.subnet!;
    cluster.serve({
        secrets: { ...secretSettings(config), ...rag.database.secrets, ...upload.built.secrets },
        stores: topology.stores.filter((store) => store.engine !== "objects").map(({ port }) => port).filter((port, index, all) => all.indexOf(port) === index).map((port) => ({ range: managed, port })),
        after: [...rag.database.ready, ...upload.built.ready],
    });
    const edge = new TunnelEdge("edge", { form: { kind: "google-load-balancer", edge: topology.edges[0] as LoadBalancedEdge, hostnames: [config.hostname] }, home }, { providers });
    return { namespace: topology.namespace, passwords: cluster.passwords, facts: { loadBalancer: edge.built.address, bucket: upload.built.bucket } };
}
