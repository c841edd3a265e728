/** Ports of this machine: one that is free, and a clear error for one that is not. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { Problem } from "./problem";

/**
 * Whether a server could listen on the port now.
 * @param command what to run with another port, e.g. `npm run up`
 * @throws Problem AP-PORT-TAKEN
 */
export async function requireFree(port: number, host: string, command: string): Promise<void> {
    if (!(await isFree(port, host))) throw portTaken(port, command);
}

export function portTaken(port: number, command: string): Problem {
    return new Problem("AP-PORT-TAKEN", {
        what: `port ${port} of this machine is in use`,
        why: "another program listens on it",
        fix: `end that program (ss -ltnp 'sport = :${port}' names it), or choose another port: ${command} -- --port ${port + 1}`,
    });
}

/**
 * A port of 127.0.0.1 that nobody listens on, from 20000 to 29999. The system would name one of those that it lends to every
 * connection that goes out (32768 up on Linux, 49152 up elsewhere), and could lend it again before the caller's server is up.
 */
export async function freePort(): Promise<number> {
    for (;;) {
        const port = randomInt(20_000, 30_000);
        if (await isFree(port, "127.0.0.1")) return port;
    }
}

function isFree(port: number, host: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const probe = createServer();
        probe.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
        probe.listen(port, host, () => probe.close(() => resolve(true)));
    });
}
