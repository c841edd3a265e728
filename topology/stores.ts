/** What keeps data, by engine and by the form in which it runs. */
import type { Amounts, ComponentName, ImageName, Resources } from "./types";

interface StoreOf<Engine extends string, Form extends string> {
    readonly name: string;
    readonly owner: ComponentName;
    /** One line for people. */
    readonly purpose: string;
    readonly engine: Engine;
    readonly form: Form;
    /** Where it runs. @default the first place */
    readonly place?: string;
    readonly port: number;
    /** What it can hold; of a bucket what it is expected to hold. */
    readonly size: string;
    /** It speaks TLS itself, whatever the network does. @default false */
    readonly tls?: boolean;
    /** Ports on which its replicas talk to each other. @default none */
    readonly peers?: readonly number[];
}

interface InCluster {
    readonly image: ImageName;
    readonly resources: Resources;
    readonly graceSeconds: number;
    /** Pool of its place that it is pinned to. */
    readonly pool?: string;
}

interface PostgresOf<Form extends string> extends StoreOf<"postgres", Form> {
    readonly database: string;
    readonly user: string;
}

/** One replica and one volume. */
export interface StatefulSetPostgres extends PostgresOf<"statefulset">, InCluster {}

/** CloudNativePG: a primary and standbys, PgBouncer before them, write-ahead log archived in a bucket. */
export interface CloudNativePostgres extends PostgresOf<"cloudnativepg">, InCluster {
    readonly replicas: number;
    readonly pooler?: { readonly replicas: number; readonly mode: "transaction" | "session"; readonly port: number };
    /** The bucket that base backups and the write-ahead log go to. */
    readonly archive?: string;
}

/** Postgres that a provider runs. */
export interface ManagedPostgres extends PostgresOf<"cloud-sql" | "neon" | "oci-postgres"> {
    /** `15`, `17` */
    readonly version: string;
    /** The provider's name of the size: `db-custom-2-8192`, `1 CU`. */
    readonly machine: string;
    /** A standby takes over by itself. */
    readonly highAvailability: boolean;
}

/** Redis with replicas that take over. */
export interface InClusterRedis extends StoreOf<"redis", "statefulset">, InCluster {
    readonly replicas: number;
}

/** Redis that a provider runs; `size` is its memory. */
export interface ManagedRedis extends StoreOf<"redis", "memorystore" | "oci-cache"> {
    readonly highAvailability: boolean;
    readonly nodes: number;
}

/** Files. */
export interface Bucket extends StoreOf<"objects", "gcs" | "oci-bucket" | "s3"> {
    readonly versioning: boolean;
    /** Days in which nobody can delete what was written. @default none */
    readonly lockDays?: number;
}

/** NATS with JetStream. */
export interface Nats extends StoreOf<"queue", "nats">, InCluster {
    readonly replicas: number;
    /** Where it tells how it is, and how much waits in a stream. */
    readonly monitor: number;
}

export type Store = StatefulSetPostgres | CloudNativePostgres | ManagedPostgres | InClusterRedis | ManagedRedis | Bucket | Nats;

/** Stores whose containers are ours to run. */
export type InClusterStore = Extract<Store, { readonly resources: { readonly requests: Amounts } }>;

export function runsInCluster(store: Store): store is InClusterStore {
    return "resources" in store;
}

/** How many of it there are: replicas, nodes, or primary and standby. */
export function copiesOf(store: Store): number {
    if ("replicas" in store) return store.replicas;
    if ("nodes" in store) return Math.max(store.nodes, store.highAvailability ? 2 : 1);
    if ("highAvailability" in store) return store.highAvailability ? 2 : 1;
    return 1;
}
