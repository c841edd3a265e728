/** How authentik reads what is to be in it: blueprints, which are YAML with tags. */

export type Entry = Readonly<Record<string, unknown>>;

/** A value that authentik looks up or reads while it applies a blueprint; YAML tags, which JSON cannot say. */
export class Tag {
    constructor(readonly tag: string, readonly value: string | readonly unknown[]) {}
}
export const find = (model: string, field: string, value: string): Tag => new Tag("!Find", [model, [field, value]]);
export const flow = (slug: string): Tag => find("authentik_flows.flow", "slug", slug);
export const variable = (name: string): Tag => new Tag("!Env", name);
export const own = (id: string): Tag => new Tag("!KeyOf", id);

/** One of authentik's own blueprints comes first: what is looked up has to be there. */
export function after(blueprint: string): Entry {
    return { model: "authentik_blueprints.metaapplyblueprint", attrs: { identifiers: { name: blueprint }, required: false } };
}

/** `company-ldap` → `COMPANY_LDAP_SOURCE_SECRET`: where authentik finds a secret that is kept as `company-ldap-source-secret`. */
export function variableOf(key: string): string {
    return key.toUpperCase().replaceAll("-", "_");
}

export function yaml(name: string, entries: readonly Entry[]): string {
    return `${["version: 1", "metadata:", `  name: ${JSON.stringify(name)}`, "entries:", ...entries.map((entry) => `- ${inline(entry)}`)].join("\n")}\n`;
}

/** JSON is YAML, and tags go before values. */
function inline(value: unknown): string {
    if (value instanceof Tag) return `${value.tag} ${inline(value.value)}`;
    if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
    if (typeof value === "object" && value !== null) return `{${Object.entries(value).filter(([, one]) => one !== undefined).map(([key, one]) => `${JSON.stringify(key)}: ${inline(one)}`).join(", ")}}`;
    return JSON.stringify(value);
}
