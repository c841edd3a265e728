/** Requests to one API server. Short interruptions are waited out, so that a restarting API server does not fail a deployment. */
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiError, Unreachable, type ApiStatus } from "./errors";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface RequestOptions {
    query?: Record<string, string | undefined>;
    body?: unknown;
    contentType?: string;
    /** Milliseconds for which an API server that cannot be reached or is overloaded is tried again. */
    patience?: number;
}

const RESPONSE_TIMEOUT = 40_000;
/** Refusals that say "not now" rather than "no". */
const RETRIABLE = new Set([429, 502, 503, 504]);

export class Client {
    constructor(private readonly kubeconfig: KubeConfig, private readonly origin: string) {}

    /** @throws ApiError when it is refused, Unreachable when there is no answer */
    async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
        const until = Date.now() + (options.patience ?? 0);
        for (let pause = 200; ; pause = Math.min(pause * 2, 2000)) {
            try {
                return await this.once<T>(method, path, options);
            } catch (error) {
                const again = error instanceof Unreachable || (error instanceof ApiError && RETRIABLE.has(error.http));
                if (!again || Date.now() + pause > until) throw error;
            }
            await sleep(pause);
        }
    }

    private async once<T>(method: Method, path: string, options: RequestOptions): Promise<T> {
        const server = this.kubeconfig.getCurrentCluster()?.server ?? "http://localhost:8080";
        const url = new URL(server.replace(/\/$/, "") + path);
        for (const [name, value] of Object.entries(options.query ?? {})) if (value !== undefined) url.searchParams.set(name, value);
        const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
        const settings = await this.connection(server);
        settings.method = method;
        const content = payload === undefined ? {} : { "content-type": options.contentType ?? "application/json", "content-length": Buffer.byteLength(payload) };
        settings.headers = { ...settings.headers, accept: "application/json", ...content };
        let answer: { code: number; body: string };
        try {
            answer = await send(url, settings, payload);
        } catch (error) {
            throw new Unreachable(server, this.origin, error);
        }
        const parsed = parse(answer.body);
        if (answer.code >= 200 && answer.code < 300) return parsed as T;
        throw new ApiError(answer.code, (parsed ?? { message: answer.body.trim() || undefined }) as ApiStatus, `${method} ${path}`);
    }

    /** TLS and credentials, as kubectl would use them. */
    private async connection(server: string): Promise<https.RequestOptions> {
        const settings: https.RequestOptions = {};
        try {
            await this.kubeconfig.applyToHTTPSOptions(settings);
        } catch (error) {
            throw new Unreachable(server, this.origin, error);
        }
        if (settings.agent instanceof http.Agent) Object.assign(settings.agent, { keepAlive: true });
        return settings;
    }
}

function send(url: URL, settings: https.RequestOptions, payload: string | undefined): Promise<{ code: number; body: string }> {
    return new Promise((resolve, reject) => {
        const request = (url.protocol === "http:" ? http : https).request(url, settings, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
            response.on("error", reject);
        });
        request.setTimeout(RESPONSE_TIMEOUT, () => request.destroy(new Error(`no answer within ${RESPONSE_TIMEOUT / 1000} s`)));
        request.on("error", reject);
        request.end(payload);
    });
}

function parse(body: string): unknown {
    try {
        return JSON.parse(body);
    } catch {
        return undefined;
    }
}
