/** What several blueprints have in common: the shapes of the application's own services. */
import { reserve } from "../topology/derive";
import type { Health, LocalEdge, Party, Resources, Service, Task } from "../topology/types";

/** CPU and memory: what is reserved, and at most. */
export type Size = (requests: readonly [cpu: string, memory: string], limits: readonly [cpu: string, memory: string]) => Resources;

/** Sizes of which only `percent` is really reserved: less than all only on a small machine of one's own. */
export function sizes(percent: number): Size {
    return (requests, limits) => reserve({ requests: { cpu: requests[0], memory: requests[1] }, limits: { cpu: limits[0], memory: limits[1] } }, percent);
}

/** People on the machine itself; `npm run up` opens the port. */
export const localPort: LocalEdge = { name: "local-port", kind: "local-port", enters: "web", address: "http://localhost:8080" };

/** Where the tunnel's connectors call: QUIC, or HTTP/2 where UDP is blocked. */
export const cloudflare: Party = {
    name: "cloudflare",
    purpose: "edge: TLS, WAF, rate limits",
    ports: [
        { port: 7844, protocol: "UDP" },
        { port: 7844, protocol: "TCP" },
    ],
    speaks: "tls",
};

/** Probes of document 001, except that readiness asks `/ready`: `/health` cannot tell "alive" from "can serve". */
export function appHealth(port: number): Health {
    return {
        port,
        startup: { path: "/health", periodSeconds: 2, failureThreshold: 60 },
        readiness: { path: "/ready", initialDelaySeconds: 5, periodSeconds: 5 },
        liveness: { path: "/health", initialDelaySeconds: 30, periodSeconds: 10 },
    };
}

/** Outbound only. No liveness probe: when Cloudflare is away its `/ready` fails, and a restart loop would not help. */
export function connector(size: Size): Service {
    return {
        name: "cloudflared",
        owner: "TunnelEdge",
        purpose: "outbound tunnel to Cloudflare",
        image: "cloudflared",
        args: ["tunnel", "--no-autoupdate", "--metrics", "0.0.0.0:2000", "run"],
        replicas: { min: 2, max: 2 },
        resources: size(["50m", "64Mi"], ["250m", "256Mi"]),
        health: { port: 2000, startup: { path: "/ready", periodSeconds: 5, failureThreshold: 60 }, readiness: { path: "/ready", periodSeconds: 10 } },
        settings: {},
        secrets: { TUNNEL_TOKEN: "tunnel/token" },
        scratch: "16Mi",
        priority: "serving",
        graceSeconds: 30,
    };
}

/** Tables and first sign-ins, before the services of this version start. */
export function migration(people: { readonly adminEmail: string; readonly userEmail: string }, size: Size): Task {
    return {
        name: "migrate",
        owner: "RagService",
        purpose: "tables, first sign-ins",
        image: "app",
        settings: { ROLE: "migrate", SEED_ADMIN_EMAIL: people.adminEmail, SEED_USER_EMAIL: people.userEmail },
        secrets: { DATABASE_OWNER_URL: "database-owner/url", DATABASE_APP_PASSWORD: "database/password", SEED_ADMIN_PASSWORD: "sign-in/admin-password", SEED_USER_PASSWORD: "sign-in/user-password" },
        resources: size(["100m", "256Mi"], ["500m", "512Mi"]),
        scratch: "64Mi",
        retries: 3,
        deadlineSeconds: 600,
    };
}
