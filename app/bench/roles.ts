/** How long each role takes until it is ready, and the memory it holds then: a process each, as in a cluster, over a real PostgreSQL. */
import { randomBytes } from "node:crypto";
import { appFolder } from "../src/env.js";
import { Report } from "./report.js";
import { database, percentile, startCompiled } from "./support.js";
import { residentOf } from "./turns.js";

const ROLES = [
    { role: "agent", memory: 250 },
    { role: "rag", memory: 500 },
    { role: "mcp" },
    { role: "upload" },
    { role: "worker" },
] as const;
const TIMES = 3;

export async function benchRoles(): Promise<void> {
    const report = new Report("roles", "Start and memory of each role", "npm run bench -- roles");
    const opened = await database();
    const env = { DATABASE_URL: opened.urls!.app, JWT_SECRET: randomBytes(48).toString("base64"), LOG_LEVEL: "warn", MODEL_DIR: appFolder("models/minilm") };
    for (const { role, ...bar } of ROLES) {
        const times: number[] = [];
        let memory = 0;
        for (let time = 0; time < TIMES; time++) {
            const begun = performance.now();
            const running = await startCompiled(role, env);
            times.push((performance.now() - begun) / 1000);
            // Whatever is loaded in the background is loaded then.
            await new Promise((resolve) => setTimeout(resolve, 3_000));
            memory = Math.max(memory, residentOf(running.process.pid!));
            await running.end("SIGTERM");
        }
        report.add(`${role}: ready after`, percentile(times, 0.5), "s", { bar: { atMost: 2 } });
        report.add(`${role}: memory when ready`, memory / 2 ** 20, "MiB", "memory" in bar ? { bar: { atMost: bar.memory } } : {});
    }
    report.close();
    await opened.close();
}
