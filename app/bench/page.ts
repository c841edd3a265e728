/** docs/benchmarks.md and its plots, made of what was measured. What stands around the tables is bench/page.md. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "../src/env.js";
import { barPlot, type Plot } from "./plot.js";
import { barText, figure, holds, readResults, type Part, type Results } from "./report.js";

export function publish(results: Results = readResults(), folder = appFolder("../docs")): void {
    mkdirSync(join(folder, "benchmarks"), { recursive: true });
    for (const [name, plot] of Object.entries(plots(results))) writeFileSync(join(folder, "benchmarks", `${name}.svg`), barPlot(plot));
    const text = readFileSync(appFolder("bench/page.md"), "utf8");
    writeFileSync(join(folder, "benchmarks.md"), text.replace("{{tables}}", Object.values(results).map(table).join("\n")));
    writeFileSync(join(folder, "benchmarks", "measured.json"), `${JSON.stringify(results, null, 4)}\n`);
}

function table({ title, command, at, machine, measured }: Part): string {
    const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    return [
        `### ${title}`,
        "",
        `\`${command}\`, ${at.slice(0, 16).replace("T", " ")} UTC, ${machine}`,
        "",
        row(["what", "measured", "promised", "", "load", "note"]),
        "|---|--:|---|---|--:|---|",
        ...measured.map((each) => row([each.what, `${figure(each.value)}${each.unit === "" ? "" : ` ${each.unit}`}`, barText(each), { true: "holds", false: "**missed**", undefined: "" }[String(holds(each)) as "true"], each.load.toFixed(1), each.note ?? ""])),
        "",
    ].join("\n");
}

/** Of the parts that were measured. */
function plots(results: Results): Record<string, Plot> {
    const value = (part: string, what: string) => results[part]?.measured.find((each) => each.what === what)?.value;
    const made: Record<string, Plot> = {};
    const scored = (results.quality?.measured ?? []).flatMap(({ what }) => /^(.*), hybrid: nDCG@10$/.exec(what)?.[1] ?? []);
    if (scored.length > 0) {
        const bars = (name: string) => (["hybrid", "dense", "words"] as const).map((label, kind) => ({ label, kind, value: value("quality", `${name}, ${label}: nDCG@10`) ?? 0 }));
        made.quality = { title: "How well search finds", unit: "nDCG@10", digits: 3, groups: scored.map((name) => ({ name, bars: bars(name) })) };
    }
    const pages = (results.peers?.measured ?? []).filter(({ unit }) => unit === "pages/s");
    if (pages.length > 0) made.ingestion = { title: "Ingestion of the same PDF, beside peers", unit: "pages a second", digits: 1, groups: [{ name: "", bars: pages.map(({ what, value: speed }, i) => ({ label: what.replace(/:.*/, ""), value: speed, kind: i === 0 ? 0 : 2 })) }] };
    const peers = (results.peers?.measured ?? []).filter(({ what }) => what.endsWith("nDCG@10"));
    if (peers.length > 0) made.peers = { title: "Search of the golden set, beside peers", unit: "nDCG@10", digits: 3, groups: [{ name: "", bars: peers.map(({ what, value: score }) => ({ label: what.replace(/: golden.*/, ""), value: score, kind: what.startsWith("here") ? 0 : 2 })) }] };
    const sizes = [10_000, 100_000].filter((size) => results[`search${size}`] !== undefined);
    if (sizes.length > 0) {
        const bars = (size: number) => ["P50", "P95", "P50 with a tag", "P95 with a tag"].map((what, i) => ({ label: what, kind: i % 2 === 0 ? 2 : 0, value: value(`search${size}`, what) ?? 0 }));
        made.search = { title: "How long a search takes", unit: "milliseconds, question embedded", digits: 1, groups: sizes.map((size) => ({ name: `${size.toLocaleString("en")} passages`, bars: bars(size) })) };
    }
    return made;
}
