/**
 * One deployment as plain data: what runs, what is kept, how people come in, and who talks to whom.
 * Everything else (workloads, NetworkPolicies, autoscaling, the drawing in the docs) is derived from it.
 */

/** The four public components; each service, task and store is built by exactly one of them. */
export type ComponentName = "AgentCluster" | "RagService" | "UploadPipeline" | "TunnelEdge";

/** The images a deployment is made of. */
export const imageNames = ["app", "web", "postgres", "cloudflared"] as const;
export type ImageName = (typeof imageNames)[number];

/** A secret value, as `bundle/key`: the bundle becomes one Kubernetes Secret, the key one file in it. */
export type SecretName =
    | "database/url"
    | "database/password"
    | "database-owner/url"
    | "database-owner/password"
    | "session/key"
    | "sign-in/admin-password"
    | "sign-in/user-password"
    | "tunnel/token";

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

/** Runs all the time. */
export interface Service extends Runnable {
    /** Where others reach it. Absent for one that nobody calls. */
    readonly port?: number;
    readonly health: Health;
    readonly replicas: { readonly min: number; readonly max: number };
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

/** Keeps data. */
export interface Store {
    readonly name: string;
    readonly owner: ComponentName;
    readonly purpose: string;
    readonly engine: "postgres";
    readonly image: ImageName;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    /** Size of its volume. */
    readonly size: string;
    readonly resources: Resources;
    readonly graceSeconds: number;
}

/** A way in for people. */
export interface Edge {
    readonly name: string;
    readonly kind: "tunnel" | "local-port";
    /** The service behind it. */
    readonly enters: string;
    readonly address: string;
}

/** Somebody outside the deployment that a service calls. */
export interface Party {
    readonly name: string;
    readonly purpose: string;
    readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
}

/** `from` opens connections to `to`. Whatever is not listed is forbidden. */
export interface Flow {
    readonly from: string;
    readonly to: string;
    /** The port of a service or store; a party has its own list. */
    readonly port?: number;
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
}

export interface Topology {
    readonly blueprint: string;
    readonly namespace: string;
    readonly services: readonly Service[];
    readonly tasks: readonly Task[];
    readonly stores: readonly Store[];
    readonly edges: readonly Edge[];
    readonly parties: readonly Party[];
    readonly flows: readonly Flow[];
    readonly objectives: Objectives;
}
