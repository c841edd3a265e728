/** The web application that every role starts from: ids, logs, headers, errors, health. Routes are added to it. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { randomUUID } from "node:crypto";
import type { Principal } from "../db/database.js";
import { ApiError, publicError, type ErrorBody } from "./errors.js";
import type { Logger } from "./log.js";
import type { Metrics } from "./metrics.js";

export interface AppVariables {
    requestId: string;
    log: Logger;
    /** Set behind `authenticate`. */
    principal: Principal;
    /** The verified token, to forward to another service of the platform. */
    token: string;
    sessionId: string;
}

export type AppEnv = { Variables: AppVariables };
export type App = OpenAPIHono<AppEnv>;
export type AppContext = Context<AppEnv>;

export interface AppDeps {
    log: Logger;
    metrics: Metrics;
    /** Rejects with what is wrong while the role cannot serve. */
    ready: () => Promise<void>;
    /** Largest body of ordinary requests; the upload route streams and has its own limit. @default 262144 */
    maxBodyBytes?: number;
    /** Paths with their own body limit. */
    unlimitedBodies?: readonly string[];
}

export function createApp(deps: AppDeps): App {
    const app: App = new OpenAPIHono<AppEnv>({
        defaultHook: (result) => {
            if (result.success) return;
            const issue = result.error.issues[0];
            const where = issue?.path.join(".");
            throw new ApiError(400, "INVALID_REQUEST", `The request is not valid${where ? `: "${where}"` : ""}: ${issue?.message ?? "unknown reason"}.`);
        },
    });
    app.use(correlate(deps), secureHeaders, limitBody(deps.maxBodyBytes ?? 256 * 1024, deps.unlimitedBodies ?? []));
    app.notFound((c) => c.json(body(c, new ApiError(404, "NOT_FOUND", "There is nothing at this address.")), 404));
    app.onError((error, c) => {
        const known = publicError(error);
        const log = c.get("log") ?? deps.log;
        if (known.status >= 500) log.error({ error, code: known.code }, "request failed");
        if (known.retryAfter !== undefined) c.header("Retry-After", String(known.retryAfter));
        return c.json(body(c, known), known.status);
    });
    app.get("/health", (c) => c.json({ status: "ok" }));
    app.get("/ready", async (c) => {
        try {
            await deps.ready();
            return c.json({ status: "ready" });
        } catch (error) {
            c.get("log").warn({ error }, "not ready");
            return c.json(body(c, new ApiError(503, "NOT_READY", "This service cannot serve yet: the database or its schema is not there.")), 503);
        }
    });
    app.get("/metrics", (c) => c.text(deps.metrics.text(), 200, { "Content-Type": "text/plain; version=0.0.4" }));
    app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer", bearerFormat: "JWT" });
    app.openAPIRegistry.registerComponent("securitySchemes", "session", { type: "apiKey", in: "cookie", name: "session" });
    app.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "Agent platform", version: "1" } });
    return app;
}

/** One id from the browser through every service and log line; one line and one measurement per request. */
function correlate(deps: AppDeps): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        const given = c.req.header("x-request-id");
        const requestId = given !== undefined && /^[\w.:-]{8,64}$/.test(given) ? given : randomUUID();
        c.set("requestId", requestId);
        c.set("log", deps.log.child({ requestId }));
        c.header("X-Request-Id", requestId);
        const started = performance.now();
        await next();
        const seconds = (performance.now() - started) / 1000;
        // The pattern, not the path: an unbounded label would grow without end.
        const route = c.req.routePath;
        deps.metrics.observe("http_request_duration_seconds", "Time until the response was ready to be sent.", { method: c.req.method, route, status: String(c.res.status) }, seconds);
        const quiet = c.req.path === "/health" || c.req.path === "/ready" || c.req.path === "/metrics";
        c.get("log")[quiet ? "debug" : "info"]({ method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(seconds * 1000) }, "request");
    };
}

/** Set before `next()`: changing headers afterwards leaves the server's fast path and costs most of its speed. */
const secureHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
    c.header("X-Content-Type-Options", "nosniff");
    c.header("X-Frame-Options", "DENY");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    c.header("Cross-Origin-Opener-Policy", "same-origin");
    c.header("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if (c.req.header("x-forwarded-proto") === "https") c.header("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    c.header("Cache-Control", "no-store");
    c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    await next();
};

/** Refuses by the declared length at once, and cuts off a body that is longer than it said. */
function limitBody(limit: number, exempt: readonly string[]): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        if (c.req.method === "GET" || c.req.method === "HEAD" || exempt.includes(c.req.path)) return next();
        const tooLarge = new ApiError(413, "REQUEST_TOO_LARGE", `The request is larger than the ${limit} bytes allowed here.`);
        const declared = Number(c.req.header("content-length") ?? Number.NaN);
        if (declared > limit) throw tooLarge;
        if (Number.isNaN(declared) && c.req.raw.body !== null) {
            let seen = 0;
            const counted = c.req.raw.body.pipeThrough(
                new TransformStream<Uint8Array, Uint8Array>({
                    transform(chunk, controller) {
                        seen += chunk.byteLength;
                        if (seen > limit) controller.error(tooLarge);
                        else controller.enqueue(chunk);
                    },
                }),
            );
            c.req.raw = new Request(c.req.raw, { body: counted, duplex: "half" } as RequestInit);
        }
        return next();
    };
}

function body(c: AppContext, error: ApiError): ErrorBody {
    return { error: { code: error.code, message: error.message, requestId: c.get("requestId") } };
}
