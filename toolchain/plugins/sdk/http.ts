/** A vendor's HTTP API as plugins use it: every call has an end, is repeated when that cannot do harm, and fails in words. */
import { setTimeout as sleep } from "node:timers/promises";
import { PluginError } from "./failure";

export interface ApiOptions {
    /** The vendor's name, for messages. */
    readonly vendor: string;
    /** Where the API is, without a slash at its end. */
    readonly baseUrl: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Milliseconds for one attempt. @default 30000 */
    readonly timeout?: number;
    /** How often a call is tried in all. @default 6 */
    readonly attempts?: number;
    /** Milliseconds before the second attempt; doubled for each further one, at most 20 s. @default 500 */
    readonly pause?: number;
    /** Answers that mean "not now" and that nothing was done, beside 429 and 503. */
    readonly notNow?: readonly number[];
}

export interface Call {
    readonly query?: Readonly<Record<string, string | number | boolean>>;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    /** Whether doing it twice is as good as doing it once. @default true, except for POST */
    readonly repeatable?: boolean;
    /** Milliseconds for this attempt, where the vendor itself waits. */
    readonly timeout?: number;
}

/** What the vendor answered, when it was no success. */
export class ApiError extends PluginError {
    constructor(message: string, readonly httpStatus: number) {
        super(message);
        this.name = "ApiError";
    }
}

/** No answer came: what was asked may have been done or not. */
export class NoAnswer extends PluginError {
    constructor(message: string) {
        super(message);
        this.name = "NoAnswer";
    }
}

/** Longer texts of a vendor help nobody. */
const longestMessage = 500;

export class Api {
    constructor(private readonly options: ApiOptions) {}

    /**
     * The vendor's answer, parsed; undefined when it has no body.
     * @throws ApiError when the vendor refuses, NoAnswer when it stays silent
     */
    async request<Answer>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, call: Call = {}): Promise<Answer> {
        const { attempts = 6, pause = 500, notNow = [] } = this.options;
        const repeatable = call.repeatable ?? method !== "POST";
        for (let attempt = 1; ; attempt++) {
            const last = attempt >= attempts;
            try {
                const response = await this.send(method, path, call);
                if (response.ok) return (await this.parsed(response, method, path)) as Answer;
                const { status } = response;
                const refused = [429, 503, ...notNow].includes(status);
                if (last || !(refused || (repeatable && status >= 500))) throw new ApiError(await this.refusal(response, method, path), status);
                await response.body?.cancel();
                await sleep(waitOf(response.headers.get("retry-after")) ?? backoff(pause, attempt));
            } catch (error) {
                if (error instanceof PluginError && !(error instanceof NoAnswer)) throw error;
                const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
                // A connection that was never made has asked for nothing.
                const nothingAsked = cause?.code === "ECONNREFUSED" || cause?.code === "ENOTFOUND" || cause?.code === "EAI_AGAIN";
                if (last || !(repeatable || nothingAsked)) throw new NoAnswer(`${this.options.vendor} did not answer ${method} ${path}: ${cause?.message ?? (error as Error).message}`);
                await sleep(backoff(pause, attempt));
            }
        }
    }

    /** Like `request`, but undefined when the vendor knows nothing of that name. */
    async find<Answer>(path: string, call: Call = {}): Promise<Answer | undefined> {
        try {
            return await this.request<Answer>("GET", path, call);
        } catch (error) {
            if (error instanceof ApiError && (error.httpStatus === 404 || error.httpStatus === 410)) return undefined;
            throw error;
        }
    }

    /** Deletes; what is gone already is as good. */
    async remove(path: string, call: Call = {}): Promise<void> {
        try {
            await this.request("DELETE", path, call);
        } catch (error) {
            if (!(error instanceof ApiError && (error.httpStatus === 404 || error.httpStatus === 410))) throw error;
        }
    }

    private send(method: string, path: string, call: Call): Promise<Response> {
        const query = new URLSearchParams(Object.entries(call.query ?? {}).map(([key, value]): [string, string] => [key, String(value)])).toString();
        return fetch(`${this.options.baseUrl}${path}${query === "" ? "" : `?${query}`}`, {
            method,
            headers: { accept: "application/json", ...(call.body === undefined ? {} : { "content-type": "application/json" }), ...this.options.headers, ...call.headers },
            ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
            redirect: "error",
            signal: AbortSignal.timeout(call.timeout ?? this.options.timeout ?? 30_000),
        });
    }

    private async parsed(response: Response, method: string, path: string): Promise<unknown> {
        const text = await response.text();
        if (text.trim() === "") return undefined;
        try {
            return JSON.parse(text);
        } catch {
            throw new ApiError(`${this.options.vendor} answered ${method} ${path} with something that is no JSON`, response.status);
        }
    }

    private async refusal(response: Response, method: string, path: string): Promise<string> {
        const text = await response.text().catch(() => "");
        const why = messageIn(text) ?? (text.trim() || response.statusText);
        const hint = response.status === 401 || response.status === 403 ? `; does the token for ${this.options.vendor} still exist, and may it do this?` : "";
        return `${this.options.vendor} refused ${method} ${path} (${response.status}): ${why.slice(0, longestMessage)}${hint}`;
    }
}

/**
 * Makes something exactly once, although a vendor may have made it without being able to say so: what is there already
 * and is ours is taken over, and after silence we look before we ask again.
 */
export async function makeOnce<T>(find: () => Promise<T | undefined>, make: () => Promise<T>): Promise<T> {
    const there = await find();
    if (there !== undefined) return there;
    try {
        return await make();
    } catch (error) {
        const uncertain = error instanceof NoAnswer || (error instanceof ApiError && (error.httpStatus >= 500 || error.httpStatus === 409));
        const made = uncertain ? await find() : undefined;
        if (made === undefined) throw error;
        return made;
    }
}

/** The message in the bodies that vendors send: `{"error": "…"}`, `{"message": "…"}` or `{"error": {"message": "…"}}`. */
function messageIn(text: string): string | undefined {
    try {
        const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
        if (typeof error === "string") return error;
        if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
        return typeof message === "string" ? message : undefined;
    } catch {
        return undefined;
    }
}

/** `Retry-After` in seconds or as a date; never more than a minute. */
function waitOf(header: string | null): number | undefined {
    if (header === null) return undefined;
    const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
    return Number.isFinite(wait) ? Math.min(60_000, Math.max(0, wait)) : undefined;
}

/** Longer each time, and not the same for all who were refused together. */
function backoff(pause: number, attempt: number): number {
    return Math.min(20_000, pause * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2);
}
