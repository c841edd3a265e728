/** Reads the configuration of an environment, `policy/config/<name>.json`, and says what it comes to for each rule. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configSchemas, defaultLevel, stackRuleSettings } from "./core/levels";
import type { Rule } from "./core/rule";
import { problemsOf } from "./core/schema";
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

/** Everything in a configuration that is no policy, no level or no setting. */
export function configurationProblems(rules: readonly Rule[], configuration: Configuration): string[] {
    const schemas = configSchemas(rules);
    return Object.entries(configuration).flatMap(([name, given]) => {
        if (levels.includes(given as string)) return name === "all" || schemas.has(name) ? [] : [`${name}: is not a policy of this pack`];
        const schema = schemas.get(name);
        if (!schema) return [`${name}: is not a policy of this pack`];
        const withLevel: SettingsSchema = { ...schema, enforcementLevel: { type: "string", enum: levels, default: "mandatory" } };
        return problemsOf({ type: "object", properties: withLevel, additionalProperties: false }, given, name);
    });
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
