/** Which level and settings rules have by themselves; free of the SDK, for documentation and scans. */
import type { Rule, StackRule } from "./rule";
import { commonSettings, type SettingsSchema } from "./settings";

/** The name of the policy that reports about waivers and about what could not be decided. */
export const waiverPolicyName = "waivers";

/** The level that a rule has where no configuration says otherwise: the strict one. */
export function defaultLevel(rule: Rule): "mandatory" | "advisory" {
    return rule.strictness === "advisory" ? "advisory" : "mandatory";
}

/** The schema of a stack rule's part in the configuration of its group. */
export function stackRuleSettings(rule: StackRule): SettingsSchema {
    return {
        ...commonSettings,
        ...rule.settings,
        level: { type: "string", enum: ["mandatory", "advisory", "disabled"], default: defaultLevel(rule), description: "How the rule is enforced." },
    };
}

/** The configuration schema of each policy, by its name: of a rule, or of a group of stack rules. */
export function configSchemas(rules: readonly Rule[]): Map<string, SettingsSchema> {
    const schemas = new Map<string, SettingsSchema>();
    for (const rule of rules) {
        if (rule.scope === "resource") schemas.set(rule.id, { ...commonSettings, ...rule.settings });
        else schemas.set(rule.group, { ...schemas.get(rule.group), [rule.id]: { type: "object", properties: stackRuleSettings(rule), additionalProperties: false, default: {}, description: rule.title } });
    }
    return schemas;
}
