/**
 * Benchmarks on this machine; nothing else should run beside them.
 *
 *     npm run bench                         all of them, search over 10,000 passages
 *     npm run bench -- ingest | search | peers | threads
 *     npm run bench -- search 100000
 */
import { appFolder } from "../src/env.js";
import { buildModel } from "../src/models/minilm/build.js";

const [which, size] = process.argv.slice(2);
const parts: Record<string, () => Promise<void>> = {
    ingest: async () => (await import("./ingest.js")).benchIngest(),
    search: async () => (await import("./search.js")).benchSearch(Number(size ?? 10_000)),
    peers: async () => (await import("./peers.js")).benchPeers(),
    threads: async () => (await import("./threads.js")).benchThreads(),
};
if (which !== undefined && !(which in parts)) {
    console.error(`There is no benchmark ${which}: ${Object.keys(parts).join(", ")}.`);
    process.exit(1);
}
buildModel(appFolder("models/minilm"));
for (const [name, run] of Object.entries(parts)) if (which === undefined || which === name) await run();
process.exit(0);
