/** The one way to the server: JSON in and out, every failure an ApiError with a stable code. */

/** What went wrong, as a code the front can explain. `status` 0 means that no answer came. */
export class ApiError extends Error {
    override readonly name = "ApiError";
    readonly code: string;
    readonly status: number;
    readonly requestId: string | null;
    /** Seconds to wait before trying again, when the server said so. */
    readonly retryAfter: number | null;

    constructor(code: string, message: string, details: { status?: number; requestId?: string | null; retryAfter?: number | null } = {}) {
        super(message);
        this.code = code;
        this.status = details.status ?? 0;
        this.requestId = details.requestId ?? null;
        this.retryAfter = details.retryAfter ?? null;
    }
}

type Listener = () => void;
const signedOut = new Set<Listener>();
const reached = new Set<(ok: boolean) => void>();

/** Calls `listener` whenever the server says that the session has ended. */
export function onSignedOut(listener: Listener): () => void {
    signedOut.add(listener);
    return () => signedOut.delete(listener);
}

/** Calls `listener` after every attempt to reach the server, with whether it answered. */
export function onReached(listener: (ok: boolean) => void): () => void {
    reached.add(listener);
    return () => reached.delete(listener);
}

/** Tells the listeners that the session has ended. */
export function announceSignedOut(): void {
    signedOut.forEach((listener) => listener());
}

/** Tells the listeners whether the server answered. */
export function announceReached(ok: boolean): void {
    reached.forEach((listener) => listener(ok));
}

/** Tabs tell each other when one of them has gone on with the session, since they share its cookies. */
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("session");
let goneOnAt = 0;
let goingOn: Promise<boolean> | null = null;
if (tabs) {
    tabs.onmessage = () => (goneOnAt = Date.now());
    // In tests under Node an open channel would keep the process alive.
    (tabs as { unref?: () => void }).unref?.();
}

/**
 * Goes on with a session whose token has run out; false when it is over. The refresh token is good for one use, so only one
 * request of all tabs may carry it.
 * @param since when the request that was refused began, in milliseconds since 1970
 */
export function goOnWithSession(since: number): Promise<boolean> {
    const attempt = async (): Promise<boolean> => {
        if (goneOnAt > since) {
            return true;
        }
        const response = await fetch("/api/auth/refresh", { method: "POST", credentials: "same-origin", cache: "no-store" }).catch(() => null);
        if (response?.ok) {
            goneOnAt = Date.now();
            tabs?.postMessage("gone on");
        }
        return response?.ok ?? false;
    };
    // Locks exist on https and localhost only; elsewhere one page at a time has to do.
    goingOn ??= (navigator.locks ? navigator.locks.request("session", attempt) : attempt()).finally(() => (goingOn = null));
    return goingOn;
}

/** Whether a refused request may succeed after going on with the session. */
export function hasRunOut(error: ApiError): boolean {
    return error.status === 401 && error.code === "SESSION_ENDED";
}

/** `fetch` that goes on with a session that has run out, and turns "no answer" and error answers into ApiError. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const began = Date.now();
    try {
        return await sendOnce(path, init);
    } catch (cause) {
        const error = asApiError(cause);
        if (hasRunOut(error) && path !== "/api/login" && (await goOnWithSession(began))) {
            return sendOnce(path, init).catch((again: unknown) => {
                throw noticed(path, asApiError(again));
            });
        }
        throw noticed(path, error);
    }
}

function noticed(path: string, error: ApiError): ApiError {
    // A wrong password is no end of a session.
    if (error.status === 401 && !["WRONG_CREDENTIALS", "WRONG_PASSWORD"].includes(error.code) && path !== "/api/login") {
        announceSignedOut();
    }
    return error;
}

async function sendOnce(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
        response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
    } catch (cause) {
        if (init.signal?.aborted) {
            throw new ApiError("ABORTED", "The request was stopped.");
        }
        announceReached(false);
        throw new ApiError("UNREACHABLE", cause instanceof Error ? cause.message : "The server did not answer.");
    }
    announceReached(response.status < 502 || response.status > 504);
    if (!response.ok) {
        throw await errorOf(response);
    }
    return response;
}

/** Sends a request and reads the JSON answer; an empty answer is `undefined`. */
export async function request<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await send(path, { ...init, headers: { Accept: "application/json", ...init.headers } });
    const text = await response.text();
    if (text === "") {
        return undefined as T;
    }
    try {
        return JSON.parse(text) as T;
    } catch {
        // Something in between (a proxy, a wrong address) answered with a page of its own.
        throw new ApiError("UNEXPECTED_ANSWER", "The answer was not JSON.", { status: response.status });
    }
}

/** A POST with a JSON body. */
export function post<T>(path: string, body: unknown = {}, init: RequestInit = {}): Promise<T> {
    return withBody("POST", path, body, init);
}

/** A request of any method with a JSON body. */
export function withBody<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: unknown, init: RequestInit = {}): Promise<T> {
    return request<T>(path, { method, ...init, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** Reads an error answer, whoever wrote it. */
export async function errorOf(response: Response): Promise<ApiError> {
    const text = await response.text().catch(() => "");
    return errorFrom(response.status, text, (name) => response.headers.get(name));
}

/** The error of an answer with this status and body; shared with the upload, which has no Response. */
export function errorFrom(status: number, body: string, header: (name: string) => string | null): ApiError {
    const seconds = Number(header("Retry-After"));
    const retryAfter = Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
    const requestId = header("X-Request-Id");
    try {
        const { error } = JSON.parse(body) as { error?: { code?: string; message?: string; requestId?: string } };
        if (error?.code) {
            return new ApiError(error.code, error.message ?? "", { status, retryAfter, requestId: error.requestId ?? requestId });
        }
    } catch {
        // Not our server's error shape; the status alone has to do.
    }
    const codes: Record<number, string> = { 401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 413: "UPLOAD_TOO_LARGE", 429: "TOO_MANY_REQUESTS" };
    const code = codes[status] ?? (status >= 502 && status <= 504 ? "UNAVAILABLE" : `HTTP_${status}`);
    return new ApiError(code, "", { status, retryAfter, requestId });
}

/** Any thrown value as an ApiError, so that every `catch` can show it. */
export function asApiError(cause: unknown): ApiError {
    return cause instanceof ApiError ? cause : new ApiError("BROWSER_ERROR", cause instanceof Error ? cause.message : String(cause));
}
