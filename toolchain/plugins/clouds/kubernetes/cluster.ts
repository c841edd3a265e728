/** A cluster whose objects are kept by the simulator: what its API server would store, fill in and refuse. */
import type { ApplyOptions, ClusterAccess } from "../../kubernetes/cluster";
import { ApiError, Unreachable } from "../../kubernetes/errors";
import { groupOf, type KubeObject, type Reference } from "../../kubernetes/objects";
import { builtInScope } from "../../kubernetes/scope";
import { equal, isObject, type Props, type Value } from "../../sdk/values";
import type { Faults, Operation } from "../faults";
import type { Journal, View } from "../journal";
import { Seed } from "../seed";
import { withDefaults } from "./defaults";
import { statusOf } from "./status";

/** Custom resources outside of namespaces; their definitions are usually installed by somebody else. */
const CLUSTER_SCOPED = new Set(["ClusterIssuer", "GatewayClass", "ClusterTriggerAuthentication", "CiliumClusterwideNetworkPolicy", "ClusterSecretStore", "ClusterExternalSecret", "ClusterPolicy", "ClusterImagePolicy", "Connector", "ProxyClass", "ProxyGroup", "CiliumLoadBalancerIPPool", "CiliumL2AnnouncementPolicy", "ClusterQueue", "ResourceFlavor"]);
/** In every cluster from the beginning. */
const NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** What is kept of an object: what each manager has applied, and the object that follows from it. */
interface Kept {
    applied: Record<string, KubeObject>;
    live: KubeObject;
}

/** Milliseconds. */
const REMEMBERED = 500;

export class SimulatedCluster implements ClusterAccess {
    private reached = 0;

    /** @param reachable whether the cluster exists */
    constructor(private readonly journal: Journal, private readonly faults: Faults, private readonly server: string, private readonly reachable: (view: View) => boolean) {}

    async namespaced(apiVersion: string, kind: string): Promise<boolean> {
        return this.look((view) => this.isNamespaced(view, apiVersion, kind));
    }

    async waitForKind(): Promise<void> {
        this.look(() => undefined);
    }

    async find(reference: Reference): Promise<KubeObject | undefined> {
        return this.look((view) => this.get(view, reference)?.live);
    }

    async list(apiVersion: string, kind: string, namespace: string | undefined): Promise<KubeObject[]> {
        if (kind === "EndpointSlice") return [{ apiVersion, kind, metadata: { name: "endpoints", namespace }, endpoints: [{ conditions: { ready: true } }] }];
        return this.look((view) => view.list(`k8s|${this.server}|${groupOf(apiVersion)}/${kind}|${namespace ?? ""}|`).map(([, kept]) => (kept as unknown as Kept).live));
    }

    async apply(object: KubeObject, { fieldManager, dryRun }: ApplyOptions): Promise<KubeObject> {
        const work = (view: View): Kept => {
            this.requireReachable(view);
            this.requireValid(view, object);
            const before = this.get(view, referenceTo(object));
            const applied = { ...before?.applied, [fieldManager]: object };
            return { applied, live: this.store(object, applied, before?.live) };
        };
        if (dryRun) return this.journal.read(work).live;
        const exists = this.look((view) => this.get(view, referenceTo(object)) !== undefined);
        return this.faultily(exists ? "update" : "create", referenceTo(object), () => this.journal.change((change) => {
            const kept = work(change);
            change.put(this.key(referenceTo(object)), kept as unknown as Props);
            return kept.live;
        }));
    }

    async delete(reference: Reference): Promise<void> {
        await this.faultily("delete", reference, () => this.journal.change((change) => {
            this.requireReachable(change);
            if (this.get(change, reference) === undefined) throw notFound(reference);
            change.remove(this.key(reference));
            if (reference.kind === "Namespace") for (const [key] of change.list(`k8s|${this.server}|`)) if (key.split("|")[3] === reference.name) change.remove(key);
        }));
    }

    private async faultily<T>(operation: Operation, { apiVersion, kind, name }: Reference, work: () => Promise<T>): Promise<T> {
        await this.faults.delay();
        const rule = await this.faults.meet(operation, `kubernetes:${apiVersion}:${kind}`, name);
        if (rule?.fault === "kill-before") await this.faults.kill();
        if (rule?.fault === "denied") throw new ApiError(403, { message: `${kind.toLowerCase()} "${name}" is forbidden: User "simulated" cannot ${operation} it`, reason: "Forbidden" }, operation);
        if (rule?.fault === "quota") throw new ApiError(403, { message: `${kind.toLowerCase()} "${name}" is forbidden: exceeded quota`, reason: "Forbidden" }, operation);
        if (rule?.fault === "unavailable") throw new ApiError(503, { message: "the server is currently unable to handle the request", reason: "ServiceUnavailable" }, operation);
        const result = await work();
        if (rule?.fault === "kill-after") await this.faults.kill();
        if (rule?.fault === "timeout" || rule?.fault === "after") throw new ApiError(504, { message: "the server was unable to return a response in the time allotted", reason: "Timeout" }, operation);
        return result;
    }

    private look<T>(work: (view: View) => T): T {
        return this.journal.read((view) => {
            this.requireReachable(view);
            return work(view);
        });
    }

    private requireReachable(view: View): void {
        // Asked for every object, and true for long; a cluster that is deleted in the middle is noticed a moment later.
        if (Date.now() - this.reached < REMEMBERED) return;
        if (this.reachable(view)) this.reached = Date.now();
        else throw new Unreachable(this.server, "the given kubeconfig", new Error("no such cluster in the simulated clouds"));
    }

    private requireValid(view: View, object: KubeObject): void {
        const { name, namespace } = object.metadata;
        const plural = object.kind.toLowerCase();
        if (!/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/i.test(name ?? "") || name.length > 253) {
            throw new ApiError(422, { message: `${object.kind} "${name}" is invalid: metadata.name: Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`, reason: "Invalid" }, `PATCH ${plural}`);
        }
        if (namespace !== undefined && !NAMESPACES.includes(namespace) && this.get(view, { apiVersion: "v1", kind: "Namespace", name: namespace }) === undefined) {
            throw new ApiError(404, { message: `namespaces "${namespace}" not found`, reason: "NotFound", details: { kind: "namespaces", name: namespace } }, `PATCH ${plural}`);
        }
    }

    private store(object: KubeObject, applied: Record<string, KubeObject>, before: KubeObject | undefined): KubeObject {
        const seed = new Seed(this.key(referenceTo(object)));
        const merged = Object.values(applied).reduce<Props>((whole, part) => merge(whole, part as unknown as Props), {}) as unknown as KubeObject;
        const live = withDefaults(merged, before, seed);
        const changed = before === undefined || !equal(withoutStatus(live), withoutStatus(before));
        const metadata = {
            ...live.metadata,
            uid: before?.metadata.uid ?? new Seed(`${this.key(referenceTo(object))} ${Date.now()}`).uuid(),
            creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString().replace(/\.\d+/, ""),
            resourceVersion: String(Number(before?.metadata.resourceVersion ?? seed.number(100_000, 900_000)) + (changed ? 1 : 0)),
            generation: Number(before?.metadata.generation ?? 0) + (changed ? 1 : 0),
        };
        const next: KubeObject = { ...live, metadata };
        const status = statusOf(next, seed);
        return status === undefined ? next : { ...next, status };
    }

    private get(view: View, reference: Reference): Kept | undefined {
        const namespaced = this.isNamespaced(view, reference.apiVersion, reference.kind);
        return view.get(this.key(namespaced ? reference : { ...reference, namespace: undefined })) as unknown as Kept | undefined;
    }

    private isNamespaced(view: View, apiVersion: string, kind: string): boolean {
        const scope = builtInScope(apiVersion, kind);
        if (scope !== undefined) return scope === "namespaced";
        for (const [, kept] of view.list(`k8s|${this.server}|apiextensions.k8s.io/CustomResourceDefinition|`)) {
            const spec = (kept as unknown as Kept).live.spec as { group?: string; scope?: string; names?: { kind?: string } } | undefined;
            if (spec?.group === groupOf(apiVersion) && spec.names?.kind === kind) return spec.scope === "Namespaced";
        }
        return !CLUSTER_SCOPED.has(kind);
    }

    private key({ apiVersion, kind, name, namespace }: Reference): string {
        return `k8s|${this.server}|${groupOf(apiVersion)}/${kind}|${namespace ?? ""}|${name}`;
    }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): Reference {
    return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

function notFound({ kind, name }: Reference): ApiError {
    return new ApiError(404, { message: `${kind} "${name}" not found`, reason: "NotFound", details: { kind, name } }, "DELETE");
}

function withoutStatus({ status: _, metadata, ...rest }: KubeObject): Props {
    const { labels, annotations } = metadata;
    return { ...rest, labels, annotations } as unknown as Props;
}

function merge(into: Props, from: Props): Props {
    const result: Props = { ...into };
    for (const [key, value] of Object.entries(from)) {
        const old: Value | undefined = result[key];
        result[key] = isObject(value) && isObject(old) ? merge(old, value) : value;
    }
    return result;
}
