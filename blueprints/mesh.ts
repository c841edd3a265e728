/**
 * The mesh blueprint: one machine at Oracle is backend and gateway; Cloud Run, Fly.io, Modal and Neon are joined to it.
 *
 *     people → Cloudflare ← cloudflared → web → agent-api, upload-pipeline        gateway (Oracle)
 *                                                  │ tailnet        │ network
 *                                          rag-service (Cloud Run)  redis, files (Oracle)
 *                                          worker (Fly.io) → ocr (Modal)
 *                                                  │ tunnel
 *                                               neon (Postgres)
 *
 * Links in this order: internal, Tailscale, tunnel, HTTPS. docs/blueprints/mesh.md has the full drawing and says where this
 * parts from the document it comes from.
 */
import type { MeshConfig } from "../config/mesh";
import { flowsOf } from "../topology/derive";
import type { Party, Service, Store, Topology } from "../topology/types";
import { appHealth, cloudflare, connector, migration, sizes, type Size } from "./shared";

/** What the blueprint takes from the configuration. */
export type MeshChoices = Pick<MeshConfig, "hostname" | "customerHostnames" | "ociRegion" | "gcpRegion" | "neonRegion" | "flyRegion" | "gatewayMachine" | "chunkers" | "readersMax" | "redisGigabytes" | "rateLimitPerMinute" | "refundApprovalThreshold" | "agentOngoingRequests" | "adminEmail" | "userEmail">;

export function mesh(config: MeshChoices): Topology {
    const size = sizes(100);
    const services = meshServices(config, size);
    const stores = meshStores(config);
    return {
        blueprint: "mesh",
        namespace: "agent-platform",
        networks: [{ name: "agent-platform", provider: "oci", cidr: "10.20.0.0/16" }],
        places: [
            { name: "gateway", kind: "vm", purpose: "backend, and the only gateway of its network", provider: "oci", region: config.ociRegion, network: "agent-platform", subnet: "10.20.0.0/24", gateway: true, pools: [{ name: "gateway", purpose: "backend and gateway", machine: config.gatewayMachine, min: 1, max: 1, disk: "100Gi" }] },
            { name: "data", kind: "managed", purpose: "stores that Oracle runs", provider: "oci", region: config.ociRegion, network: "agent-platform", subnet: "10.20.1.0/24" },
            { name: "models", kind: "cloud-run", purpose: "search, beside Vertex AI", provider: "gcp", region: config.gcpRegion },
            { name: "chunking", kind: "fly", purpose: "documents become passages", provider: "fly", region: config.flyRegion },
            { name: "reading", kind: "modal", purpose: "scans become text, on GPUs", provider: "modal" },
            { name: "neon", kind: "managed", purpose: "Postgres that Neon runs", provider: "neon", region: config.neonRegion },
        ],
        links: [
            { between: ["gateway", "models"], kind: "tailscale" },
            { between: ["gateway", "chunking"], kind: "tailscale" },
            { between: ["gateway", "reading"], kind: "tailscale" },
            { between: ["chunking", "reading"], kind: "tailscale" },
            { between: ["models", "neon"], kind: "tunnel" },
            { between: ["chunking", "neon"], kind: "tunnel" },
            // The tunnel to Neon begins here: Neon lets this address in and no other.
            { between: ["gateway", "neon"], kind: "https" },
        ],
        access: [],
        edges: [{ name: "tunnel", kind: "tunnel", enters: "web", address: `https://${config.hostname}`, rateLimit: { requests: config.rateLimitPerMinute, seconds: 60 }, ...(config.customerHostnames.length === 0 ? {} : { hostnames: config.customerHostnames }) }],
        services,
        tasks: [migration(config, size)],
        stores,
        platform: [{ name: "export", owner: "UploadPipeline", purpose: "every night all data and documents go to the bucket", namespace: "agent-platform", place: "gateway" }],
        subscriptions: [{ provider: "cloudflare", item: "plan/pro", count: 1, owner: "TunnelEdge" }, { provider: "neon", item: "plan/launch", count: 1, owner: "RagService" }],
        parties: [cloudflare, vertex],
        flows: flowsOf(
            {
                cloudflared: ["web", "cloudflare", "postgres"],
                web: ["agent-api", "upload-pipeline"],
                "agent-api": ["rag-service", "mcp-tools", "postgres"],
                "mcp-tools": ["postgres"],
                "upload-pipeline": ["postgres"],
                "rag-service": ["postgres", "vertex"],
                worker: ["postgres", "redis", "ocr"],
                migrate: ["postgres"],
                export: ["postgres", "files"],
            },
            [...services, ...stores],
        ),
        objectives: { ongoingRequests: [{ service: "agent-api", perReplica: config.agentOngoingRequests, cpuPerRequest: "40m" }], encryptedShare: 0.9 },
    };
}

const vertex: Party = { name: "vertex", purpose: "Vertex AI: language models", ports: [{ port: 443, protocol: "TCP" }], speaks: "tls", hosts: ["aiplatform.googleapis.com"] };

function meshServices(config: MeshChoices, size: Size): Service[] {
    const once = { min: 1, max: 1 };
    const app = { image: "app", replicas: once, scratch: "256Mi", priority: "serving", graceSeconds: 30 } as const;
    return [
        { ...connector(size), replicas: once },
        {
            name: "web", owner: "AgentCluster", purpose: "React front on NGINX", image: "web", port: 8080, replicas: once, resources: size(["50m", "64Mi"], ["250m", "128Mi"]),
            health: { port: 8080, startup: { path: "/health", periodSeconds: 1, failureThreshold: 60 }, readiness: { path: "/", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: { AGENT_URL: "http://agent-api:8002", UPLOAD_URL: "http://upload-pipeline:8000", CALLER: "cloudflare" }, secrets: {}, scratch: "512Mi", priority: "serving", graceSeconds: 30,
        },
        {
            ...app, name: "agent-api", owner: "AgentCluster", purpose: "LangGraph agent, sign-in, approvals", port: 8002, resources: size(["500m", "512Mi"], ["1000m", "2Gi"]), health: appHealth(8002),
            settings: { ROLE: "agent", RAG_SERVICE_URL: "http://rag-service:8001", MCP_URL: "http://mcp-tools:8003/mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" }, graceSeconds: 60,
        },
        {
            ...app, name: "mcp-tools", owner: "AgentCluster", purpose: "MCP tools: orders, refunds, tickets", port: 8003, resources: size(["100m", "256Mi"], ["500m", "512Mi"]), health: appHealth(8003),
            settings: { ROLE: "mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) }, secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "upload-pipeline", owner: "UploadPipeline", purpose: "uploads, documents, progress", port: 8000, resources: size(["250m", "512Mi"], ["500m", "1Gi"]), health: appHealth(8000),
            settings: { ROLE: "upload" }, secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "rag-service", owner: "RagService", purpose: "retrieval: BM25 and vectors", place: "models", port: 8001, replicas: { min: 1, max: 4 }, resources: size(["1000m", "1Gi"], ["1000m", "2Gi"]), health: appHealth(8001),
            settings: { ROLE: "rag" }, secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "worker", owner: "UploadPipeline", purpose: "parses, chunks and embeds documents", place: "chunking", replicas: { min: config.chunkers, max: config.chunkers }, resources: size(["1000m", "1Gi"], ["2000m", "2Gi"]), health: appHealth(8004),
            settings: { ROLE: "worker", QUEUE_DRIVER: "redis" }, secrets: { DATABASE_URL: "database/url", REDIS_URL: "redis/url", PARSERS: "parse/parsers" }, scratch: "1Gi", priority: "background", graceSeconds: 60,
        },
        {
            // Modal builds an image of its own for it; see components/upload-pipeline/mesh.
            ...app, name: "ocr", owner: "UploadPipeline", purpose: "DeepSeek OCR: scans become text", place: "reading", port: 8090, replicas: { min: 0, max: config.readersMax }, gpu: { kind: "L4", count: 1 }, resources: size(["2000m", "16Gi"], ["2000m", "16Gi"]),
            health: { port: 8090, startup: { path: "/health", periodSeconds: 5, failureThreshold: 120 }, readiness: { path: "/health", periodSeconds: 10 } },
            settings: {}, secrets: { OCR_API_KEY: "parse/key" }, hours: 40, priority: "background",
        },
    ];
}

function meshStores(config: MeshChoices): Store[] {
    return [
        { name: "postgres", owner: "RagService", purpose: "Neon: chat history and all other data", engine: "postgres", form: "neon", place: "neon", port: 5432, tls: true, database: "agents_db", user: "agents_user", version: "17", machine: "2 CU", highAvailability: false, size: "10Gi" },
        { name: "redis", owner: "UploadPipeline", purpose: "OCI Cache: queue (Redis Streams)", engine: "redis", form: "oci-cache", place: "data", port: 6379, tls: true, size: `${config.redisGigabytes}Gi`, highAvailability: true, nodes: 3 },
        { name: "files", owner: "UploadPipeline", purpose: "Object Storage: nightly exports of all data and documents", engine: "objects", form: "oci-bucket", place: "data", port: 443, tls: true, size: "100Gi", versioning: true },
    ];
}
