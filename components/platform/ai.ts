/** What agents use beside our own services: models on our own machines, a browser, and a workshop for flows. */
import * as pulumi from "@pulumi/pulumi";
import { secretFromVault } from "../parts/external-secret";
import { PlatformApp } from "./app";
import type { PlatformHome } from "./home";
import type { Door } from "./namespace";

interface AppArgs {
    readonly home: PlatformHome;
    /** By digest. */
    readonly image: pulumi.Input<string>;
    readonly replicas: number;
    readonly pool: string;
    /** Namespaces whose pods may call it. */
    readonly askedBy: readonly Door[];
    readonly after: readonly pulumi.Resource[];
}

/** Ports by which others know them. */
export const aiPorts = { ollama: 11434, "steel-browser": 3000, flowise: 3000 } as const;

export interface OllamaArgs extends AppArgs {
    /** Where models are kept; each replica has its own copy. */
    readonly storageClass: string;
    /** Requests that one replica works on at once; twice the peak must fit into all replicas. */
    readonly parallel: number;
}

/** Language models that run here: no prompt leaves the cluster. */
export class Ollama extends pulumi.ComponentResource {
    constructor(name: string, args: OllamaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Ollama", name, {}, opts);
        new PlatformApp("ollama", {
            ...args,
            user: 1000,
            port: aiPorts.ollama,
            // Loaded for good: a model that is loaded anew for a request would let it time out.
            settings: { HOME: "/tmp", OLLAMA_HOST: `0.0.0.0:${aiPorts.ollama}`, OLLAMA_MODELS: "/models", OLLAMA_KEEP_ALIVE: "-1", OLLAMA_NUM_PARALLEL: String(args.parallel), OLLAMA_MAX_QUEUE: String(args.parallel * 8), OLLAMA_NO_CLOUD: "1" },
            resources: { cpu: "8", memory: "24Gi" },
            volume: { path: "/models", size: "100Gi", storageClass: args.storageClass },
            scratch: { "/tmp": "1Gi" },
            healthPath: "/api/version",
            incoming: args.askedBy,
            // Models come from its registry when they are asked for the first time.
            outgoing: [{ to: "internet", ports: [443] }],
        }, { parent: this });
        this.registerOutputs({});
    }
}

/** A browser for agents: it opens pages of the internet, and nothing that is private. */
export class SteelBrowser extends pulumi.ComponentResource {
    constructor(name: string, args: AppArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:SteelBrowser", name, {}, opts);
        new PlatformApp("steel-browser", {
            ...args,
            user: 1000,
            port: aiPorts["steel-browser"],
            settings: { HOME: "/tmp", HOST: "0.0.0.0", PORT: String(aiPorts["steel-browser"]), DOMAIN: `steel-browser.steel-browser.svc:${aiPorts["steel-browser"]}` },
            resources: { cpu: "2", memory: "4Gi" },
            // Chrome shares memory between its processes.
            scratch: { "/tmp": "2Gi", "/dev/shm": "1Gi", "/app/.cache": "1Gi", "/files": "2Gi" },
            healthPath: "/v1/health",
            incoming: args.askedBy,
            outgoing: [{ to: "internet", ports: [80, 443] }],
        }, { parent: this });
        this.registerOutputs({});
    }
}

export interface FlowiseArgs extends AppArgs {
    readonly storageClass: string;
    readonly secrets: { readonly store: string; readonly path: string };
}

/** A workshop in which flows are drawn; for operators, behind the private gateway. */
export class Flowise extends pulumi.ComponentResource {
    constructor(name: string, args: FlowiseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Flowise", name, {}, opts);
        const variables = { FLOWISE_SECRETKEY_OVERWRITE: "flowise-encryption-key", JWT_AUTH_TOKEN_SECRET: "flowise-jwt-key", JWT_REFRESH_TOKEN_SECRET: "flowise-refresh-key", EXPRESS_SESSION_SECRET: "flowise-session-key" };
        new PlatformApp("flowise", {
            ...args,
            user: 1000,
            port: aiPorts.flowise,
            settings: { HOME: "/data", PORT: String(aiPorts.flowise), DATABASE_PATH: "/data", SECRETKEY_PATH: "/data", LOG_PATH: "/data/logs", BLOB_STORAGE_PATH: "/data/storage", DISABLE_FLOWISE_TELEMETRY: "true" },
            secrets: Object.fromEntries(Object.entries(variables).map(([variable, key]) => [variable, { secret: "flowise-secrets", key }])),
            before: (namespace, parent) => [secretFromVault(parent, `${name}-secrets`, { store: args.secrets.store, namespace, secret: "flowise-secrets", path: args.secrets.path, keys: Object.values(variables) })],
            resources: { cpu: "500m", memory: "1Gi" },
            volume: { path: "/data", size: "10Gi", storageClass: args.storageClass },
            scratch: { "/tmp": "512Mi" },
            healthPath: "/api/v1/ping",
            incoming: args.askedBy,
            outgoing: [{ to: { namespace: "ollama" }, ports: [aiPorts.ollama] }, { to: { namespace: "steel-browser" }, ports: [aiPorts["steel-browser"]] }, { to: "internet", ports: [443] }],
        }, { parent: this });
        this.registerOutputs({});
    }
}
