/** Reads the configuration of an environment, `policy/config/<name>.json`, and says what it comes to for each rule. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configSchemas, defaultLevel, stackRuleSettings, waiverPolicyName } from "./core/levels";
import type { Rule } from "./core/rule";
import { problemsOf, type Schema } from "./core/schema";
import { commonSettings, type SettingsSchema } from "./core/settings";

export type EffectiveLevel = "mandatory" | "advisory" | "disabled" | "remediate";

/** What the engine is given with `--policy-pack-config`. */
export type Configuration = Readonly<Record<string, unknown>>;

export interface EffectiveRule {
    readonly rule: Rule;
    readonly level: EffectiveLevel;
    /** All its settings, defaults included. */
    readonly settings: Readonly<Record<string, unknown>>;
}

const levels: readonly string[] = ["mandatory", "advisory", "disabled", "remediate"];
const folder = join(__dirname, "..", "config");

/** The environments that there are, by name. */
export function environments(): string[] {
    return readdirSync(folder).filter(file => file.endsWith(".json")).map(file => file.slice(0, -".json".length)).sort();
}

/** The file of an environment, for the engine. */
export function configurationFile(environment: string): string {
    return join(folder, `${environment}.json`);
}

export function readConfiguration(environment: string): Configuration {
    return JSON.parse(readFileSync(configurationFile(environment), "utf8")) as Configuration;
}

/**
 * The configuration of an environment with what a blueprint adds to it: rules that only its stacks must keep.
 * Objects are laid over each other; anything else of the blueprint replaces.
 */
export function configurationFor(environment: string, blueprint: string): Configuration {
    const file = join(folder, "blueprints", `${blueprint}.json`);
    const base = readConfiguration(environment);
    return existsSync(file) ? (overlay(base, JSON.parse(readFileSync(file, "utf8"))) as Configuration) : base;
}

function overlay(base: unknown, over: unknown): unknown {
    if (!isObject(base) || !isObject(over)) return over;
    return { ...base, ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, Object.hasOwn(base, key) ? overlay(base[key], value) : value])) };
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Everything in a configuration that is no policy, no level or no setting. */
export function configurationProblems(rules: readonly Rule[], configuration: Configuration): string[] {
    const schemas = policySchemas(rules);
    return Object.entries(configuration).flatMap(([name, given]) => {
        const schema = schemas.get(name);
        if (!schema) return [`${name}: is not a policy of this pack`];
        if (typeof given === "string") return problemsOf(schema.properties!.enforcementLevel!, given, name);
        return problemsOf(schema, given, name);
    });
}

/** The schema of the object that may stand under each name of a configuration. */
export function policySchemas(rules: readonly Rule[]): ReadonlyMap<string, Schema> {
    const remediable = new Set(rules.filter(rule => rule.scope === "resource" && rule.remedy).map(rule => rule.id));
    const settings: [name: string, settings: SettingsSchema][] = [["all", {}], [waiverPolicyName, {}], ...configSchemas(rules)];
    return new Map(settings.map(([name, schema]) => {
        // Of a rule without a remedy, `remediate` would be a mere word.
        const allowed = levels.filter(level => level !== "remediate" || remediable.has(name));
        const enforcementLevel: Schema = { type: "string", enum: allowed, description: "What a violation comes to." };
        return [name, { type: "object", properties: { ...schema, enforcementLevel }, additionalProperties: false }] as const;
    }));
}

/** The same as a JSON Schema for editors and other tools: policy/config.schema.json. */
export function configurationSchema(rules: readonly Rule[]): Record<string, unknown> {
    const properties = Object.fromEntries([...policySchemas(rules)].map(([name, schema]) => [name, { anyOf: [schema.properties!.enforcementLevel, schema] }]));
    return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "Levels and settings of the policy pack in one environment", type: "object", properties, additionalProperties: false };
}

/** What each rule comes to under a configuration. */
export function effectiveRules(rules: readonly Rule[], configuration: Configuration): EffectiveRule[] {
    return rules.map(rule => {
        const policy = rule.scope === "stack" ? rule.group : rule.id;
        const given = withoutLevel(configuration[policy]);
        const own = rule.scope === "stack" ? ((given.settings[rule.id] ?? {}) as Record<string, unknown>) : given.settings;
        const schema = rule.scope === "stack" ? stackRuleSettings(rule) : { ...commonSettings, ...rule.settings };
        const settings = { ...Object.fromEntries(Object.entries(schema).map(([name, item]) => [name, item.default])), ...own };
        const ofPolicy = given.level ?? levelOf(configuration.all);
        if (rule.scope === "resource") return { rule, level: ofPolicy ?? defaultLevel(rule), settings };
        const { level, ...rest } = settings as Record<string, unknown>;
        return { rule, level: ofPolicy === "disabled" ? ofPolicy : (level as EffectiveLevel), settings: rest };
    });
}

function levelOf(given: unknown): EffectiveLevel | undefined {
    if (typeof given === "string") return given as EffectiveLevel;
    return (given as { enforcementLevel?: EffectiveLevel } | undefined)?.enforcementLevel;
}

function withoutLevel(given: unknown): { level?: EffectiveLevel; settings: Readonly<Record<string, unknown>> } {
    const level = levelOf(given);
    const settings = typeof given === "object" && given !== null ? { ...(given as Record<string, unknown>) } : {};
    delete settings.enforcementLevel;
    return { ...(level && { level }), settings };
}
