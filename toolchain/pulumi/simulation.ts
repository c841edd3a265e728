/**
 * Simulated clouds: the same commands, but every cloud only remembers what it would have made.
 *
 * A simulation is an installation of its own inside the real one's folder: state, passphrase and the simulated
 * clouds themselves. Nothing in it can reach the state of a real deployment, or the other way round.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { homeFolder } from "../core/paths";

const HOME = "AGENT_PLATFORM_HOME";
const ON = "AGENT_PLATFORM_SIMULATE";

/** True when this process works on simulated clouds. */
export function simulating(): boolean {
    return process.env[ON] === "true";
}

/** From now on everything that this process and its children do is simulated. @returns ends it, for tests */
export function simulate(): () => void {
    if (simulating()) return () => undefined;
    const before = process.env[HOME];
    process.env[HOME] = homeFolder("simulation");
    process.env[ON] = "true";
    // The program asks whether there is a local cluster; the simulated one needs nothing to be written in it.
    mkdirSync(homeFolder(), { recursive: true, mode: 0o700 });
    writeFileSync(homeFolder("kubeconfig"), "");
    return () => {
        delete process.env[ON];
        if (before === undefined) delete process.env[HOME];
        else process.env[HOME] = before;
    };
}

/** The file in which the simulated clouds of a stack are kept. */
export function cloudsFile(project: string, stack: string): string {
    return homeFolder("clouds", `${project}.${stack}.jsonl`);
}
