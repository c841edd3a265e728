/**
 * The portable blueprint: any Kubernetes, Postgres only, no load balancer, people come in through a Cloudflare tunnel.
 *
 *     people → Cloudflare ← cloudflared → web → agent-api → rag-service → postgres
 *                                          ↘ upload-pipeline → postgres ← worker
 *
 * With `inference: ray`, rag-service and worker have vectors made by a RayService (document 004). With `tailnetDomain`,
 * people reach web by a node in a tailnet too.
 *
 * docs/blueprints/portable.md has the full drawing and says where this parts from the document it comes from.
 */
import type { PortableConfig } from "../config/portable";
import { flowsOf } from "../topology/derive";
import type { PlatformPart, Service, Store, Topology } from "../topology/types";
import { askInference, askNobody, inferenceArrows, inferenceFlows, inferenceService, kubeRay } from "./inference";
import { appHealth, cloudflare, connector, localPort, migration, sizes, type Size } from "./shared";
import { tailnet, tailnetEdge, tailnetNode } from "./tailnet";

/** What the blueprint takes from the configuration. */
export type PortableChoices = Omit<PortableConfig, "blueprint" | "cluster" | "images" | "storageClass" | "protectData">;

export function portable(config: PortableChoices): Topology {
    const size = sizes(config.reservedPercent);
    const namespace = config.ephemeral === undefined ? "agent-platform" : `agent-platform-${config.ephemeral.name}`;
    const inTailnet = config.tailnet === undefined ? [] : [tailnetEdge(namespace, config.tailnet.domain, config.ephemeral === undefined ? "tag:agent-platform" : "tag:preview")];
    const services = [
        ...portableServices(config, size),
        ...(config.inference === "ray" ? [inferenceService(size)] : []),
        ...(config.tunnel === undefined ? [] : [connector(size)]),
        ...inTailnet.map((edge) => tailnetNode(edge, size)),
    ];
    const stores = [database(config, size)];
    const platform = config.inference === "ray" ? [kubeRay, apiServer(config)] : [];
    const asked = config.inference === "ray" ? ["inference"] : [];
    return {
        blueprint: "portable",
        namespace,
        places: [{ name: "cluster", kind: "kubernetes", purpose: "any Kubernetes", provider: "any", cluster: "existing", pools: [] }],
        networks: [],
        links: [],
        access: [],
        edges: [config.tunnel === undefined ? localPort : { name: "tunnel", kind: "tunnel", enters: "web", address: `https://${config.tunnel.hostname}` }, ...inTailnet],
        services,
        tasks: [migration(config, size)],
        stores,
        platform,
        subscriptions: [],
        parties: [...(config.tunnel === undefined ? [] : [cloudflare]), ...inTailnet.map(() => tailnet)],
        flows: [...flowsOf(
            {
                ...(config.tunnel === undefined ? {} : { cloudflared: ["web", "cloudflare"] }),
                ...Object.fromEntries(inTailnet.map(({ node, enters }) => [node, [enters, tailnet.name]])),
                web: ["agent-api", "upload-pipeline"],
                "agent-api": ["rag-service", "mcp-tools", "postgres"],
                "rag-service": ["postgres", ...asked],
                "mcp-tools": ["postgres"],
                "upload-pipeline": ["postgres"],
                worker: ["postgres", ...asked],
                migrate: ["postgres"],
                ...(config.inference === "ray" ? inferenceArrows : {}),
            },
            [...services, ...stores, ...platform],
        ), ...(config.inference === "ray" ? inferenceFlows : [])],
        // Measured: a turn takes 0.12 s of the agent's CPU. An answer may take 3 s (document 001), so one in hand takes 40m.
        objectives: { ongoingRequests: [{ service: "agent-api", perReplica: config.agentOngoingRequests, cpuPerRequest: "40m" }] },
    };
}

function portableServices(config: PortableChoices, size: Size): Service[] {
    const fixed = (count: number) => ({ min: count, max: count });
    const app = { image: "app", scratch: "256Mi", priority: "serving", graceSeconds: 30 } as const;
    const { vectors, scans } = config.inference === "ray" ? askInference : askNobody;
    return [
        {
            name: "web",
            owner: "AgentCluster",
            purpose: "React front on NGINX",
            image: "web",
            port: 8080,
            replicas: fixed(config.ephemeral === undefined ? 2 : 1),
            resources: size(["50m", "64Mi"], ["250m", "128Mi"]),
            health: { port: 8080, startup: { path: "/health", periodSeconds: 1, failureThreshold: 60 }, readiness: { path: "/", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: { AGENT_URL: "http://agent-api:8002", UPLOAD_URL: "http://upload-pipeline:8000" },
            secrets: {},
            // NGINX buffers uploads in /tmp before it passes them on.
            scratch: "512Mi",
            priority: "serving",
            graceSeconds: 30,
        },
        {
            ...app,
            name: "agent-api",
            owner: "AgentCluster",
            purpose: "LangGraph agent, sign-in, approvals",
            port: 8002,
            replicas: { min: config.agentMinReplicas, max: config.agentMaxReplicas },
            resources: size(["250m", "512Mi"], ["500m", "1Gi"]),
            health: appHealth(8002),
            settings: { ROLE: "agent", RAG_SERVICE_URL: "http://rag-service:8001", MCP_URL: "http://mcp-tools:8003/mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
            // A streamed answer may take this long.
            graceSeconds: 60,
        },
        {
            ...app,
            name: "mcp-tools",
            owner: "AgentCluster",
            purpose: "MCP tools: orders, refunds, tickets",
            port: 8003,
            replicas: fixed(config.serviceReplicas),
            resources: size(["100m", "256Mi"], ["500m", "512Mi"]),
            health: appHealth(8003),
            settings: { ROLE: "mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            name: "rag-service",
            owner: "RagService",
            purpose: "retrieval: BM25 and vectors",
            port: 8001,
            replicas: fixed(config.serviceReplicas),
            resources: size(["500m", "1Gi"], ["1000m", "2Gi"]),
            health: appHealth(8001),
            settings: { ROLE: "rag", ...vectors.settings },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key", ...vectors.secrets },
        },
        {
            ...app,
            name: "upload-pipeline",
            owner: "UploadPipeline",
            purpose: "uploads, documents, progress",
            port: 8000,
            replicas: fixed(config.serviceReplicas),
            resources: size(["250m", "512Mi"], ["500m", "1Gi"]),
            health: appHealth(8000),
            settings: { ROLE: "upload" },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            name: "worker",
            owner: "UploadPipeline",
            purpose: "parses, chunks and embeds documents",
            replicas: fixed(config.serviceReplicas),
            resources: size(["250m", "512Mi"], ["1000m", "2Gi"]),
            health: appHealth(8004),
            settings: { ROLE: "worker", ...vectors.settings },
            secrets: { DATABASE_URL: "database/url", ...vectors.secrets, ...scans.secrets },
            scratch: "1Gi",
            priority: "background",
            // It gives its document back to the queue when it is stopped.
            graceSeconds: 60,
        },
    ];
}

/** Ray's autoscaler adds and removes workers there; nothing else talks to it. */
function apiServer({ apiServer: at }: PortableChoices): PlatformPart {
    return { name: "kubernetes-api", owner: "AgentCluster", purpose: "API server", namespace: "default", cidr: at!.cidr, port: at!.port, tls: true };
}

/** The only store: users, conversations, approvals, documents, vectors, files and the queue. */
function database(config: PortableChoices, size: Size): Store {
    return {
        name: "postgres",
        owner: "RagService",
        purpose: "PostgreSQL with pgvector",
        engine: "postgres",
        form: "statefulset",
        image: "postgres",
        port: 5432,
        database: "agents_db",
        user: "agents_user",
        size: config.storageSize,
        resources: size(["250m", "512Mi"], ["1000m", "1Gi"]),
        graceSeconds: 60,
    };
}
