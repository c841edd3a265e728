/** The part of JSON Schema that the settings of rules use, checked the same way by the pack and by the test of the configuration files. */
export interface Schema {
    type: "string" | "boolean" | "integer" | "array" | "object";
    description?: string;
    default?: unknown;
    enum?: readonly string[];
    pattern?: string;
    minimum?: number;
    items?: Schema;
    uniqueItems?: boolean;
    properties?: Readonly<Record<string, Schema>>;
    additionalProperties?: boolean;
}

/** Every way in which a value breaks the schema, as `path: what is wrong`. Values are not shown. */
export function problemsOf(schema: Schema, value: unknown, path = ""): string[] {
    const at = path === "" ? "the value" : path;
    if (!hasType(schema.type, value)) return [`${at}: must be ${article(schema.type)}`];
    const problems: string[] = [];
    if (schema.enum && !schema.enum.includes(value as string)) problems.push(`${at}: must be one of ${schema.enum.join(", ")}`);
    if (schema.pattern && !new RegExp(schema.pattern).test(value as string)) problems.push(`${at}: must match ${schema.pattern}`);
    if (schema.minimum !== undefined && (value as number) < schema.minimum) problems.push(`${at}: must be at least ${schema.minimum}`);
    if (schema.type === "array") {
        const list = value as unknown[];
        if (schema.uniqueItems && new Set(list).size !== list.length) problems.push(`${at}: must not repeat itself`);
        if (schema.items) list.forEach((item, index) => problems.push(...problemsOf(schema.items!, item, `${path}[${index}]`)));
    }
    if (schema.type === "object") {
        for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
            const inner = schema.properties?.[key];
            const below = path === "" ? key : `${path}.${key}`;
            if (inner) problems.push(...problemsOf(inner, item, below));
            else if (schema.additionalProperties === false) problems.push(`${below}: is not a setting; known are ${Object.keys(schema.properties ?? {}).join(", ")}`);
        }
    }
    return problems;
}

function hasType(type: Schema["type"], value: unknown): boolean {
    switch (type) {
        case "array":
            return Array.isArray(value);
        case "integer":
            return Number.isInteger(value);
        case "object":
            return typeof value === "object" && value !== null && !Array.isArray(value);
        default:
            return typeof value === type;
    }
}

function article(type: string): string {
    return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
