/** What the copy button puts on the clipboard. */
import type { Citation } from "../api/types.ts";

/** The answer followed by the sources it used, so that the markers keep their meaning elsewhere. */
export function copyable(text: string, sources: Citation[]): string {
    if (sources.length === 0) {
        return text;
    }
    const lines = sources.map((source) => `[${source.n}] ${source.filename}${source.page === null ? "" : `, page ${source.page}`}`);
    return `${text.trimEnd()}\n\nSources:\n${lines.join("\n")}`;
}
