/** A small client of the Kubernetes API over HTTPS with a client certificate. No dependency: the supervisor stays small. */
import { readFileSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface Metadata {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
}

export interface KubeObject {
    apiVersion?: string;
    kind?: string;
    metadata: Metadata;
}

/** The API server answered with an error. */
export class ApiError extends Error {
    constructor(readonly status: number, readonly reason: string, message: string) {
        super(message);
        this.name = "ApiError";
    }
}

export class KubeClient {
    readonly #agent: Agent;
    readonly #server: string;

    constructor(server: string, keys: { ca: string; certificate: string; key: string }) {
        this.#server = server;
        this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: keys.ca, cert: keys.certificate, key: keys.key });
    }

    /** From a kubeconfig as this toolchain writes it: JSON with the key material inside. @param server another one that trusts the same authority */
    static fromKubeconfig(path: string, server?: string): KubeClient {
        const config = JSON.parse(readFileSync(path, "utf8")) as { clusters: { cluster: Record<string, string> }[]; users: { user: Record<string, string> }[] };
        const text = (value: string | undefined) => Buffer.from(value ?? "", "base64").toString("utf8");
        const { cluster } = config.clusters[0]!;
        const { user } = config.users[0]!;
        return new KubeClient(server ?? cluster.server!, { ca: text(cluster["certificate-authority-data"]), certificate: text(user["client-certificate-data"]), key: text(user["client-key-data"]) });
    }

    async get<T>(path: string): Promise<T> {
        return this.#call<T>("GET", path);
    }

    /** The object, or nothing when there is none. */
    async find<T>(path: string): Promise<T | undefined> {
        try {
            return await this.get<T>(path);
        } catch (error) {
            if (error instanceof ApiError && error.status === 404) return undefined;
            throw error;
        }
    }

    async create<T extends KubeObject>(path: string, object: T): Promise<T> {
        return this.#call<T>("POST", path, object, "application/json");
    }

    /** Server-side apply, taking over every field that is set here. */
    async apply<T>(path: string, object: object): Promise<T> {
        return this.#call<T>("PATCH", `${path}?fieldManager=agent-platform-toolchain&force=true`, object, "application/apply-patch+yaml");
    }

    async mergePatch<T>(path: string, patch: object): Promise<T> {
        return this.#call<T>("PATCH", path, patch, "application/merge-patch+json");
    }

    /** Deletes; nothing there is fine. */
    async remove(path: string): Promise<void> {
        try {
            await this.#call("DELETE", path);
        } catch (error) {
            if (!(error instanceof ApiError && error.status === 404)) throw error;
        }
    }

    /** Plain text, e.g. of `/readyz` or of a pod's log. */
    async text(path: string, timeout = 10_000): Promise<string> {
        const response = await this.#open("GET", path, undefined, {}, timeout);
        const body = await read(response);
        if (response.statusCode !== 200) throw failure(response.statusCode ?? 0, body);
        return body;
    }

    /**
     * Follows changes after `resourceVersion` until the server ends the stream.
     * @throws ApiError with status 410 when that version is too old
     */
    async watch(path: string, resourceVersion: string, onEvent: (type: string, object: KubeObject) => void, signal: AbortSignal): Promise<void> {
        const query = `${path}${path.includes("?") ? "&" : "?"}watch=1&allowWatchBookmarks=true&timeoutSeconds=240&resourceVersion=${resourceVersion}`;
        const response = await this.#open("GET", query, undefined, {}, 300_000, signal);
        if (response.statusCode !== 200) throw failure(response.statusCode ?? 0, await read(response));
        response.setEncoding("utf8");
        let rest = "";
        for await (const chunk of response) {
            const lines = (rest + String(chunk)).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines.filter(Boolean)) {
                const event = JSON.parse(line) as { type: string; object: KubeObject & { code?: number; reason?: string; message?: string } };
                if (event.type === "ERROR") throw new ApiError(event.object.code ?? 500, event.object.reason ?? "", event.object.message ?? "watch failed");
                onEvent(event.type, event.object);
            }
        }
    }

    close(): void {
        this.#agent.destroy();
    }

    async #call<T>(method: string, path: string, body?: object, type?: string): Promise<T> {
        const response = await this.#open(method, path, body === undefined ? undefined : JSON.stringify(body), type ? { "content-type": type } : {}, 30_000);
        const text = await read(response);
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) throw failure(status, text);
        return JSON.parse(text) as T;
    }

    #open(method: string, path: string, body: string | undefined, headers: Record<string, string>, timeout: number, signal?: AbortSignal): Promise<IncomingMessage> {
        const options: RequestOptions = { method, headers: { accept: "application/json", ...headers }, agent: this.#agent, timeout, ...(signal ? { signal } : {}) };
        return new Promise((resolve, reject) => {
            const call = request(`${this.#server}${path}`, options, resolve);
            call.on("timeout", () => call.destroy(new Error(`no answer from ${this.#server} within ${timeout / 1000} s`)));
            call.on("error", reject);
            call.end(body);
        });
    }
}

/** A kind of object, kept up to date: listed once, then watched, and listed again whenever the watch breaks. */
export class Informer<T extends KubeObject> {
    readonly #objects = new Map<string, T>();
    #synced = false;

    constructor(private readonly client: KubeClient, private readonly path: string, private readonly onChange: () => void, private readonly onError: (error: unknown) => void) {}

    /** Whether the objects are complete; before the first list they are not. */
    get synced(): boolean {
        return this.#synced;
    }

    get objects(): T[] {
        return [...this.#objects.values()];
    }

    async run(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            try {
                await this.#listAndWatch(signal);
            } catch (error) {
                if (signal.aborted) return;
                if (!(error instanceof ApiError && error.status === 410)) this.onError(error);
                await sleep(1000, undefined, { signal }).catch(() => undefined);
            }
        }
    }

    async #listAndWatch(signal: AbortSignal): Promise<void> {
        const list = await this.client.get<{ metadata: { resourceVersion: string }; items: T[] }>(this.path);
        this.#objects.clear();
        for (const object of list.items) this.#objects.set(keyOf(object), object);
        this.#synced = true;
        this.onChange();
        let version = list.metadata.resourceVersion;
        for (let ended = 0; !signal.aborted && ended < 100; ended++) {
            await this.client.watch(this.path, version, (type, object) => {
                version = object.metadata.resourceVersion ?? version;
                if (type === "BOOKMARK") return;
                if (type === "DELETED") this.#objects.delete(keyOf(object));
                else this.#objects.set(keyOf(object), object as T);
                this.onChange();
            }, signal);
        }
    }
}

function keyOf({ metadata }: KubeObject): string {
    return `${metadata.namespace ?? ""}/${metadata.name}`;
}

async function read(response: IncomingMessage): Promise<string> {
    response.setEncoding("utf8");
    let text = "";
    for await (const chunk of response) text += String(chunk);
    return text;
}

function failure(status: number, body: string): ApiError {
    try {
        const { reason, message } = JSON.parse(body) as { reason?: string; message?: string };
        return new ApiError(status, reason ?? "", message ?? body);
    } catch {
        return new ApiError(status, "", body || `status ${status}`);
    }
}
