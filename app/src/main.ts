/** The one entry point. `ROLE` decides what this process is. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { EnvError, readEnv, type Env } from "./env.js";
import { createLogger } from "./http/log.js";
import type { Core } from "./roles/core.js";
import { serve, type Running } from "./roles/serve.js";

/** After SIGTERM the cluster still sends requests for a moment: they are answered. */
const DRAIN_MS = 3_000;

async function main(): Promise<void> {
    const env = readEnv();
    const log = createLogger({ level: env.LOG_LEVEL, service: env.ROLE });
    process.on("unhandledRejection", (error) => {
        log.fatal({ error }, "unhandled rejection");
        log.flush(() => process.exit(1));
    });
    if (env.ROLE === "migrate") {
        const { runMigrate } = await import("./roles/migrate.js");
        await runMigrate(env, log);
        return;
    }
    const { running, drain } = await start(env);
    const service = await serve(running.app, env.PORT, env.ROLE === "all" ? "127.0.0.1" : undefined);
    log.info({ port: service.port }, "serving");
    let stopping = false;
    const stop = async (signal: string) => {
        if (stopping) return;
        stopping = true;
        log.info({ signal }, "stopping");
        drain();
        if (env.ROLE !== "all" && env.ROLE !== "worker") await sleep(DRAIN_MS);
        await running.quiesce();
        await service.stop();
        await running.close();
        log.info("stopped");
        log.flush(() => process.exit(0));
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal).catch((error: unknown) => (log.error({ error }, "could not stop cleanly"), process.exit(1))));
}

/** Each role loads only what it needs. */
async function start(env: Env): Promise<{ running: Running; drain: () => void }> {
    if (env.ROLE === "all") {
        const { startAll } = await import("./roles/all.js");
        const running = await startAll(env);
        console.log(`\n  http://localhost:${env.PORT}\n  user   ${running.people.user.email}  ${running.people.user.password}\n  admin  ${running.people.admin.email}  ${running.people.admin.password}\n`);
        return { running, drain: running.drain };
    }
    if (env.ROLE === "parse") return (await import("./roles/parse.js")).startParse(env);
    const { openCore } = await import("./roles/core.js");
    if (env.ROLE === "rag") {
        const { configuredEmbedder } = await import("./models/remoteEmbedder.js");
        const { startRag } = await import("./roles/rag.js");
        const core: Core = openCore(env, undefined, () => embedder.embed(["ready"]));
        const embedder = configuredEmbedder(env, core.log, core.metrics);
        return { running: startRag(core, embedder), drain: core.drain };
    }
    const core = openCore(env);
    const roles = {
        agent: async () => {
            // Its heap then grows with what it holds, not with what it throws away: 100 people at a time, and it stays below
            // 250 MiB for a tenth more CPU time a turn (docs/benchmarks.md). Search would notice that, so the others go without.
            setFlagsFromString("--optimize-for-size");
            return (await import("./roles/agent.js")).startAgent(core);
        },
        upload: async () => (await import("./roles/upload.js")).startUpload(core),
        worker: async () => (await import("./roles/worker.js")).startIngestion(core),
        mcp: async () => (await import("./roles/mcp.js")).startMcp(core),
    };
    return { running: await roles[env.ROLE as keyof typeof roles](), drain: core.drain };
}

main().catch((error: unknown) => {
    // Before there is a log, and for a person at a terminal: plain words.
    console.error(error instanceof EnvError ? error.message : error);
    process.exit(1);
});
