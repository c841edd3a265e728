/**
 * Benchmarks on this machine; nothing else should run beside them. A table is printed, and .agent-platform/benchmarks.json
 * written; `publish` makes docs/benchmarks.md and its plots of that file.
 *
 *     npm run bench                          everything, one part after the other
 *     npm run bench -- ingest | search | quality | peers | threads | turns | roles | webhooks
 *     npm run bench -- search 100000         over so many passages
 *     npm run bench -- quality FOLDER        with the public collections in a folder (docs/benchmarks.md)
 *     npm run bench -- publish
 */
import { appFolder } from "../src/env.js";
import { buildModel } from "../src/models/minilm/build.js";

const [which, argument] = process.argv.slice(2);
const number = argument === undefined ? undefined : Number(argument);
const parts: Record<string, () => Promise<void>> = {
    ingest: async () => (await import("./ingest.js")).benchIngest(),
    search: async () => {
        const { benchSearch } = await import("./search.js");
        for (const size of number === undefined ? [10_000, 100_000] : [number]) await benchSearch(size);
    },
    quality: async () => (await import("./quality.js")).benchQuality(argument),
    peers: async () => (await import("./peers.js")).benchPeers(),
    threads: async () => (await import("./threads.js")).benchThreads(),
    turns: async () => (await import("./turns.js")).benchTurns(number),
    roles: async () => (await import("./roles.js")).benchRoles(),
    webhooks: async () => (await import("./webhooks.js")).benchWebhooks(),
};
if (which === "publish") {
    (await import("./page.js")).publish();
    process.exit(0);
}
if (which !== undefined && !(which in parts)) {
    console.error(`There is no benchmark ${which}: ${Object.keys(parts).join(", ")}, publish.`);
    process.exit(1);
}
buildModel(appFolder("models/minilm"));
for (const [name, run] of Object.entries(parts)) if (which === undefined || which === name) await run();
process.exit(0);
