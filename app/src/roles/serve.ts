/** Runs an app as an HTTP server and stops it without cutting anyone off. */
import { serve as listen } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../http/app.js";
import { closeEventStreams } from "../http/sse.js";

/** A role that is up. */
export interface Running {
    app: App;
    /** Takes no new background work and hands back what is running; requests are still answered. */
    quiesce(): Promise<void>;
    /** Lets go of everything; nothing is answered any more. */
    close(): Promise<void>;
}

export interface Service {
    port: number;
    stop(): Promise<void>;
}

/** How long requests may still take once the service is stopping. */
const GRACE_MS = 15_000;

/** @param host `127.0.0.1` keeps it on this machine */
export async function serve(app: App, port: number, host?: string): Promise<Service> {
    const server = await new Promise<Server>((resolve, reject) => {
        const starting = listen({ fetch: app.fetch, port, hostname: host }, () => resolve(starting as Server)) as Server;
        starting.once("error", reject);
    });
    return {
        port: (server.address() as AddressInfo).port,
        async stop() {
            const closed = new Promise<void>((resolve) => server.close(() => resolve()));
            closeEventStreams();
            server.closeIdleConnections();
            await Promise.race([closed, sleep(GRACE_MS, undefined, { ref: false })]);
            server.closeAllConnections();
        },
    };
}
