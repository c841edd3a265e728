/** Turns rules into policies of the Pulumi SDK. The only file, beside index.ts, that knows the SDK. */
import type { EnforcementLevel, PolicyConfigSchema, PolicyResource, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { evaluateResource, evaluateStack, messageOf } from "./evaluate";
import type { Finding } from "./findings";
import { configSchemas, defaultLevel } from "./levels";
import type { Resource } from "./resource";
import type { ResourceRule, Rule, StackRule } from "./rule";
import { commonSettings, type SettingsSchema } from "./settings";
import { Value } from "./value";

/** Where every rule is documented, relative to the repository. */
export const documentation = "docs/policy.md";

/** The policies of a set of rules: one for each resource rule, and one for each group of stack rules. */
export function toPolicies(rules: readonly Rule[]): (ResourceValidationPolicy | StackValidationPolicy)[] {
    const groups = new Map<string, StackRule[]>();
    for (const rule of rules) if (rule.scope === "stack") groups.set(rule.group, [...(groups.get(rule.group) ?? []), rule]);
    return [
        ...rules.filter(rule => rule.scope === "resource").map(resourcePolicy),
        ...[...groups].map(([group, members]) => stackPolicy(group, members)),
    ];
}

function resourcePolicy(rule: ResourceRule): ResourceValidationPolicy {
    return {
        ...metadata(rule),
        name: rule.id,
        description: rule.title,
        configSchema: toConfigSchema({ ...commonSettings, ...rule.settings }),
        // One untyped function: the SDK copies all properties once for each function, so lists of typed ones cost the most.
        validateResource: (args, report) => {
            if (!rule.applies(args.type)) return;
            const config = args.getConfig<Record<string, unknown>>();
            for (const finding of evaluateResource(rule, fromArgs(args), config)) send(rule, finding, config.undetermined, report);
        },
    };
}

function stackPolicy(group: string, rules: readonly StackRule[]): StackValidationPolicy {
    return {
        name: group,
        description: `Rules that need the whole stack: ${rules.map(rule => rule.id).join(", ")}`,
        displayName: group,
        enforcementLevel: "mandatory",
        configSchema: toConfigSchema(configSchemas(rules).get(group)!),
        validateStack: (args, report) => {
            const config = args.getConfig<Record<string, unknown>>();
            const resources = args.resources.map(fromStack);
            for (const rule of rules) {
                const { level = defaultLevel(rule), ...given } = (config[rule.id] ?? {}) as Record<string, unknown>;
                if (level === "disabled") continue;
                for (const finding of evaluateStack(rule, resources, given)) send(rule, finding, given.undetermined, report, level as EnforcementLevel);
            }
        },
    };
}

/**
 * The SDK also takes an object, by which one policy reports under the name and level of a rule of its own.
 * Its types do not say so; a test over the pack's real protocol holds it.
 */
type Report = (violation: string | { name: string; message: string; urn?: string; enforcementLevel?: EnforcementLevel; severity: string }) => void;

function send(rule: Rule, finding: Finding, undetermined: unknown, report: ReportViolation, level?: EnforcementLevel): void {
    const soft = finding.kind === "advice" || (finding.kind === "undetermined" && undetermined !== "mandatory");
    const enforcementLevel = soft ? "advisory" : level;
    (report as Report)({
        name: rule.id,
        message: messageOf(rule, finding),
        severity: rule.severity,
        ...(finding.resource && { urn: finding.resource.urn }),
        ...(enforcementLevel && { enforcementLevel }),
    });
}

function metadata(rule: Rule): Pick<ResourceValidationPolicy, "displayName" | "enforcementLevel" | "severity" | "framework" | "tags" | "remediationSteps" | "url"> {
    const [first] = rule.references;
    return {
        displayName: rule.title,
        enforcementLevel: defaultLevel(rule),
        severity: rule.severity,
        tags: rule.references.map(reference => `${reference.framework} ${reference.control}`),
        remediationSteps: rule.remediation.join("\n"),
        url: `${documentation}#${rule.id}`,
        ...(first && { framework: { name: first.framework, version: first.version, reference: first.control, specification: first.control } }),
    };
}

function toConfigSchema(settings: SettingsSchema): PolicyConfigSchema {
    return { properties: settings as unknown as PolicyConfigSchema["properties"] };
}

function fromArgs(args: ResourceValidationArgs): Resource {
    return {
        type: args.type,
        name: args.name,
        urn: args.urn,
        properties: Value.root(args.props),
        ...(args.provider && { provider: { type: args.provider.type, properties: Value.root(args.provider.props) } }),
    };
}

function fromStack(resource: PolicyResource): Resource {
    return {
        type: resource.type,
        name: resource.name,
        urn: resource.urn,
        properties: Value.root(resource.props),
        ...(resource.provider && { provider: { type: resource.provider.type, properties: Value.root(resource.provider.props) } }),
    };
}
