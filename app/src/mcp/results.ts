import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

/** Letters of an answer that are kept; the rest is cut and said to be. */
const mostLetters = 20_000;

/**
 * What a tool of another server answered, as text. It is a stranger's: without control characters and the marks that
 * reverse the reading direction, and never longer than a person would read.
 */
export function textOf(answer: CallToolResult): string {
    const parts = answer.content.map((part) => {
        if (part.type === "text") return part.text;
        if (part.type === "resource_link") return `[resource ${part.name}]`;
        return `[${part.type}]`;
    });
    const whole = parts.join("\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "").trim();
    const said = whole !== "" || answer.structuredContent === undefined ? whole : JSON.stringify(answer.structuredContent, undefined, 1);
    return said.length <= mostLetters ? said : `${said.slice(0, mostLetters)} … (cut)`;
}
