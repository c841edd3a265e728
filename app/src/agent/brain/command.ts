/**
 * A tool that is named outright: `use crm.find_customer {"id": 7}`. Gives its name and its arguments, null where they
 * cannot be read; undefined where no tool is named.
 */
export function findCommand(message: string): { tool: string; arguments: Record<string, unknown> | null } | undefined {
    const found = /^\s*(?:please\s+)?(?:use|call|run)\s+([a-z][a-z0-9-]{0,29}(?:\.|__)[\w.-]{1,128})(?:\s+with)?\s*(\{[\s\S]*\})?\s*\.?\s*$/i.exec(message);
    if (found === null) {
        return undefined;
    }
    const [, name = "", json] = found;
    return { tool: name.replace(/\.+$/, ""), arguments: json === undefined ? {} : parse(json) };
}

function parse(json: string): Record<string, unknown> | null {
    try {
        const value = JSON.parse(json) as unknown;
        return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
    } catch {
        return null;
    }
}
