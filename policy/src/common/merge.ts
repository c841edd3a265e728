/** Lays one object over another: objects merge, everything else replaces, `null` removes. */
export function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
    const result = { ...base };
    for (const [key, value] of Object.entries(over)) {
        if (value === null) delete result[key];
        else if (isPlain(value) && isPlain(result[key])) result[key] = merge(result[key], value);
        else result[key] = value;
    }
    return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
