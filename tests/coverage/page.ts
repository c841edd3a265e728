/**
 * Keeps docs/coverage.md true to the rows and to the tests that they name.
 * Run it to write the page anew: `node --import tsx tests/coverage/page.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../toolchain/core/paths";
import { levels, meanings, type Level, type Row } from "./row";
import { faults } from "./rows/faults";
import { hetzner } from "./rows/hetzner";
import { managedGcp } from "./rows/managed-gcp";
import { mesh } from "./rows/mesh";
import { portable } from "./rows/portable";
import { standard } from "./rows/standard";

export const documents: Readonly<Record<string, readonly Row[]>> = {
    "mesh (document 000)": mesh,
    "standard (document 001)": standard,
    "managed-gcp (document 002)": managedGcp,
    "hetzner (document 003)": hetzner,
    "portable (document 004)": portable,
    "Faults in the documents": faults,
};

export const pagePath = join(repository, "docs", "coverage.md");

/** The strongest proof of a row. */
export function strengthOf(row: Row): Level | "none" {
    return levels.find((level) => row.proofs.some((proof) => proof.level === level)) ?? "none";
}

export function coveragePage(): string {
    const rows = Object.values(documents).flat();
    const count = (level: Level | "none") => rows.filter((row) => strengthOf(row) === level).length;
    return [
        "# Coverage",
        "Every row of the five documents, what proves it, and how strong the proof is. Generated from tests/coverage by `node --import tsx tests/coverage/page.ts`; a test fails when a test that is named here does not exist. The line of a row counts its strongest proof; what of the row is *not* proven stands beside it.",
        "",
        `- **${meanings.real}**: the part itself ran here, on a real server, database, browser or cluster. Services of others that cannot be had here were stand-ins, and the row says so.`,
        `- **${meanings.validated}**: the real program that will read it accepted it (an API server, a parser).`,
        `- **${meanings.simulated}**: deployed by the real Pulumi to clouds that only remember.`,
        `- **${meanings.planned}**: what the topology or the program would make was looked at, without an engine.`,
        `- **${meanings.none}**: no test says anything about it.`,
        "",
        `| | ${[...levels, "none" as const].map((level) => meanings[level]).join(" | ")} | with something not proven | rows |`,
        `|---|${[...levels, "none"].map(() => "---").join("|")}|---|---|`,
        ...Object.entries(documents).map(([name, some]) => `| ${name} | ${[...levels, "none" as const].map((level) => some.filter((row) => strengthOf(row) === level).length).join(" | ")} | ${some.filter(lacks).length} | ${some.length} |`),
        `| all | ${[...levels, "none" as const].map(count).join(" | ")} | ${rows.filter(lacks).length} | ${rows.length} |`,
        ...Object.entries(documents).flatMap(([name, some]) => ["", `## ${name}`, "| | requirement | proof | not proven |", "|---|---|---|---|", ...some.map(line)]),
        "",
    ].join("\n");
}

function lacks(row: Row): boolean {
    return row.missing !== undefined || row.proofs.length === 0;
}

function line(row: Row): string {
    const proofs = [...row.proofs].sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level)).map((proof) => `**${meanings[proof.level]}**: [${cell(proof.title)}](../${proof.file})`);
    return `| ${row.id} | ${cell(row.text)} | ${proofs.length === 0 ? meanings.none : proofs.join("<br>")} | ${row.missing === undefined ? (row.proofs.length === 0 ? "all of it" : "") : cell(row.missing)} |`;
}

/** A title may hold what a table or a link reads as its own. */
function cell(text: string): string {
    return text.replaceAll("|", "\\|").replaceAll(/\$\{[^}]*\}/g, "…").replaceAll("<", "&lt;");
}

/** Whether the source of a test file has a test of this title. */
export function hasTest(source: string, title: string): boolean {
    return ["\"", "`"].some((quote) => source.includes(`it(${quote}${quote === "\"" ? JSON.stringify(title).slice(1, -1) : title}${quote}`));
}

export function sourceOf(file: string): string | undefined {
    try {
        return readFileSync(join(repository, file), "utf8");
    } catch {
        return undefined;
    }
}

if (require.main === module) writeFileSync(pagePath, coveragePage());
