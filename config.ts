/**
 * The only reader of the stack configuration: turns strings into one typed object, or names every problem at once.
 * Which keys there are depends on the blueprint: config/<blueprint>.ts has its table.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { holdsSecret, isSecretField, type BlueprintConfig, type ConfigFinding, type Fields, type RawConfig, type Reading, type Values } from "./config/fields";
import { hetznerConfig } from "./config/hetzner";
import { managedGcpConfig } from "./config/managed-gcp";
import { meshConfig } from "./config/mesh";
import { nearest } from "./config/nearest";
import { portableConfig } from "./config/portable";
import { standardConfig } from "./config/standard";
import { homeFolder, repository } from "./toolchain/core/paths";
import { Problem } from "./toolchain/core/problem";

export type { ConfigFinding, RawConfig } from "./config/fields";

/** The configuration of each blueprint: another one is another line here. */
export const blueprintConfigs = { hetzner: hetznerConfig, "managed-gcp": managedGcpConfig, mesh: meshConfig, portable: portableConfig, standard: standardConfig };

export type BlueprintName = keyof typeof blueprintConfigs;
export const blueprintNames = Object.keys(blueprintConfigs) as BlueprintName[];

/** A checked configuration of one blueprint. */
export type ConfigOf<B extends BlueprintName> = (typeof blueprintConfigs)[B] extends BlueprintConfig<infer _, infer C> ? C : never;
/** A checked configuration of any; `blueprint` tells which. */
export type Config = { [B in BlueprintName]: ConfigOf<B> }[BlueprintName];

/** Thrown with every finding in it, so that one round of editing is enough. */
export class ConfigProblem extends Problem {
    constructor(readonly findings: readonly ConfigFinding[]) {
        super("AP-CONFIG-INVALID", {
            what: `the configuration of this stack has ${findings.length === 1 ? "a problem" : `${findings.length} problems`}:\n${findings.map(line).join("\n")}`,
            why: "nothing is created from a configuration that cannot be right",
            fix: "pulumi config set agent-platform:<key> <value>, or edit Pulumi.<stack>.yaml",
        });
        this.name = "ConfigProblem";
    }
}

/** Reads and checks the configuration of the stack that runs. */
export function loadConfig(): Config {
    const prefix = "agent-platform:";
    const all = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    return parseConfig({
        values: Object.fromEntries(all.map(([key, value]) => [key.slice(prefix.length), value])),
        secretKeys: new Set(all.filter(([key]) => isSecret(key)).map(([key]) => key.slice(prefix.length))),
        builtImages: readIfThere(join(repository, ".agent-platform", "images.json")),
        localKubeconfig: existsSync(homeFolder("kubeconfig")) ? homeFolder("kubeconfig") : undefined,
    });
}

/**
 * Checks a configuration without touching Pulumi, the disk or the environment.
 * @throws ConfigProblem
 */
export function parseConfig(raw: RawConfig): Config {
    // The CLI fills in the defaults of Pulumi.yaml, where an empty text stands for "not set".
    const given = Object.fromEntries(Object.entries(raw.values).filter(([, value]) => value !== ""));
    const blueprint = blueprintField.safeParse(given.blueprint);
    const findings: ConfigFinding[] = blueprint.success ? [] : [{ key: "blueprint", value: given.blueprint, problem: `must be ${blueprintField.description}` }];
    // Of a blueprint that does not exist nothing is known; the keys of the default one are looked at all the same.
    const name = blueprint.success ? blueprint.data : defaultBlueprint;
    const { fields, check, finish } = blueprintConfigs[name] as unknown as BlueprintConfig<Fields, Config>;

    findings.push(...unknownKeys(given, name, fields, blueprint.success));
    const values: Partial<Values<Fields>> = {};
    for (const [key, field] of Object.entries(fields)) {
        const value = given[key];
        const result = field.safeParse(value);
        if (result.success) {
            if (result.data !== undefined) Object.assign(values, { [key]: result.data });
        } else findings.push(...whatIsWrong(key, value, field, result.error));
        if (isSecretField(field) && value !== undefined && holdsSecret(field, value) && !raw.secretKeys.has(key)) findings.push({ key, problem: inPlainText(key) });
    }
    const reading: Reading<Fields> = { values, raw, has: (key) => given[key] !== undefined };
    findings.push(...check(reading));
    if (findings.length > 0) throw new ConfigProblem(findings);
    return finish(values as Values<Fields>, raw);
}

/** Every key of any blueprint, with the fields that it is in each. */
export function fieldsByKey(): Map<string, { readonly blueprint: BlueprintName; readonly field: z.ZodType }[]> {
    const found = new Map<string, { blueprint: BlueprintName; field: z.ZodType }[]>();
    for (const blueprint of blueprintNames) {
        for (const [key, field] of Object.entries<z.ZodType>(blueprintConfigs[blueprint].fields)) found.set(key, [...(found.get(key) ?? []), { blueprint, field }]);
    }
    return found;
}

const defaultBlueprint: BlueprintName = "portable";
const blueprintField = z.enum(blueprintNames).default(defaultBlueprint).describe(blueprintNames.length === 1 ? blueprintNames[0]! : `one of ${blueprintNames.join(", ")}`);

function unknownKeys(given: Readonly<Record<string, string>>, blueprint: BlueprintName, fields: Fields, sure: boolean): ConfigFinding[] {
    const others = fieldsByKey();
    return Object.entries(given).flatMap(([key, value]): ConfigFinding[] => {
        if (key === "blueprint" || Object.hasOwn(fields, key)) return [];
        const elsewhere = others.get(key);
        if (elsewhere !== undefined) {
            // The CLI hands over the defaults of Pulumi.yaml, whatever the blueprint: those say nothing.
            if (!sure || elsewhere.some(({ field }) => isDefault(field, value))) return [];
            return [{ key, problem: `is a key of ${elsewhere.map((one) => one.blueprint).join(", ")}; this stack builds ${blueprint}` }];
        }
        const near = nearest(key, ["blueprint", ...Object.keys(fields)]);
        return [{ key, problem: near === undefined ? `is no key of this project; there are ${["blueprint", ...Object.keys(fields)].join(", ")}` : `is no key of this project: did you mean ${near}?` }];
    });
}

/** Each part of a list or object that says itself what is wrong with it; of anything else, what it must be. */
function whatIsWrong(key: string, value: string | undefined, field: z.ZodType, { issues }: z.ZodError): ConfigFinding[] {
    const told = issues.filter(({ code, message }) => code === "custom" && message !== "Invalid input");
    if (told.length === 0) return [{ key, ...(isSecretField(field) ? {} : { value }), problem: `must be ${field.description}` }];
    return told.map(({ path, message }) => ({ key: `${key}${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("")}`, problem: `is not right: ${message}` }));
}

function isDefault(field: z.ZodType, value: string): boolean {
    const [set, unset] = [field.safeParse(value), field.safeParse(undefined)];
    return set.success && unset.success && JSON.stringify(set.data) === JSON.stringify(unset.data);
}

function inPlainText(key: string): string {
    return `stands in the stack file in plain text: use \`pulumi config set --secret agent-platform:${key}\`, and revoke this one where it was made`;
}

function line({ key, value, problem }: ConfigFinding): string {
    return value === undefined ? `  ${key} ${problem}` : `  ${key} is ${JSON.stringify(value)} and ${problem}`;
}

/** Whether the CLI decrypted this key for us; the SDK has the question but does not declare it. */
function isSecret(key: string): boolean {
    const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
    return isConfigSecret(key);
}

function readIfThere(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}
