/**
 * The hetzner blueprint: Talos Linux on machines of Hetzner Cloud, with everything that a platform needs inside.
 *
 *     people → Cloudflare (WAF, cache) → App load balancer → Cilium gateway → web → agent-api → Ollama
 *                                                                              ↓        ↓
 *                              NATS ×3 → worker ↗   upload-pipeline ───→ PgBouncer → Postgres ×3 → bucket
 *     operators → NetBird → private gateway → Grafana, Longhorn, Devtron (authentik asks who it is)
 *
 * docs/blueprints/hetzner.md has the full drawing and says where this parts from the document it comes from.
 */
import type { HetznerConfig } from "../config/hetzner";
import { flowsOf } from "../topology/derive";
import type { GatewayEdge, KubernetesPlace, Party, PlatformPart, Service, Store, Topology } from "../topology/types";
import { admission, admissionArrows, signatureRegistry } from "./admission";
import { appHealth, migration, sizes, type Size } from "./shared";

/** What the blueprint takes from the configuration. */
export type HetznerChoices = Pick<HetznerConfig, "region" | "machines" | "hostname" | "customerHostnames" | "internalDomain" | "operatorAddresses" | "vpnCidr" | "storageSize" | "mostReplicas" | "refundApprovalThreshold" | "agentOngoingRequests" | "adminEmail" | "userEmail" | "signing">;

export function hetzner(config: HetznerChoices): Topology {
    // Guaranteed: what a pod of ours asks for is what it may use, so nothing on the machine takes it away.
    const size = sizes(100);
    const services = hetznerServices(config, size);
    const stores = hetznerStores(config, size);
    return {
        blueprint: "hetzner",
        namespace: "agent-platform",
        places: [
            cluster(config),
            { name: "egress", kind: "vm", purpose: "passes connections of the workers on to the internet", provider: "hetzner", region: config.region, network: "platform", pools: [{ name: "egress", purpose: "address translation", machine: config.machines.egress, min: 1, max: 1 }] },
            { name: "storage", kind: "managed", purpose: "S3-compatible object storage", provider: "hetzner", region: config.region },
        ],
        networks: [{ name: "platform", provider: "hetzner", cidr: "10.0.0.0/16" }],
        links: [{ between: ["cluster", "storage"], kind: "https" }],
        access: [{
            name: "operators",
            purpose: "CI runners and operators on the VPN",
            place: "cluster",
            ports: [{ port: 6443, protocol: "TCP" }, { port: 50000, protocol: "TCP" }],
            from: [...config.operatorAddresses, config.vpnCidr],
        }],
        edges: [publicGateway(config)],
        services,
        tasks: [migration(config, size)],
        stores,
        platform: platformParts(),
        // Free zones have no managed rules and no limit that counts a minute.
        subscriptions: [{ provider: "cloudflare", item: "plan/pro", count: 1, owner: "TunnelEdge" }],
        parties: [modelRegistry, signatureRegistry(config.signing)],
        flows: flowsOf(
            {
                web: ["agent-api", "upload-pipeline"],
                "agent-api": ["rag-service", "mcp-tools", "postgres", "ollama", "steel-browser"],
                "rag-service": ["postgres"],
                "mcp-tools": ["postgres"],
                "upload-pipeline": ["postgres"],
                worker: ["postgres", "nats"],
                migrate: ["postgres"],
                postgres: ["kubernetes-api", "archive"],
                "cnpg-operator": ["postgres"],
                prometheus: ["agent-api", "rag-service", "upload-pipeline", "mcp-tools"],
                ollama: ["model-registry"],
                "keda-operator": ["postgres"],
                ...admissionArrows,
            },
            [...services, ...stores, ...platformParts()],
        ).concat([
            // How the servers are they tell at a port of its own.
            { from: "prometheus", to: "nats", port: natsMonitor },
        ]),
        objectives: {
            // Document 003: public API P95 below 200 ms, restored in less than 30 minutes.
            p95Seconds: 0.2,
            recoveryMinutes: 30,
            lossMinutes: 60,
            ongoingRequests: [{ service: "agent-api", perReplica: config.agentOngoingRequests, cpuPerRequest: "40m" }],
        },
    };
}

const natsMonitor = 8222;

/** Three control planes and three pools in one private network; traffic between machines goes by WireGuard. */
function cluster({ region, machines }: HetznerChoices): KubernetesPlace {
    return {
        name: "cluster",
        kind: "kubernetes",
        purpose: "Talos Linux",
        provider: "hetzner",
        cluster: "talos",
        region,
        network: "platform",
        encrypted: true,
        controlPlane: { name: "control", purpose: "etcd and the API servers: one may be lost", machine: machines.control, min: 3, max: 3 },
        pools: [
            { name: "app", purpose: "services and the gateway", machine: machines.app, min: 3, max: 3 },
            { name: "ai", purpose: "models and browsers", machine: machines.ai, min: 2, max: 2 },
            { name: "db", purpose: "databases on local NVMe", machine: machines.db, min: 3, max: 3 },
        ],
    };
}

/** `app.example.com` and the names of customers, by SNI; the certificates are cert-manager's. */
function publicGateway({ hostname, customerHostnames }: HetznerChoices): GatewayEdge {
    return {
        name: "public",
        kind: "gateway",
        enters: "web",
        address: `https://${hostname}`,
        hostnames: customerHostnames,
        // Signed webhooks of others: the agent acts on them.
        routes: [{ path: "/webhooks", to: "agent-api" }],
        gatewayClass: "cilium",
        issuer: "letsencrypt-prod",
        provider: "hetzner",
        // Cilium's Envoy runs on machines of the private network; which pods it may reach is Cilium's own policy's matter.
        sources: [{ cidr: "10.0.0.0/16" }],
    };
}

/** Where Ollama gets models from. */
const modelRegistry: Party = { name: "model-registry", purpose: "models for Ollama", ports: [{ port: 443, protocol: "TCP" }], speaks: "tls", hosts: ["registry.ollama.ai"] };

function hetznerServices(config: HetznerChoices, size: Size): Service[] {
    const guaranteed = (cpu: string, memory: string) => size([cpu, memory], [cpu, memory]);
    const app = { image: "app", scratch: "256Mi", priority: "serving", graceSeconds: 30, pool: "app" } as const;
    const upTo = (min: number) => ({ min, max: Math.max(min, config.mostReplicas) });
    const busy = { scaling: [{ kind: "cpu", percent: 70 }, { kind: "memory", percent: 80 }] } as const;
    return [
        {
            ...app,
            name: "web",
            owner: "AgentCluster",
            purpose: "React front on NGINX",
            image: "web",
            port: 8080,
            replicas: { min: 3, max: 3 },
            resources: guaranteed("250m", "128Mi"),
            health: { port: 8080, startup: { path: "/health", periodSeconds: 1, failureThreshold: 60 }, readiness: { path: "/", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: { AGENT_URL: "http://agent-api:8002", UPLOAD_URL: "http://upload-pipeline:8000" },
            secrets: {},
            scratch: "512Mi",
        },
        {
            ...app,
            name: "agent-api",
            owner: "AgentCluster",
            purpose: "LangGraph orchestrator, sign-in, approvals",
            port: 8002,
            replicas: upTo(3),
            resources: guaranteed("500m", "1Gi"),
            health: appHealth(8002),
            settings: { ROLE: "agent", RAG_SERVICE_URL: "http://rag-service:8001", MCP_URL: "http://mcp-tools:8003/mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/session-url", JWT_SECRET: "session/key" },
            graceSeconds: 60,
        },
        {
            ...app,
            name: "mcp-tools",
            owner: "AgentCluster",
            purpose: "MCP tools: orders, refunds, tickets",
            port: 8003,
            replicas: { min: 3, max: 3 },
            resources: guaranteed("250m", "512Mi"),
            health: appHealth(8003),
            settings: { ROLE: "mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            ...busy,
            name: "rag-service",
            owner: "RagService",
            purpose: "retrieval: BM25 and vectors",
            port: 8001,
            replicas: upTo(3),
            resources: guaranteed("500m", "1Gi"),
            health: appHealth(8001),
            settings: { ROLE: "rag" },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            ...busy,
            name: "upload-pipeline",
            owner: "UploadPipeline",
            purpose: "uploads, documents, progress",
            port: 8000,
            replicas: upTo(3),
            resources: guaranteed("250m", "512Mi"),
            health: appHealth(8000),
            settings: { ROLE: "upload" },
            secrets: { DATABASE_URL: "database/session-url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            name: "worker",
            owner: "UploadPipeline",
            purpose: "parses, chunks and embeds documents",
            replicas: upTo(2),
            // By what waits, and more of them while people are at work.
            scaling: [
                { kind: "queue", queue: "postgres", perReplica: 5 },
                { kind: "cron", timezone: "Europe/Berlin", start: "0 7 * * 1-5", end: "0 19 * * 1-5", replicas: 3 },
            ],
            resources: guaranteed("500m", "2Gi"),
            health: appHealth(8004),
            settings: { ROLE: "worker", QUEUE_DRIVER: "nats" },
            secrets: { DATABASE_URL: "database/session-url", NATS_URL: "nats/url" },
            scratch: "1Gi",
            priority: "background",
            graceSeconds: 60,
        },
    ];
}

function hetznerStores(config: HetznerChoices, size: Size): Store[] {
    const guaranteed = (cpu: string, memory: string) => size([cpu, memory], [cpu, memory]);
    return [
        {
            name: "postgres",
            owner: "RagService",
            purpose: "PostgreSQL with pgvector: a primary and two standbys, PgBouncer before them",
            engine: "postgres",
            form: "cloudnativepg",
            image: "cloudnative-pg",
            port: 5432,
            database: "agents_db",
            user: "agents_user",
            size: config.storageSize,
            replicas: 3,
            pooler: { replicas: 2, mode: "transaction", port: 5432 },
            peers: [5432, 8000],
            tls: true,
            archive: "archive",
            resources: guaranteed("2000m", "8Gi"),
            graceSeconds: 60,
            pool: "db",
        },
        {
            name: "nats",
            owner: "UploadPipeline",
            purpose: "JetStream: work that waits",
            engine: "queue",
            form: "nats",
            image: "nats",
            port: 4222,
            monitor: natsMonitor,
            peers: [6222],
            replicas: 3,
            size: "10Gi",
            resources: guaranteed("500m", "512Mi"),
            graceSeconds: 60,
            pool: "app",
        },
        { name: "archive", owner: "RagService", purpose: "base backups and the write-ahead log", engine: "objects", form: "s3", place: "storage", port: 443, size: "200Gi", tls: true, versioning: true, lockDays: 30 },
    ];
}

/** What others made and what our services talk to; the rest of the platform talks to itself (components/platform). */
function platformParts(): PlatformPart[] {
    const part = (name: string, purpose: string, namespace: string, labels: Readonly<Record<string, string>>, more: Partial<PlatformPart> = {}): PlatformPart => ({ name, owner: "AgentCluster", purpose, namespace, labels, ...more });
    return [
        part("cnpg-operator", "runs Postgres", "cnpg-system", { "app.kubernetes.io/name": "cloudnative-pg" }),
        part("keda-operator", "starts workers by queue depth", "keda", { app: "keda-operator" }),
        part("prometheus", "measures", "monitoring", { "app.kubernetes.io/name": "prometheus" }),
        part("ollama", "language models on our own machines", "ollama", { "app.kubernetes.io/name": "ollama" }, { port: 11434, reserves: { cpu: "16", memory: "48Gi" } }),
        part("steel-browser", "a browser for agents", "steel-browser", { "app.kubernetes.io/name": "steel-browser" }, { port: 3000, reserves: { cpu: "4", memory: "8Gi" } }),
        admission,
        { name: "kubernetes-api", owner: "AgentCluster", purpose: "API server", namespace: "default", port: 6443, tls: true },
    ];
}
