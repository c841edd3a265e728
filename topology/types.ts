/**
 * One deployment as plain data: what runs, what is kept, how people come in, and who talks to whom.
 * Everything else (workloads, NetworkPolicies, autoscaling, the drawing in the docs) is derived from it.
 */
import type { Edge } from "./edges";
import type { Access, Link, Network, Place, Provider } from "./places";
import type { Store } from "./stores";

export type * from "./edges";
export * from "./places";
export * from "./stores";

/** The four public components; each service, task and store is built by exactly one of them. */
export type ComponentName = "AgentCluster" | "RagService" | "UploadPipeline" | "TunnelEdge";

/** Images that this repository builds; every deployment has them. */
export const builtImages = ["app", "web", "postgres"] as const;
/** Images of others, taken by digest where a blueprint uses them. */
export const publicImages = ["cloudflared", "cloudnative-pg", "cloudnative-pg-operator", "pgbouncer", "ray", "redis", "nats", "nginx", "squid", "tailscale", "ollama", "steel-browser", "flowise", "netbird", "talos-backup"] as const;
/** The images a deployment may be made of. */
export const imageNames = [...builtImages, ...publicImages] as const;
export type BuiltImage = (typeof builtImages)[number];
export type ImageName = (typeof imageNames)[number];

/** A secret value, as `bundle/key`: the bundle becomes one Kubernetes Secret, the key one file in it. */
export type SecretName =
    | "database/url"
    | "database/session-url"
    | "database/password"
    | "database-vector/url"
    | "database-owner/url"
    | "database-owner/password"
    | "session/key"
    | "session/other-key"
    | "app-settings/oidc-providers"
    | "app-settings/mcp-servers"
    | "app-settings/models"
    | "sign-in/admin-password"
    | "sign-in/user-password"
    | "tunnel/token"
    | "tailnet/key"
    | "tailnet/serve"
    | "redis/url"
    | "redis/password"
    | "redis/ca"
    | "parse/key"
    | "parse/parsers"
    | "queue/url"
    | "inference/key"
    | "inference/parsers"
    | "ray/auth_token"
    | "nats/url"
    | "objects/access-key"
    | "objects/secret-key"
    | "supabase/url"
    | "external-api/llamaparse-key"
    | "external-api/openai-key"
    | "external-api/anthropic-key";

/** Quantities as Kubernetes writes them: `250m`, `512Mi`. */
export interface Amounts {
    readonly cpu: string;
    readonly memory: string;
}

export interface Resources {
    /** What is reserved. */
    readonly requests: Amounts;
    /** What may be used at most. */
    readonly limits: Amounts;
}

/** What services and tasks have in common: a container with settings and secrets. */
export interface Runnable {
    /** DNS label; the name of everything that is created for it, and its address inside the deployment. */
    readonly name: string;
    readonly owner: ComponentName;
    /** One line for people: what it is for. */
    readonly purpose: string;
    readonly image: ImageName;
    readonly args?: readonly string[];
    readonly settings: Readonly<Record<string, string>>;
    /** Environment variable → secret; the container gets `<variable>_FILE`, the path of a file. */
    readonly secrets: Readonly<Record<string, SecretName>>;
    readonly resources: Resources;
    /** Size limit of /tmp, the only folder that can be written. */
    readonly scratch: string;
    /** Where it runs. @default the first place */
    readonly place?: string;
    /** Pool of its place that it is pinned to. @default any */
    readonly pool?: string;
    readonly gpu?: { readonly kind: string; readonly count: number };
    /** Hours a month that one replica works, where work is what is paid for. @default every hour of its least replicas */
    readonly hours?: number;
}

/** A probe: over HTTP when a path is given, else whether the port accepts connections. */
export interface Probe {
    readonly path?: string;
    readonly initialDelaySeconds?: number;
    readonly periodSeconds: number;
    readonly failureThreshold?: number;
}

/** The three questions Kubernetes asks, all at `port`. */
export interface Health {
    readonly port: number;
    /** "Has it started?" The others wait for it. */
    readonly startup: Probe;
    /** "May it get traffic?" */
    readonly readiness: Probe;
    /** "Must it be restarted?" Absent where a restart cannot help. */
    readonly liveness?: Probe;
}

/** Ports one after the other, both ends included. */
export interface PortRange {
    readonly first: number;
    readonly last: number;
}

/** Runs all the time. */
export interface Service extends Runnable {
    /** Where others reach it. Absent for one that nobody calls. */
    readonly port?: number;
    readonly health: Health;
    /** None at least only for one that is woken by a queue or a clock. */
    readonly replicas: { readonly min: number; readonly max: number };
    /** What it grows by, beside its ongoing requests (`objectives`). @default nothing */
    readonly scaling?: readonly Trigger[];
    /** What it becomes in a cluster: a Deployment, or a RayService of KubeRay. @default deployment */
    readonly form?: "deployment" | "ray-service";
    /** What the one head of a RayService reserves and may use, beside its replicas. */
    readonly head?: Resources;
    /** Ports that others may call beside `port` and that of its health: metrics, what its operator asks. @default none */
    readonly otherPorts?: readonly number[];
    /** It speaks TLS itself, whatever the network does. @default false */
    readonly tls?: boolean;
    /** Ports on which its replicas talk to each other. @default none */
    readonly peers?: readonly (number | PortRange)[];
    /** Two of it must never run at once: an update stops the one before it starts the next. @default false */
    readonly alone?: boolean;
    /** Seconds between being asked to stop and being killed: as long as its longest piece of work. */
    readonly graceSeconds: number;
    /** Who goes first when a node is full: `serving` pushes `background` aside. */
    readonly priority: "serving" | "background";
}

/** Runs once per version, before the services of this version start. */
export interface Task extends Runnable {
    readonly retries: number;
    readonly deadlineSeconds: number;
}

/** A reason for another replica. */
export type Trigger =
    /** Mean use of what is reserved, in percent. */
    | { readonly kind: "cpu" | "memory"; readonly percent: number }
    /** Messages waiting in `queue` (a store) for each replica; absent: as many as `objectives.work` lets one replica finish in time. */
    | { readonly kind: "queue"; readonly queue: string; readonly perReplica?: number }
    /** At least `replicas` between two times of day, as cron writes them. */
    | { readonly kind: "cron"; readonly timezone: string; readonly start: string; readonly end: string; readonly replicas: number };

/** A part of the platform that others made: a chart in a namespace of its own, or what the cluster brings along. */
export interface PlatformPart {
    readonly name: string;
    readonly owner: ComponentName;
    readonly purpose: string;
    readonly namespace: string;
    /** Labels of its pods, by which policies let it in and out; none: all pods of its namespace; absent: it has no pods of its own (the API server). */
    readonly labels?: Readonly<Record<string, string>>;
    /** Its addresses, where it has no pods. @default any, for nothing else is known */
    readonly cidr?: string;
    /** Where others reach it. Absent for one that only calls. */
    readonly port?: number;
    /** @default the first place */
    readonly place?: string;
    /** It speaks TLS itself. @default false */
    readonly tls?: boolean;
    /** The least that all its replicas reserve together, where it matters for the machines. */
    readonly reserves?: Amounts;
}

/** Somebody outside the deployment that a service calls. */
export interface Party {
    readonly name: string;
    readonly purpose: string;
    readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
    /** How the way there is protected. `plain` is refused, and only there to say so. */
    readonly speaks: "tls" | "wireguard" | "plain";
    /** Its host names, for proxies and policies that know names. */
    readonly hosts?: readonly string[];
    /** Its private addresses, where it is in a network of one's own. @default the internet */
    readonly cidr?: string;
}

/** `from` opens connections to `to`. Whatever is not listed is forbidden. */
export interface Flow {
    readonly from: string;
    readonly to: string;
    /** The port of a service (or of its health and metrics), store or platform part; a party has its own list. */
    readonly port?: number;
    /** Gigabytes a month at the load of the objectives: its weight in the encrypted share, and its price where it leaves a provider. @default 1 */
    readonly gigabytes?: number;
}

/** What is promised; derivations turn it into numbers of the platform. */
export interface Objectives {
    /** How many requests one replica of a service should have in hand when it is well used. */
    readonly ongoingRequests: readonly {
        readonly service: string;
        readonly perReplica: number;
        /** CPU one ongoing request takes, measured; the first form scales by CPU, see docs/blueprints/portable.md. */
        readonly cpuPerRequest: string;
    }[];
    /** How soon work that waits in a queue shall be done, and how long one piece takes one replica, measured. */
    readonly work?: readonly { readonly service: string; readonly secondsEach: number; readonly withinSeconds: number }[];
    /** 95 of 100 requests from outside are answered in this time. */
    readonly p95Seconds?: number;
    /** Restored within this time after a loss (RTO). */
    readonly recoveryMinutes?: number;
    /** At most this much of the last work is lost (RPO). */
    readonly lossMinutes?: number;
    /** People with a request in hand at the same time. */
    readonly concurrentUsers?: number;
    /** Share of the time that it answers: 0.999. */
    readonly availability?: number;
    /** Least share of encrypted traffic: 0.9. */
    readonly encryptedShare?: number;
    /** What a month may cost. A preview that is above it stops. */
    readonly monthlyBudget?: { readonly amount: number; readonly currency: "USD" | "EUR" };
    /** How backups are made, where it is not left to the other objectives. */
    readonly backups?: { readonly everyHours: number; readonly archivesLog: boolean };
}

/** Something that is paid by the month whatever runs: a plan, seats. `item` names it in the price file. */
export interface Subscription {
    readonly provider: Provider;
    readonly item: string;
    readonly count: number;
    readonly owner: ComponentName;
}

export interface Topology {
    readonly blueprint: string;
    /** Namespace of our own objects; where there is no Kubernetes, the prefix of names. */
    readonly namespace: string;
    /** Where things run; the first one unless they say otherwise. */
    readonly places: readonly Place[];
    readonly networks: readonly Network[];
    readonly links: readonly Link[];
    readonly access: readonly Access[];
    readonly services: readonly Service[];
    readonly tasks: readonly Task[];
    readonly stores: readonly Store[];
    readonly platform: readonly PlatformPart[];
    readonly edges: readonly Edge[];
    readonly parties: readonly Party[];
    readonly flows: readonly Flow[];
    readonly objectives: Objectives;
    readonly subscriptions: readonly Subscription[];
}
