/** Turns Terraform's HCL into resources as Pulumi's providers know them, for corpora only. Blocks and names follow the installed providers. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { resourceOf, type Resource } from "../../src/core/resource";
import { unknownValues } from "../../src/core/unknown";
import { fieldsOf, type Field } from "../../src/testing/declarations";

type Blocks = Record<string, Record<string, Record<string, unknown>[]>>;

export interface Module {
    resource?: Blocks;
    data?: Blocks;
    variable?: Record<string, { default?: unknown }[]>;
    locals?: Record<string, unknown>[];
}

const unknown = [...unknownValues][2] as string;

/** Parses many texts in one run of the parser; nothing for those that are no HCL. @param tools a folder with node_modules */
export function parseAll(texts: readonly string[], tools: string): (Module | undefined)[] {
    const script = `import hcl from "@cdktf/hcl2json"; let text = ""; for await (const part of process.stdin) text += part; const all = []; for (const each of JSON.parse(text)) all.push(await hcl.parse("main.tf", each).catch(() => null)); process.stdout.write(JSON.stringify(all));`;
    const result = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: tools, input: JSON.stringify(texts), encoding: "utf8", maxBuffer: 1 << 29 });
    return (JSON.parse(result) as (Module | null)[]).map(module => module ?? undefined);
}

/** The resources of a module of which the installed providers have the type, by their names in Terraform. */
export function resourcesIn(module: Module): Map<string, Resource> {
    const result = new Map<string, Resource>();
    for (const [type, byName] of Object.entries(module.resource ?? {})) {
        const token = tokenOf(type);
        if (token === undefined) continue;
        for (const [name, [body]] of Object.entries(byName)) {
            const properties = convert(body ?? {}, fieldsOf(token), new Scope(module));
            const lifecycle = (body?.lifecycle as { prevent_destroy?: unknown }[] | undefined)?.[0];
            const options = { protect: lifecycle?.prevent_destroy === true, ignoreChanges: [] };
            result.set(`${type}.${name}`, resourceOf(token, name, properties, { options }));
        }
    }
    return result;
}

/** A resource from its properties as Terraform names them, each in a list of one, as some tests write them. */
export function resourceFrom(type: string, conf: Record<string, unknown>): Resource | undefined {
    const token = tokenOf(type);
    return token === undefined ? undefined : resourceOf(token, "tested", convert(conf, fieldsOf(token), new Scope({})));
}

/** Of Terraform itself. */
const own = new Set(["lifecycle", "depends_on", "provider", "count", "for_each", "timeouts", "dynamic", "provisioner", "connection"]);

function convert(body: Record<string, unknown>, fields: ReadonlyMap<string, Field>, scope: Scope): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries({ ...body, ...dynamicBlocks(body.dynamic) })) {
        if (own.has(name) || name.startsWith("__")) continue;
        const key = pulumiName(name, fields);
        // What newer providers do not have any more stays, under the name that it would have.
        result[key] = converted(value, fields.get(key), scope);
    }
    return result;
}

/** Blocks made in a loop: one of them, which stands for all. */
function dynamicBlocks(dynamic: unknown): Record<string, unknown> {
    const blocks = typeof dynamic === "object" && dynamic !== null ? Object.entries(Array.isArray(dynamic) ? (dynamic[0] as object) : dynamic) : [];
    return Object.fromEntries(blocks.map(([name, list]) => [name, (list as { content?: unknown[] }[]).flatMap(({ content }) => content ?? [])]));
}

function converted(value: unknown, field: Field | undefined, scope: Scope): unknown {
    if (typeof value === "string") return scope.resolve(value);
    if (Array.isArray(value)) {
        const items = value.flatMap(item => (Array.isArray(item) && !field?.list ? (item as unknown[]) : [item])).map(item => converted(item, field && { ...field, list: true }, scope));
        // A block that stands at most once, and in some tests any value, is written as a list of one.
        return field && !field.list && items.length === 1 ? items[0] : field?.list && items.length === 1 && Array.isArray(items[0]) ? items[0] : items;
    }
    if (typeof value !== "object" || value === null) return value;
    if (field?.fields) return convert(value as Record<string, unknown>, field.fields(), scope);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(item, undefined, scope)]));
}

/** `authorized_networks` is `authorizedNetworks`; a block that may stand many times has its name in the plural. */
function pulumiName(name: string, fields: ReadonlyMap<string, Field>): string {
    const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [camel, `${camel}s`, `${camel}es`, camel.replace(/y$/, "ies")].find(key => fields.has(key)) ?? camel;
}

/** What references in a module come to, as far as that is written in it. */
class Scope {
    constructor(private readonly module: Module) {}

    resolve(text: string, depth = 0): unknown {
        // As parsed files of Checkov's own tests have it, without its marks.
        if (/^(var|local|data|google_\w+|oci_\w+)\.[\w.]+$/.test(text)) return this.reference(text, depth);
        if (!text.includes("${")) return text;
        const whole = /^\$\{([^{}]*)\}$/.exec(text);
        if (whole) return this.reference(whole[1]!.trim(), depth);
        if (/\$\{[^{}]*\{/.test(text)) return unknown;
        const parts = [...text.matchAll(/\$\{([^{}]*)\}/g)].map(([, expression]) => this.reference(expression!.trim(), depth));
        if (parts.some(part => typeof part === "object" || part === unknown || part === undefined)) return unknown;
        return text.replace(/\$\{[^{}]*\}/g, () => String(parts.shift()));
    }

    private reference(expression: string, depth: number): unknown {
        if (/^(true|false|null|-?\d+)$/.test(expression)) return JSON.parse(expression) as unknown;
        if (depth > 4) return unknown;
        const [first = "", second = "", third = "", fourth = ""] = expression.replace(/\[0\]/g, "").split(".");
        let found: unknown;
        if (first === "var") found = this.module.variable?.[second]?.[0]?.default;
        else if (first === "local") found = this.module.locals?.find(block => second in block)?.[second];
        else if (first === "data") found = second === "google_iam_policy" && fourth === "policy_data" ? this.policy(third, depth) : undefined;
        else found = this.module.resource?.[first]?.[second]?.[0]?.[third];
        if (typeof found === "string") return this.resolve(found, depth + 1);
        return found ?? unknown;
    }

    /** The provider makes this JSON without asking the cloud, so a preview knows it. */
    private policy(name: string, depth: number): string | undefined {
        const body = this.module.data?.google_iam_policy?.[name]?.[0] as { binding?: { role?: string; members?: string[] }[] } | undefined;
        if (!body) return undefined;
        return JSON.stringify({ bindings: (body.binding ?? []).map(({ role = "", members = [] }) => ({ role: this.resolve(role, depth + 1), members: members.map(member => this.resolve(member, depth + 1)) })) });
    }
}

const explicit: Readonly<Record<string, string>> = {
    google_project: "gcp:organizations/project:Project",
    google_project_iam_member: "gcp:projects/iAMMember:IAMMember",
    google_project_iam_binding: "gcp:projects/iAMBinding:IAMBinding",
    google_project_iam_policy: "gcp:projects/iAMPolicy:IAMPolicy",
    google_project_iam_audit_config: "gcp:projects/iAMAuditConfig:IAMAuditConfig",
    google_organization_iam_member: "gcp:organizations/iAMMember:IAMMember",
    google_organization_iam_binding: "gcp:organizations/iAMBinding:IAMBinding",
};

/** Pulumi's token of a type of Terraform, as the installed package of the provider says. */
export function tokenOf(type: string): string | undefined {
    if (explicit[type]) return explicit[type];
    const [, provider = "", rest = ""] = /^([a-z]+)_(.*)$/.exec(type) ?? [];
    const name = { google: "gcp", oci: "oci", hcloud: "hcloud", cloudflare: "cloudflare" }[provider];
    return name === undefined ? undefined : tokensOf(name).get(rest.replaceAll("_", "").toLowerCase());
}

const indexes = new Map<string, ReadonlyMap<string, string>>();

function tokensOf(name: string): ReadonlyMap<string, string> {
    const known = indexes.get(name);
    if (known) return known;
    const home = dirname(require.resolve(`@pulumi/${name}/package.json`));
    const tokens = new Map<string, string>();
    for (const module of ["", ...readdirSync(home, { withFileTypes: true }).filter(entry => entry.isDirectory() && existsSync(join(home, entry.name, "index.js"))).map(entry => entry.name)]) {
        for (const file of readdirSync(join(home, module))) {
            if (!file.endsWith(".js") || file.startsWith("get")) continue;
            const token = /__pulumiType = '([^']+)'/.exec(readFileSync(join(home, module, file), "utf8"))?.[1];
            if (token === undefined) continue;
            const [, path = "", resource = ""] = token.split(":");
            tokens.set(`${path.split("/")[0]!.replace("index", "")}${resource}`.toLowerCase(), token);
        }
    }
    indexes.set(name, tokens);
    return tokens;
}
