/** A table as Markdown. The first row names the columns. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
    const filled = rows.filter((row) => row.some((cell) => cell.trim() !== ""));
    if (filled.length === 0) return "";
    const width = filled.reduce((most, row) => Math.max(most, row.length), 0);
    // Columns in which nothing stands, which spreadsheets have many of.
    const used = Array.from({ length: width }, (_, i) => i).filter((i) => filled.some((row) => (row[i] ?? "").trim() !== ""));
    if (used.length === 1) return filled.map((row) => inline(row[used[0]!] ?? "")).join("\n\n");
    const lines = filled.map((row) => `| ${used.map((i) => inline(row[i] ?? "").replace(/\|/g, "\\|")).join(" | ")} |`);
    lines.splice(1, 0, `|${" --- |".repeat(used.length)}`);
    return lines.join("\n");
}

function inline(cell: string): string {
    return cell.replace(/\s+/g, " ").trim();
}
