/**
 * The managed-gcp blueprint: Google Cloud with a group of instances that run compose, and stores that Google runs.
 *
 *     people → load balancer → nginx ─┬─ web                            each instance
 *                                     ├─ api → rag, plugin_daemon
 *                                     └─ upload       worker → ssrf_proxy → internet
 *              main (Postgres 15) ⇒ vector (Postgres 15, pgvector)   Memorystore   Cloud Storage
 *
 * docs/blueprints/managed-gcp.md has the full drawing and says where this parts from the document it comes from.
 */
import type { ManagedGcpConfig } from "../config/managed-gcp";
import { flowsOf } from "../topology/derive";
import type { LoadBalancedEdge, ManagedPostgres, Party, Service, Store, Topology } from "../topology/types";
import { appHealth, migration, sizes, type Size } from "./shared";

/** What the blueprint takes from the configuration. */
export type ManagedGcpChoices = Pick<ManagedGcpConfig, "region" | "zones" | "hostname" | "instanceMachine" | "instanceMin" | "instanceMax" | "databaseMachine" | "storageSize" | "redisGigabytes" | "rateLimitPerMinute" | "refundApprovalThreshold" | "agentOngoingRequests" | "adminEmail" | "userEmail">;

/** Where Google's load balancers and health checks come from. */
const loadBalancerRanges = ["130.211.0.0/22", "35.191.0.0/16"] as const;
/** Where Identity-Aware Proxy comes from: SSH only for those whom IAM lets through it. */
const iapRange = "35.235.240.0/20";

export function managedGcp(config: ManagedGcpChoices): Topology {
    const size = sizes(100);
    const services = managedGcpServices(config, size);
    const stores = managedGcpStores(config);
    return {
        blueprint: "managed-gcp",
        namespace: "agent-platform",
        networks: [{ name: "agent-platform", provider: "gcp", cidr: "10.10.0.0/16", nat: true }],
        places: [
            {
                name: "instances", kind: "compute-group", purpose: "instances that run compose", provider: "gcp", region: config.region, zones: config.zones.length, network: "agent-platform", subnet: "10.10.0.0/20",
                pools: [{ name: "instances", purpose: "all services, on each", machine: config.instanceMachine, min: config.instanceMin, max: config.instanceMax, disk: "50Gi" }],
            },
            { name: "managed", kind: "managed", purpose: "stores that Google runs", provider: "gcp", region: config.region, zones: 2, network: "agent-platform", subnet: "10.10.64.0/20" },
        ],
        links: [],
        access: [{ name: "ssh", purpose: "SSH through Identity-Aware Proxy", place: "instances", ports: [{ port: 22, protocol: "TCP" }], from: [iapRange] }],
        edges: [edgeOf(config)],
        services,
        tasks: [migration(config, size)],
        stores,
        platform: [],
        subscriptions: [],
        parties: [internet],
        flows: flowsOf(
            {
                nginx: ["web", "api", "upload-pipeline"],
                web: ["api", "upload-pipeline"],
                api: ["rag-service", "plugin-daemon", "main", "ssrf-proxy"],
                "rag-service": ["vector"],
                "plugin-daemon": ["main"],
                "upload-pipeline": ["main"],
                worker: ["main", "redis", "sandbox"],
                migrate: ["main"],
                main: ["vector", "files"],
                "ssrf-proxy": ["internet"],
            },
            [...services, ...stores],
        ),
        objectives: {
            ongoingRequests: [{ service: "api", perReplica: config.agentOngoingRequests, cpuPerRequest: "40m" }],
            // The log is archived all the time, and the standby takes over: minutes, not hours.
            recoveryMinutes: 240, lossMinutes: 60, availability: 0.999, backups: { everyHours: 24, archivesLog: true },
        },
    };
}

/** What tools and models are called through the proxy. */
const internet: Party = { name: "internet", purpose: "APIs of others, through the proxy alone", ports: [{ port: 443, protocol: "TCP" }], speaks: "tls" };

function edgeOf(config: ManagedGcpChoices): LoadBalancedEdge {
    return {
        name: "load-balancer", kind: "load-balancer", provider: "gcp", enters: "nginx", address: `https://${config.hostname}`, healthPath: "/health", affinity: "CLIENT_IP",
        routes: [{ path: "/api/v2/", to: "upload-pipeline" }, { path: "/api/", to: "api" }, { path: "/webhooks/", to: "api" }, { path: "= /chat", to: "api" }],
        rateLimit: { requests: config.rateLimitPerMinute, seconds: 60 },
        sources: loadBalancerRanges.map((cidr) => ({ cidr })),
    };
}

function managedGcpServices(config: ManagedGcpChoices, size: Size): Service[] {
    const once = { min: 1, max: 1 };
    const app = { image: "app", replicas: once, scratch: "256Mi", priority: "serving", graceSeconds: 30 } as const;
    return [
        {
            name: "nginx", owner: "TunnelEdge", purpose: "reverse proxy: routes requests to api and web", image: "nginx", port: 8080, replicas: once, resources: size(["100m", "64Mi"], ["500m", "256Mi"]),
            health: { port: 8080, startup: { path: "/health", periodSeconds: 2, failureThreshold: 60 }, readiness: { path: "/health", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: {}, secrets: {}, scratch: "512Mi", priority: "serving", graceSeconds: 60,
        },
        {
            name: "web", owner: "AgentCluster", purpose: "React front", image: "web", port: 8088, replicas: once, resources: size(["50m", "64Mi"], ["250m", "128Mi"]),
            health: { port: 8088, startup: { path: "/health", periodSeconds: 1, failureThreshold: 60 }, readiness: { path: "/", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: { PORT: "8088", AGENT_URL: "http://api:8002", UPLOAD_URL: "http://upload-pipeline:8000", CALLER: "cloudflare" }, secrets: {}, scratch: "512Mi", priority: "serving", graceSeconds: 30,
        },
        {
            ...app, name: "api", owner: "AgentCluster", purpose: "LangGraph agent, sign-in, approvals", port: 8002, resources: size(["500m", "512Mi"], ["1000m", "2Gi"]), health: appHealth(8002),
            settings: { ROLE: "agent", RAG_SERVICE_URL: "http://rag-service:8001", MCP_URL: "http://plugin-daemon:8003/mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" }, graceSeconds: 60,
        },
        {
            ...app, name: "plugin-daemon", owner: "AgentCluster", purpose: "MCP tools: orders, refunds, tickets", port: 8003, resources: size(["100m", "256Mi"], ["500m", "512Mi"]), health: appHealth(8003),
            settings: { ROLE: "mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) }, secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "rag-service", owner: "RagService", purpose: "retrieval: BM25 and vectors", port: 8001, resources: size(["500m", "1Gi"], ["1000m", "2Gi"]), health: appHealth(8001),
            settings: { ROLE: "rag" }, secrets: { DATABASE_URL: "database-vector/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "upload-pipeline", owner: "UploadPipeline", purpose: "uploads, documents, progress", port: 8000, resources: size(["250m", "512Mi"], ["500m", "1Gi"]), health: appHealth(8000),
            settings: { ROLE: "upload" }, secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app, name: "worker", owner: "UploadPipeline", purpose: "chunks and embeds documents; cannot reach the internet", resources: size(["500m", "1Gi"], ["2000m", "4Gi"]), health: appHealth(8004),
            settings: { ROLE: "worker", QUEUE_DRIVER: "redis", NODE_EXTRA_CA_CERTS: "/run/secrets/agent-platform/redis/ca" }, secrets: { DATABASE_URL: "database/url", REDIS_URL: "redis/url", REDIS_CA: "redis/ca", PARSERS: "parse/parsers" },
            scratch: "1Gi", priority: "background", graceSeconds: 60,
        },
        {
            ...app, name: "sandbox", owner: "UploadPipeline", purpose: "reads files of users: no network but the worker's question, no data, no secrets of others", port: 8005, resources: size(["250m", "512Mi"], ["1000m", "2Gi"]), health: appHealth(8005),
            settings: { ROLE: "parse" }, secrets: { PARSE_API_KEY: "parse/key" }, scratch: "1Gi", priority: "background",
        },
        {
            name: "ssrf-proxy", owner: "TunnelEdge", purpose: "Squid: the only way out, and none to private or metadata addresses", image: "squid", port: 3128, replicas: once, resources: size(["50m", "128Mi"], ["500m", "256Mi"]),
            health: { port: 3128, startup: { periodSeconds: 2, failureThreshold: 60 }, readiness: { periodSeconds: 5 }, liveness: { periodSeconds: 10 } },
            settings: {}, secrets: {}, scratch: "64Mi", priority: "serving", graceSeconds: 30,
        },
    ];
}

function managedGcpStores(config: ManagedGcpChoices): Store[] {
    const postgres = { owner: "RagService", engine: "postgres", form: "cloud-sql", place: "managed", port: 5432, tls: true, database: "agents_db", user: "agents_user", version: "15", machine: config.databaseMachine, highAvailability: true, size: config.storageSize } as const satisfies Partial<ManagedPostgres>;
    return [
        { ...postgres, name: "main", purpose: "PostgreSQL 15: all data" },
        { ...postgres, name: "vector", purpose: "PostgreSQL 15 with pgvector: follows main, answers searches" },
        { name: "redis", owner: "UploadPipeline", purpose: "Memorystore: queue", engine: "redis", form: "memorystore", place: "managed", port: 6378, tls: true, size: `${config.redisGigabytes}Gi`, highAvailability: true, nodes: 2 },
        { name: "files", owner: "UploadPipeline", purpose: "Cloud Storage: nightly exports of all data and documents", engine: "objects", form: "gcs", place: "managed", port: 443, tls: true, size: "100Gi", versioning: true },
    ];
}
