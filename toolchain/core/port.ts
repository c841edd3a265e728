/** Ports of this machine: one that is free, and a clear error for one that is not. */
import { createServer, type AddressInfo } from "node:net";
import { Problem } from "./problem";

/**
 * Whether a server could listen on the port now.
 * @param command what to run with another port, e.g. `npm run up`
 * @throws Problem AP-PORT-TAKEN
 */
export async function requireFree(port: number, host: string, command: string): Promise<void> {
    await new Promise<void>((free, failed) => {
        const probe = createServer();
        probe.once("error", (error: NodeJS.ErrnoException) => failed(error.code === "EADDRINUSE" ? portTaken(port, command) : error));
        probe.listen(port, host, () => probe.close(() => free()));
    });
}

export function portTaken(port: number, command: string): Problem {
    return new Problem("AP-PORT-TAKEN", {
        what: `port ${port} of this machine is in use`,
        why: "another program listens on it",
        fix: `end that program (ss -ltnp 'sport = :${port}' names it), or choose another port: ${command} -- --port ${port + 1}`,
    });
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo;
            server.close(() => resolve(port));
        });
    });
}
