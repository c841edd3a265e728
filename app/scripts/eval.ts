/**
 * Measures search and answers on the golden set that ships with the application.
 *
 *     npm run eval                          what is in use
 *     npm run eval -- hybrid dense          two settings side by side (hybrid, dense, words)
 *     npm run eval -- --misses --json       with what went wrong; as JSON
 */
import { buildModel } from "../src/models/minilm/build.js";
import { GATE, openShipped, passes, type ShippedEvaluation } from "../src/evaluation/shipped.js";
import { appFolder } from "../src/env.js";
import { RANKINGS, type RankingName } from "../src/rag/ranking.js";

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith("--")));
const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = [...named.filter((name) => !(name in RANKINGS)), ...[...flags].filter((flag) => !["--misses", "--json", "--search-only"].includes(flag))];
if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(", ")}. Settings are ${Object.keys(RANKINGS).join(", ")}; flags are --misses, --json, --search-only.`);
    process.exit(1);
}
const names = (named.length > 0 ? named : ["hybrid"]) as RankingName[];
const modelFolder = appFolder("models/minilm");
buildModel(modelFolder);
const shipped = await openShipped(modelFolder, 2);
const results: Record<string, ShippedEvaluation> = {};
for (const name of names) results[name] = await shipped.run(name, { answers: !flags.has("--search-only") });
await shipped.close();

if (flags.has("--json")) {
    console.log(JSON.stringify(Object.fromEntries(Object.entries(results).map(([name, { misses, ...rest }]) => [name, flags.has("--misses") ? { ...rest, misses } : rest])), undefined, 2));
} else {
    const percent = (value: number | null) => (value === null ? "–" : `${(value * 100).toFixed(1)} %`);
    const rows: [label: string, read: (result: ShippedEvaluation) => string][] = [
        ["questions", ({ scores }) => String(scores.questions)],
        ["nDCG@10", ({ scores }) => scores.ndcg10.toFixed(3)],
        ["recall@1", ({ scores }) => percent(scores.recall1)],
        ["recall@5", ({ scores }) => percent(scores.recall5)],
        ["recall@20", ({ scores }) => percent(scores.recall20)],
        ["filtered recall@20", ({ filteredRecall }) => percent(filteredRecall)],
        ["answered", ({ scores }) => percent(scores.answered)],
        ["citations right", ({ scores }) => percent(scores.citations)],
        ["refusals right", ({ scores }) => percent(scores.refusals)],
        ["other tenants' passages", ({ leaks }) => String(leaks)],
    ];
    const line = (cells: readonly string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(10))).join(" ");
    console.log(line(["", ...names]));
    for (const [label, read] of rows) console.log(line([label, ...names.map((name) => read(results[name]!))]));
    if (flags.has("--misses")) for (const name of names) for (const { why, question } of results[name]!.misses) console.log(`${name}: ${why}: ${question}`);
}
const failed = passes(results[names[0]!]!);
if (failed.length > 0) console.error(`\nBelow the gate (${JSON.stringify(GATE)}): ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
