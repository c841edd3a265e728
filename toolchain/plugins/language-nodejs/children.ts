/** The processes a language host has started: none of them may outlive it. */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

/** How long a child gets to end by itself after it was asked to. */
const GRACE = 5000;

export class Children {
    private readonly running = new Set<ChildProcess>();

    spawn(command: string, args: string[], options: SpawnOptions): ChildProcess {
        const child = spawn(command, args, options);
        this.running.add(child);
        child.on("close", () => this.running.delete(child));
        return child;
    }

    /** Asks a child to end, and makes it end when it does not listen. */
    stop(child: ChildProcess): void {
        child.kill("SIGINT");
        setTimeout(() => child.kill("SIGKILL"), GRACE).unref();
    }

    stopAll(): void {
        for (const child of this.running) this.stop(child);
    }

    /** For the end of this process, when nothing can be waited for any more. */
    killAll(): void {
        for (const child of this.running) child.kill("SIGKILL");
    }
}
