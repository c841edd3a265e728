/** The mesh blueprint: one machine at Oracle, and what is joined to it at Google, Fly.io, Modal, Neon, Cloudflare and Tailscale. */
import * as cloudflareProvider from "@pulumi/cloudflare/provider";
import * as gcp from "@pulumi/gcp/provider";
import * as oci from "@pulumi/oci/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AgentCluster } from "../components/agent-cluster";
import { RagService } from "../components/rag-service";
import { TunnelEdge } from "../components/tunnel-edge";
import { UploadPipeline } from "../components/upload-pipeline";
import type { MeshConfig } from "../config/mesh";
import * as fly from "../toolchain/plugins/fly/sdk";
import * as modal from "../toolchain/plugins/modal/sdk";
import * as neon from "../toolchain/plugins/neon/sdk";
import { shareOf } from "../topology/derive";
import { ociSecurityListsOf } from "../topology/firewalls";
import { tailnetPolicyOf } from "../topology/tailnet";
import type { Topology, TunnelledEdge } from "../topology/types";
import type { Deployed } from ".";
import { secretSettings, sessionKeys } from "./app-settings";
import { tailscale } from "./tailscale";

export function deployMesh(config: MeshConfig, topology: Topology): Deployed {
    const given = <K extends string>(values: Readonly<Record<K, string | undefined>>) => Object.fromEntries(Object.entries<string | undefined>(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, pulumi.secret(value)]])));
    const providers = {
        cloudflare: new cloudflareProvider.Provider("cloudflare", given({ apiToken: config.cloudflareToken })),
        fly: new fly.Provider("fly", given({ token: config.flyToken })),
        gcp: new gcp.Provider("gcp", { project: config.gcpProject, region: config.gcpRegion, defaultLabels: { "managed-by": "pulumi" } }),
        modal: new modal.Provider("modal", given({ tokenId: config.modalTokenId, tokenSecret: config.modalTokenSecret })),
        neon: new neon.Provider("neon", given({ apiKey: config.neonApiKey })),
        oci: new oci.Provider("oci", { region: config.ociRegion }),
        random: new random.Provider("random"),
        tailscale: tailscale(config, config.tailnet),
    };
    const prefix = topology.namespace;
    const protect = config.protectData;
    const cluster = new AgentCluster("agents", {
        platform: { kind: "oci-gateway", tenancy: config.ociTenancy, compartment: config.ociCompartment, availabilityDomain: config.ociAvailabilityDomain, image: config.ociGatewayImage },
        topology, images: config.images, securityLists: ociSecurityListsOf(topology), sessionKeys: sessionKeys(config), protect,
    }, { providers });
    const { home } = cluster;
    const rag = new RagService("rag", { form: { kind: "neon", region: config.neonRegion, organization: config.neonOrganization, project: config.gcpProject, cloudRunRegion: config.gcpRegion }, home, share: shareOf(topology, "RagService") }, { providers });
    const { database } = rag;
    const upload = new UploadPipeline("upload", {
        form: { kind: "mesh", objectNamespace: config.ociObjectNamespace, fly: { organization: config.flyOrganization, region: config.flyRegion }, modal: { environment: config.modalEnvironment } },
        home, share: shareOf(topology, "UploadPipeline"), database,
    }, { providers });
    const edge = topology.edges[0] as TunnelledEdge;
    const front = topology.services.find((service) => service.name === edge.enters)!;
    const callers = ["rag-service", "worker"] as const;
    const tunnel = new TunnelEdge("edge", {
        form: { kind: "cloudflare", accountId: config.cloudflareAccount, zoneId: config.cloudflareZoneId, zoneName: config.cloudflareZone, edge, front: `http://${front.name}:${front.port}`, database: { hostname: config.databaseHostname, address: database.address, callers } },
        prefix, protect,
    }, { providers });
    const tailnet = new TunnelEdge("tailnet", {
        // Google vouches for its service account; the others have no such voucher that Tailscale takes.
        form: { kind: "tailnet", policy: tailnetPolicyOf(topology), federated: { "tag:rag-service": { issuer: "https://accounts.google.com", subject: database.searchAccount } } },
        prefix, protect,
    }, { providers });
    const { keys, clients } = tailnet.built;
    const { databaseHostname } = config;
    database.search({ databaseHostname, serviceToken: tunnel.built.serviceTokens["rag-service"]!, tailnet: { identity: "tag:rag-service", ...clients["tag:rag-service"]! } });
    upload.built.work({ databaseHostname, serviceToken: tunnel.built.serviceTokens.worker!, keys });
    cluster.serve({ secrets: { ...secretSettings(config), ...database.secrets, ...tunnel.built.secrets, "tailnet/gateway": keys["tag:gateway"]! } });
    return { namespace: prefix, passwords: cluster.passwords, facts: { gateway: home.address, bucket: upload.built.bucket } };
}
