/**
 * The standard blueprint: managed Kubernetes of any provider, people come in through a gateway with a certificate.
 *
 *     people → gateway (TLS) → web (routes, 100 requests a minute) → agent-api-service → rag-service → Postgres ×3
 *                                                                 ↘ upload-pipeline-service → Postgres    ↓
 *                                                   Redis → worker ↗          write-ahead log → bucket ←──┘
 *
 * docs/blueprints/standard.md has the full drawing and says where this parts from the document it comes from.
 */
import type { StandardConfig, StandardPlatform } from "../config/standard";
import { flowsOf } from "../topology/derive";
import { rayPorts } from "../topology/ray";
import type { GatewayEdge, KubernetesPlace, ManagedPlace, Network, Party, PlatformPart, Pool, SecretName, Service, Store, Topology } from "../topology/types";
import { askInference, askNobody, inferenceArrows, inferenceFlows, inferenceService, kubeRay } from "./inference";
import { admission, admissionArrows, signatureRegistry } from "./admission";
import { appHealth, cloudflare, connector, migration, sizes, type Size } from "./shared";

/** What the blueprint takes from the configuration. */
export type StandardChoices = Omit<StandardConfig, "blueprint" | "images" | "storageClass" | "protectData" | "part" | "clusterStack">;

export function standard(config: StandardChoices): Topology {
    const size = sizes(config.reservedPercent);
    const ray = config.inference === "ray";
    const services = [...standardServices(config, size), ...(ray ? [{ ...inferenceService(size), ...(config.platform.provider === "any" ? {} : { pool: "cpu" }) }] : []), ...(config.tunnel === undefined ? [] : [connector(size)])];
    const stores = [database(config, size), ...(config.queue === "redis" ? [redis(size)] : []), ...archive(config)];
    const platform = platformParts(config);
    const parties = [...externalParties(config), ...(config.signing === undefined ? [] : [signatureRegistry(config.signing)]), ...(config.tunnel === undefined ? [] : [cloudflare])];
    return {
        blueprint: "standard",
        namespace: "agents-production",
        ...placesOf(config),
        links: archives(config) ? [{ between: ["cluster", "storage"], kind: "https" }] : [],
        access: [],
        edges: [gateway(config), ...(config.tunnel === undefined ? [] : [{ name: "tunnel", kind: "tunnel", enters: "web", address: `https://${config.tunnel.hostname}` } as const])],
        services,
        tasks: [migration(config, size)],
        stores,
        platform,
        subscriptions: [],
        parties,
        // The worker listens for questions about itself alone, so no arrow can lead there.
        flows: [...flowsOf(arrows(config), [...services, ...stores, ...platform]), ...(config.monitoring ? [{ from: "prometheus", to: "worker", port: 8004 }] : []), ...(ray ? [...inferenceFlows, ...(config.monitoring ? [{ from: "prometheus", to: "inference", port: rayPorts.metrics }] : [])] : [])],
        objectives: {
            // Document 001: /chat in 3 s, RTO below 4 h, RPO below 1 h, more than 100 people, 99.9 %.
            p95Seconds: 3,
            recoveryMinutes: 240,
            lossMinutes: config.database === "cloudnativepg" ? 60 : 1440,
            concurrentUsers: 100,
            // One Postgres alone is away at each restart of its node.
            availability: config.database === "cloudnativepg" ? 0.999 : 0.99,
            ongoingRequests: [{ service: "agent-api-service", perReplica: config.agentOngoingRequests, cpuPerRequest: "40m" }],
        },
    };
}

/** Machines of the document, in each provider's names: 2 vCPU/8 GB, 4/8 and 2/16, two to ten of each. */
const machines: Readonly<Record<Exclude<StandardPlatform["provider"], "any">, Readonly<Record<"general" | "cpu" | "memory", string>>>> = {
    aws: { general: "t3.large", cpu: "c5.xlarge", memory: "r5.large" },
    azure: { general: "Standard_B2ms", cpu: "Standard_F4s_v2", memory: "Standard_E2s_v5" },
    gcp: { general: "e2-standard-2", cpu: "e2-custom-4-8192", memory: "e2-highmem-2" },
    oci: { general: "VM.Standard.E5.Flex:1:8", cpu: "VM.Standard.E5.Flex:2:8", memory: "VM.Standard.E5.Flex:1:16" },
    hetzner: { general: "cpx31", cpu: "cpx31", memory: "cpx41" },
};

/** The three pools of the document on a provider's machines. */
export function poolsFor(provider: Exclude<StandardPlatform["provider"], "any">): readonly Pool[] {
    const { general, cpu, memory } = machines[provider];
    return [
        { name: "general", purpose: "everything else", machine: general, min: 2, max: 10 },
        { name: "cpu", purpose: "documents are parsed and embedded", machine: cpu, min: 2, max: 10 },
        { name: "memory", purpose: "retrieval and its database", machine: memory, min: 2, max: 10 },
    ];
}

function placesOf(config: StandardChoices): { places: (KubernetesPlace | ManagedPlace)[]; networks: Network[] } {
    const { platform } = config;
    const pools = platform.provider === "any" ? [] : poolsFor(platform.provider);
    const made = platform.kind === "existing" ? {} : { region: platform.region, network: "agents" };
    const cluster = platform.kind !== "existing" ? platform.kind : platform.provider === "aws" ? "eks" : platform.provider === "azure" ? "aks" : "existing";
    const kubernetes: KubernetesPlace = { name: "cluster", kind: "kubernetes", purpose: `Kubernetes (${cluster})`, provider: platform.provider, cluster, zones: 3, pools, ...made };
    const storage: ManagedPlace = { name: "storage", kind: "managed", purpose: "object storage", provider: platform.provider };
    return {
        places: archives(config) ? [kubernetes, storage] : [kubernetes],
        networks: platform.kind === "existing" ? [] : [{ name: "agents", provider: platform.provider, cidr: "10.10.0.0/16", nat: true }],
    };
}

/** HTTPS with a certificate of cert-manager; the web front behind it routes and counts. */
function gateway({ hostname, gatewayClass, gatewayNamespace, certificateIssuer, rateLimitPerMinute, platform }: StandardChoices): GatewayEdge {
    return {
        name: "agents-gateway",
        kind: "gateway",
        enters: "web",
        address: `https://${hostname}`,
        routes: [{ path: "/health", to: "agent-api-service" }],
        rateLimit: { requests: rateLimitPerMinute, seconds: 60 },
        gatewayClass,
        issuer: certificateIssuer,
        provider: platform.provider,
        // Google's load balancer reaches pods from these ranges, any other gateway from its own pods.
        sources: platform.kind === "gke" ? [{ cidr: "130.211.0.0/22" }, { cidr: "35.191.0.0/16" }] : [{ namespace: gatewayNamespace }],
    };
}

/** Which way the gateway leads to whom: the table of the document, over one door. */
export const routes = { "/api/v2/upload": "upload-pipeline-service", "/api/v2/jobs": "upload-pipeline-service", "/chat": "agent-api-service", "/health": "agent-api-service" } as const;

function standardServices(config: StandardChoices, size: Size): Service[] {
    const { external, platform, mostReplicas } = config;
    const pooled = platform.provider === "any" ? {} : { general: { pool: "general" }, cpu: { pool: "cpu" }, memory: { pool: "memory" } };
    const app = { image: "app", scratch: "256Mi", priority: "serving", graceSeconds: 30, ...pooled.general } as const;
    const upTo = (min: number) => ({ min, max: mostReplicas });
    const busy = (replicas: { min: number; max: number }) => (replicas.min === replicas.max ? {} : { scaling: [{ kind: "cpu", percent: 70 } as const] });
    // Who waits for notifications of Postgres needs a connection of its own; PgBouncer hands one from caller to caller.
    const session: SecretName = config.database === "cloudnativepg" ? "database/session-url" : "database/url";
    const { vectors, scans } = config.inference === "ray" ? askInference : askNobody;
    const given = (keys: Readonly<Record<string, SecretName>>, there: Readonly<Record<string, string | undefined>>) => Object.fromEntries(Object.entries(keys).filter(([name]) => there[name] !== undefined));
    return [
        {
            ...app,
            name: "web",
            owner: "AgentCluster",
            purpose: "React front and API gateway on NGINX",
            image: "web",
            port: 8080,
            replicas: { min: 2, max: 2 },
            resources: size(["50m", "64Mi"], ["250m", "128Mi"]),
            health: { port: 8080, startup: { path: "/health", periodSeconds: 1, failureThreshold: 60 }, readiness: { path: "/", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
            settings: {
                AGENT_URL: "http://agent-api-service:8002",
                UPLOAD_URL: "http://upload-pipeline-service:8000",
                CALLER: platform.kind === "gke" ? "google" : "gateway",
                // Each replica counts for itself.
                RATE_LIMIT_PER_MINUTE: String(config.rateLimitPerMinute),
            },
            secrets: {},
            scratch: "512Mi",
        },
        {
            ...app,
            name: "agent-api-service",
            owner: "AgentCluster",
            purpose: "chat with agents, sign-in, approvals",
            port: 8002,
            replicas: upTo(config.agentReplicas),
            resources: size(["250m", "512Mi"], ["500m", "1Gi"]),
            health: appHealth(8002),
            settings: { ROLE: "agent", RAG_SERVICE_URL: "http://rag-service:8001", MCP_URL: "http://mcp-tools:8003/mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: session, JWT_SECRET: "session/key", ...given({ ANTHROPIC_API_KEY: "external-api/anthropic-key" }, { ANTHROPIC_API_KEY: external.anthropicKey }) },
            graceSeconds: 60,
        },
        {
            ...app,
            name: "mcp-tools",
            owner: "AgentCluster",
            purpose: "MCP tools: orders, refunds, tickets",
            port: 8003,
            replicas: { min: 2, max: 2 },
            resources: size(["100m", "256Mi"], ["500m", "512Mi"]),
            health: appHealth(8003),
            settings: { ROLE: "mcp", REFUND_APPROVAL_THRESHOLD: String(config.refundApprovalThreshold) },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key" },
        },
        {
            ...app,
            ...pooled.memory,
            name: "rag-service",
            owner: "RagService",
            purpose: "retrieval from people's documents",
            port: 8001,
            replicas: upTo(config.ragReplicas),
            ...busy(upTo(config.ragReplicas)),
            resources: size(["500m", "1Gi"], ["1000m", "2Gi"]),
            health: appHealth(8001),
            settings: { ROLE: "rag", ...vectors.settings },
            secrets: { DATABASE_URL: "database/url", JWT_SECRET: "session/key", ...vectors.secrets, ...given({ OPENAI_API_KEY: "external-api/openai-key" }, { OPENAI_API_KEY: external.openaiKey }) },
        },
        {
            ...app,
            name: "upload-pipeline-service",
            owner: "UploadPipeline",
            purpose: "uploads, documents, progress",
            port: 8000,
            replicas: upTo(config.uploadReplicas),
            ...busy(upTo(config.uploadReplicas)),
            resources: size(["250m", "512Mi"], ["500m", "1Gi"]),
            health: appHealth(8000),
            settings: { ROLE: "upload" },
            secrets: {
                DATABASE_URL: session,
                JWT_SECRET: "session/key",
                ...given({ SUPABASE_URL: "supabase/url", LLAMAPARSE_API_KEY: "external-api/llamaparse-key" }, { SUPABASE_URL: external.supabaseUrl, LLAMAPARSE_API_KEY: external.llamaparseKey }),
            },
        },
        {
            ...app,
            ...pooled.cpu,
            name: "worker",
            owner: "UploadPipeline",
            purpose: "parses, chunks and embeds documents",
            replicas: upTo(config.workerReplicas),
            // Counted in Postgres also when Redis carries the work: Redis is handed a few jobs at a time, by workers that run.
            scaling: config.keda ? [{ kind: "queue", queue: "postgres", perReplica: 5 }] : [{ kind: "cpu", percent: 70 }],
            resources: size(["250m", "512Mi"], ["1000m", "2Gi"]),
            health: appHealth(8004),
            settings: { ROLE: "worker", QUEUE_DRIVER: config.queue, ...vectors.settings },
            secrets: {
                DATABASE_URL: session,
                ...(config.queue === "redis" ? { REDIS_URL: "redis/url" as const } : {}),
                ...vectors.secrets,
                ...scans.secrets,
                ...given({ LLAMAPARSE_API_KEY: "external-api/llamaparse-key" }, { LLAMAPARSE_API_KEY: external.llamaparseKey }),
            },
            scratch: "1Gi",
            priority: "background",
            graceSeconds: 60,
        },
    ];
}

/** Users, conversations, approvals, documents and vectors. */
function database(config: StandardChoices, size: Size): Store {
    const common = {
        name: "postgres",
        owner: "RagService",
        purpose: "PostgreSQL with pgvector",
        engine: "postgres",
        port: 5432,
        database: "agents_db",
        user: "agents_user",
        size: config.storageSize,
        resources: size(["250m", "512Mi"], ["1000m", "1Gi"]),
        graceSeconds: 60,
        ...(config.platform.provider === "any" ? {} : { pool: "memory" }),
    } as const;
    if (config.database === "statefulset") return { ...common, form: "statefulset", image: "postgres" };
    return {
        ...common,
        form: "cloudnativepg",
        image: "cloudnative-pg",
        replicas: 3,
        pooler: { replicas: 2, mode: "transaction", port: 5432 },
        // Replication and PgBouncer; how each instance is, for the others and for its operator.
        peers: [5432, 8000],
        // CloudNativePG's own certificates.
        tls: true,
        ...(archives(config) ? { archive: "archive" } : {}),
    };
}

/** A primary and a replica that follows it: the document's two pods behind one Service knew nothing of each other. */
function redis(size: Size): Store {
    return {
        name: "redis-cache",
        owner: "UploadPipeline",
        purpose: "queue of documents",
        engine: "redis",
        form: "statefulset",
        image: "redis",
        port: 6379,
        replicas: 2,
        peers: [6379],
        size: "1Gi",
        resources: size(["100m", "256Mi"], ["200m", "512Mi"]),
        graceSeconds: 30,
    };
}

/** Only CloudNativePG archives: into the bucket of its own that a GKE stack makes, or into one that is given. */
function archives({ database, platform, archive }: StandardChoices): boolean {
    return database === "cloudnativepg" && (platform.kind === "gke" || archive !== undefined);
}

/** Base backups and the write-ahead log: a daily backup alone could lose a day, and an hour is the most. */
function archive(config: StandardChoices): Store[] {
    if (!archives(config)) return [];
    const common = { name: "archive", owner: "RagService", purpose: "base backups and write-ahead log", engine: "objects", place: "storage", port: 443, size: "50Gi", tls: true, versioning: true } as const;
    return [config.platform.kind === "gke" ? { ...common, form: "gcs", lockDays: 7 } : { ...common, form: "s3" }];
}

/** Operators and gateways of the cluster that talk to what is ours. */
function platformParts(config: StandardChoices): PlatformPart[] {
    const part = (name: string, purpose: string, namespace: string, labels: Readonly<Record<string, string>>): PlatformPart => ({ name, owner: "AgentCluster", purpose, namespace, labels });
    return [
        ...(config.database === "cloudnativepg" ? [part("cnpg-operator", "runs Postgres", "cnpg-system", { "app.kubernetes.io/name": "cloudnative-pg" })] : []),
        ...(config.inference === "ray" ? [kubeRay] : []),
        ...(config.signing === undefined ? [] : [admission]),
        ...(config.database === "cloudnativepg" || config.inference === "ray" || config.signing !== undefined ? [{ name: "kubernetes-api", owner: "AgentCluster", purpose: "API server", namespace: "default", cidr: apiServerOf(config), port: apiPort(config), tls: true } as const] : []),
        ...(config.keda ? [part("keda-operator", "starts workers by queue depth", "keda", { app: "keda-operator" })] : []),
        ...(config.monitoring ? [part("prometheus", "measures", "monitoring", { "app.kubernetes.io/name": "prometheus" })] : []),
    ];
}

/** Where a pod finds the API server: in the part of the network that the platform keeps for it. */
function apiServerOf({ platform, apiServerCidr }: StandardChoices): string {
    return platform.kind === "gke" ? "10.10.48.0/28" : platform.kind === "oke" ? "10.10.0.0/28" : apiServerCidr!;
}

/** Its own port, not that of the Service `kubernetes`: EKS, AKS and GKE listen on 443. */
function apiPort({ platform }: StandardChoices): number {
    return ["aws", "azure", "gcp"].includes(platform.provider) ? 443 : 6443;
}

/** Model providers and parsers, where a key for them is configured. */
function externalParties({ external }: StandardChoices): Party[] {
    const party = (name: string, purpose: string, host: string): Party => ({ name, purpose, ports: [{ port: 443, protocol: "TCP" }], speaks: "tls", hosts: [host] });
    return [
        ...(external.llamaparseKey === undefined ? [] : [party("llamaparse", "parses documents", "api.cloud.llamaindex.ai")]),
        ...(external.openaiKey === undefined ? [] : [party("openai", "embeddings", "api.openai.com")]),
        ...(external.anthropicKey === undefined ? [] : [party("anthropic", "language model", "api.anthropic.com")]),
        ...(external.supabaseUrl === undefined ? [] : [party("supabase", "storage", new URL(external.supabaseUrl).hostname)]),
    ];
}

function arrows(config: StandardChoices): Record<string, string[]> {
    const { external, tunnel, keda, monitoring, queue } = config;
    const operated = config.database === "cloudnativepg";
    const ray = config.inference === "ray";
    const to = (name: string, there: unknown): string[] => (there === undefined || there === false ? [] : [name]);
    return {
        ...(tunnel === undefined ? {} : { cloudflared: ["web", "cloudflare"] }),
        web: ["agent-api-service", "upload-pipeline-service"],
        "agent-api-service": ["rag-service", "mcp-tools", "postgres", ...to("anthropic", external.anthropicKey)],
        "rag-service": ["postgres", ...to("inference", ray), ...to("openai", external.openaiKey)],
        "mcp-tools": ["postgres"],
        "upload-pipeline-service": ["postgres", ...to("supabase", external.supabaseUrl), ...to("llamaparse", external.llamaparseKey)],
        worker: ["postgres", ...to("inference", ray), ...to("redis-cache", queue === "redis"), ...to("llamaparse", external.llamaparseKey)],
        migrate: ["postgres"],
        ...(operated ? { "cnpg-operator": ["postgres"], postgres: ["kubernetes-api", ...(archives(config) ? ["archive"] : [])] } : {}),
        ...(ray ? inferenceArrows : {}),
        ...(config.signing === undefined ? {} : admissionArrows),
        ...(keda ? { "keda-operator": ["postgres"] } : {}),
        ...(monitoring ? { prometheus: ["agent-api-service", "rag-service", "upload-pipeline-service", "mcp-tools"] } : {}),
    };
}
