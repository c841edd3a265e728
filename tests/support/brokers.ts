/** Throw-away, real brokers for tests: Debian's redis-server and nats-server on a port of their own, data in a temporary folder. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canInstallPackages, installPackages } from "../../toolchain/core/debianPackages";
import { freePort } from "../../toolchain/core/port";
import { which } from "../../toolchain/core/run";

export interface TestBroker {
    url: string;
    /** Ends it with everything it knew, and starts it empty on the same port. */
    loseEverything(): Promise<void>;
    /** Keeps it from doing anything for a while, as a busy machine does. */
    stall(ms: number): void;
    stop(): Promise<void>;
}

/** Undefined where the server is not installed and cannot be. */
export function startTestRedis(): Promise<TestBroker | undefined> {
    return start("redis-server", "redis", (port) => ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
}

export function startTestNats(): Promise<TestBroker | undefined> {
    return start("nats-server", "nats", (port, folder) => ["--addr", "127.0.0.1", "--port", String(port), "--jetstream", "--store_dir", folder]);
}

async function start(program: string, protocol: string, args: (port: number, folder: string) => string[]): Promise<TestBroker | undefined> {
    if ((await which(program)) === undefined) {
        if (!(await canInstallPackages()) || (await installPackages([program], () => undefined)) !== undefined) return undefined;
    }
    const path = await which(program);
    if (path === undefined) return undefined;
    const port = await freePort();
    let running = await run(path, args, port);
    return {
        url: `${protocol}://127.0.0.1:${port}`,
        async loseEverything() {
            await end(running);
            running = await run(path, args, port);
        },
        stall(ms) {
            const { child } = running;
            child.kill("SIGSTOP");
            setTimeout(() => child.kill("SIGCONT"), ms);
        },
        stop: () => end(running),
    };
}

interface Running {
    child: ChildProcess;
    folder: string;
}

async function run(path: string, args: (port: number, folder: string) => string[], port: number): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), "broker-"));
    const child = spawn(path, args(port, folder), { cwd: folder, stdio: "ignore" });
    // Should the test process be ended hard, the server must not outlive it unnoticed for long.
    process.once("exit", () => child.kill("SIGKILL"));
    for (let tries = 0; tries < 200; tries++) {
        const reached = await new Promise<boolean>((resolve) => {
            const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
            socket.once("error", () => resolve(false));
        });
        if (reached) return { child, folder };
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    child.kill("SIGKILL");
    throw new Error(`${path} does not answer on port ${port}`);
}

async function end({ child, folder }: Running): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "close");
    }
    rmSync(folder, { recursive: true, force: true });
}
