/** One API server, spoken to in objects instead of paths. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import { ApiError, NoSuchKind } from "./errors";
import type { KubeObject, Reference } from "./objects";

interface ApiResource {
    name: string;
    kind: string;
    namespaced: boolean;
}

export interface ApplyOptions {
    fieldManager: string;
    force: boolean;
    dryRun: boolean;
    patience?: number;
}

/** What the provider asks of a cluster. */
export type ClusterAccess = Pick<Cluster, "namespaced" | "waitForKind" | "find" | "list" | "apply" | "delete">;

export class Cluster {
    private readonly discovered = new Map<string, Promise<ApiResource[]>>();

    constructor(private readonly client: Client) {}

    /** @throws NoSuchKind */
    async namespaced(apiVersion: string, kind: string): Promise<boolean> {
        return (await this.resource(apiVersion, kind)).namespaced;
    }

    /** Waits for a kind whose definition has only just been created. */
    async waitForKind(apiVersion: string, kind: string, patience: number, stopped: () => boolean): Promise<void> {
        const until = Date.now() + patience;
        for (;;) {
            try {
                await this.resource(apiVersion, kind);
                return;
            } catch (error) {
                if (!(error instanceof NoSuchKind) || Date.now() > until || stopped()) throw error;
            }
            await sleep(500);
        }
    }

    /** Nothing, when there is no such object. */
    async find(reference: Reference, patience = 0): Promise<KubeObject | undefined> {
        try {
            return await this.client.request<KubeObject>("GET", await this.path(reference), { patience });
        } catch (error) {
            if (error instanceof NoSuchKind || (error instanceof ApiError && error.notFound)) return undefined;
            throw error;
        }
    }

    async list(apiVersion: string, kind: string, namespace: string | undefined, query: Record<string, string>): Promise<KubeObject[]> {
        const answer = await this.client.request<{ items?: KubeObject[] }>("GET", await this.collection(apiVersion, kind, namespace), { query });
        return answer.items ?? [];
    }

    /** Server-side apply. */
    async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
        const { apiVersion, kind, metadata } = object;
        return this.client.request<KubeObject>("PATCH", await this.path({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace }), {
            query: { fieldManager: options.fieldManager, force: String(options.force), dryRun: options.dryRun ? "All" : undefined },
            body: object,
            contentType: "application/apply-patch+yaml",
            patience: options.patience,
        });
    }

    async delete(reference: Reference, propagationPolicy: string, patience = 0): Promise<void> {
        await this.client.request<unknown>("DELETE", await this.path(reference), { query: { propagationPolicy }, patience });
    }

    private async path(reference: Reference): Promise<string> {
        return `${await this.collection(reference.apiVersion, reference.kind, reference.namespace)}/${encodeURIComponent(reference.name)}`;
    }

    private async collection(apiVersion: string, kind: string, namespace: string | undefined): Promise<string> {
        const resource = await this.resource(apiVersion, kind);
        const scope = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
        return `${groupPath(apiVersion)}${scope}/${resource.name}`;
    }

    private async resource(apiVersion: string, kind: string): Promise<ApiResource> {
        const known = this.discovered.get(apiVersion);
        const found = known === undefined ? undefined : pick(await known, kind);
        if (found !== undefined) return found;
        const fresh = this.discover(apiVersion);
        this.discovered.set(apiVersion, fresh);
        // A failure must not be remembered: the group may appear, or the server come back.
        fresh.catch(() => this.discovered.delete(apiVersion));
        const resource = pick(await fresh, kind);
        if (resource === undefined) throw new NoSuchKind(apiVersion, kind);
        return resource;
    }

    private async discover(apiVersion: string): Promise<ApiResource[]> {
        try {
            return (await this.client.request<{ resources: ApiResource[] }>("GET", groupPath(apiVersion), { patience: 1000 })).resources;
        } catch (error) {
            if (error instanceof ApiError && error.notFound) return [];
            throw error;
        }
    }
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Subresources such as `deployments/scale` share the list, and sometimes the kind. */
function pick(resources: ApiResource[], kind: string): ApiResource | undefined {
    return resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
}
