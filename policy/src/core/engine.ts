/** Turns rules into policies of the Pulumi SDK. The only file, beside index.ts, that knows the SDK. */
import type { EnforcementLevel, PolicyConfigSchema, PolicyResource, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { decide } from "./decide";
import { evaluateResource, evaluateStack, remedyOf } from "./evaluate";
import type { Finding } from "./findings";
import { configSchemas, defaultLevel, waiverPolicyName } from "./levels";
import { addTo } from "./remedy";
import type { Resource } from "./resource";
import type { ResourceRule, Rule, StackRule } from "./rule";
import { commonSettings, type SettingsSchema } from "./settings";
import { Tally } from "./tally";
import { Value } from "./value";
import { describeWaiverProblem, stackOf, type Waivers } from "./waivers";

/** Where every rule is documented, relative to the repository. */
export const documentation = "docs/policy.md";

/** The policies of a set of rules: one for each resource rule, one for each group of stack rules, and one for what was found of the waivers. */
export function toPolicies(rules: readonly Rule[], waivers: Waivers): (ResourceValidationPolicy | StackValidationPolicy)[] {
    const groups = new Map<string, StackRule[]>();
    for (const rule of rules) if (rule.scope === "stack") groups.set(rule.group, [...(groups.get(rule.group) ?? []), rule]);
    const run: Run = { waivers, tally: new Tally() };
    return [
        ...rules.filter(rule => rule.scope === "resource").map(rule => resourcePolicy(rule, run)),
        ...[...groups].map(([group, members]) => stackPolicy(group, members, run)),
        // The last one: by then everything was looked at.
        waiverPolicy(run),
    ];
}

/** What one run of the engine has come to. The engine starts a process of the pack for each. */
interface Run {
    readonly waivers: Waivers;
    readonly tally: Tally;
}

function resourcePolicy(rule: ResourceRule, run: Run): ResourceValidationPolicy {
    return {
        ...metadata(rule),
        name: rule.id,
        description: rule.title,
        configSchema: toConfigSchema({ ...commonSettings, ...rule.settings }),
        // One untyped function: the SDK copies all properties once for each function, so lists of typed ones cost the most.
        validateResource: (args, report) => {
            if (!rule.applies(args.type)) return;
            const config = args.getConfig<Record<string, unknown>>();
            const resource = sharedResource(args);
            for (const finding of evaluateResource(rule, resource, config)) send(rule, finding, resource, config.undetermined, report, run);
        },
        ...(rule.remedy && {
            remediateResource: args => {
                if (!rule.applies(args.type)) return undefined;
                const additions = remedyOf(rule, resourceFrom(args), args.getConfig<Record<string, unknown>>());
                // The very object that came, because only it knows which of its values are secret.
                return addTo(args.props, additions) > 0 ? args.props : undefined;
            },
        }),
    };
}

function stackPolicy(group: string, rules: readonly StackRule[], run: Run): StackValidationPolicy {
    return {
        name: group,
        description: `Rules that need the whole stack: ${rules.map(rule => rule.id).join(", ")}`,
        displayName: group,
        enforcementLevel: "mandatory",
        configSchema: toConfigSchema(configSchemas(rules).get(group)!),
        validateStack: (args, report) => {
            const config = args.getConfig<Record<string, unknown>>();
            const resources = args.resources.map(sharedResource);
            const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
            for (const rule of rules) {
                const { level = defaultLevel(rule), ...given } = (config[rule.id] ?? {}) as Record<string, unknown>;
                if (level === "disabled") continue;
                for (const finding of evaluateStack(rule, resources, given)) send(rule, finding, finding.resource ?? root, given.undetermined, report, run, level as EnforcementLevel);
            }
        },
    };
}

function waiverPolicy({ waivers, tally }: Run): StackValidationPolicy {
    return {
        name: waiverPolicyName,
        displayName: "Waivers are exact, justified, in use and not expired",
        description: "What is wrong with policy/waivers.json, and how much could not be decided",
        enforcementLevel: "mandatory",
        severity: "high",
        url: `${documentation}#${waiverPolicyName}`,
        validateStack: (args, report) => {
            const [first] = args.resources;
            if (first === undefined) return;
            const stack = stackOf(first.urn);
            for (const problem of [...waivers.problems(stack), ...waivers.unmatched(stack)]) {
                (report as Report)({ name: waiverPolicyName, severity: "high", message: describeWaiverProblem(problem) });
            }
            const undetermined = tally.summary();
            if (undetermined) (report as Report)({ name: "undetermined", severity: "low", enforcementLevel: "advisory", message: `undetermined: ${undetermined}` });
        },
    };
}

/**
 * The SDK also takes an object, by which one policy reports under the name and level of a rule of its own.
 * Its types do not say so; a test over the pack's real protocol holds it.
 */
type Report = (violation: string | { name: string; message: string; urn?: string; enforcementLevel?: EnforcementLevel; severity: string }) => void;

function send(rule: Rule, finding: Finding, resource: Resource | undefined, undetermined: unknown, report: ReportViolation, run: Run, level?: EnforcementLevel): void {
    const { outcome, message } = decide(rule, finding, resource, undetermined, run.waivers);
    if (finding.kind === "undetermined") run.tally.add(rule.id, resource?.urn);
    const enforcementLevel = outcome === "violation" ? level : "advisory";
    (report as Report)({
        name: rule.id,
        message,
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

type Given = Pick<PolicyResource, "type" | "name" | "urn" | "props" | "provider" | "opts">;

/** Resources by their properties, which the SDK hands to each policy of a request (see `copyOnce` in build.ts). */
const shared = new WeakMap<object, Resource>();

/** The same resource for every rule, so that what one has read, the next need not read again. */
function sharedResource(given: Given): Resource {
    const properties = unwrapped(given.props);
    const before = shared.get(properties);
    if (before) return before;
    const resource = resourceFrom({ ...given, props: properties });
    shared.set(properties, resource);
    return resource;
}

function resourceFrom({ type, name, urn, props, provider, opts }: Given): Resource {
    return {
        type,
        name,
        urn,
        properties: Value.root(props),
        options: { protect: opts.protect, ignoreChanges: opts.ignoreChanges },
        ...(provider && { provider: { type: provider.type, properties: Value.root(unwrapped(provider.props)) } }),
    };
}

/** The SDK's view throws at what is unknown, and makes an object for each read; `Value` knows unknowns by itself. */
function unwrapped(props: Record<string, unknown>): Record<string, unknown> {
    return (props.__getSpecialProxyTarget as Record<string, unknown> | undefined) ?? props;
}
