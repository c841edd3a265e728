/** Judges what files describe by the rules of the pack, without an engine. */
import { partsOf } from "../report/message";
import { sorted, type PolicyReport, type Result } from "../report/model";
import { decide } from "../src/core/decide";
import { evaluateResource, evaluateStack } from "../src/core/evaluate";
import type { Finding } from "../src/core/findings";
import type { Resource } from "../src/core/resource";
import type { Waivers } from "../src/core/waivers";
import type { EffectiveRule } from "../src/environments";
import { readManifests, UnreadableText, type Found } from "./manifests";
import { keysOf } from "./paths";
import { UnreadableSource, type Source } from "./sources";
import { readState } from "./state";

export interface ScanOptions {
    /** What each rule comes to; see `effectiveRules`. */
    rules: readonly EffectiveRule[];
    environment: string;
    waivers: Waivers;
    /** The stack that manifests are of, for its waivers; resources of a state name their own. */
    stack?: string;
    /** Judge each file as a whole of its own, not all of them together. */
    separately?: boolean;
}

/** A resource as rules for one resource see it, and as rules for the whole see it. */
interface Item extends Found {
    whole: Resource;
}

/**
 * Looks at everything before it throws: a file that cannot be read does not hide the others.
 * @throws UnreadableSource naming each file that is not readable, or was named and holds nothing; it has the report of the others
 */
export function scan(sources: readonly Source[], options: ScanOptions): PolicyReport {
    const problems: string[] = [];
    const skipped: string[] = [];
    const groups: Item[][] = [];
    for (const source of sources) {
        try {
            const items = itemsIn(source, options.stack ?? "manifests");
            if (items === undefined || (items.length === 0 && source.named)) problems.push(`${source.name} holds no Kubernetes object and no state of Pulumi`);
            else if (items.length === 0) skipped.push(source.name);
            else groups.push(items);
        } catch (error) {
            if (!(error instanceof UnreadableText)) throw error;
            // Folders hold YAML of all kinds; what speaks of no API of Kubernetes is none of it.
            if (!source.named && !/^[^#]*\bapiVersion\b/m.test(source.text)) {
                skipped.push(source.name);
                continue;
            }
            problems.push(`${source.name}: ${error.message}${/\{\{/.test(source.text) ? "; a template of Helm must be rendered first" : ""}`);
        }
    }
    const report = reportOf(sources, groups, skipped, options);
    if (problems.length > 0) throw new UnreadableSource(problems.join("\n"), report);
    return report;
}

function reportOf(sources: readonly Source[], groups: readonly Item[][], skipped: readonly string[], options: ScanOptions): PolicyReport {
    const wholes = options.separately ? groups : [groups.flat()];
    return {
        kind: "scan",
        subject: sources.length === 1 ? sources[0]!.name : `${sources.length} files`,
        environment: options.environment,
        time: new Date().toISOString(),
        resources: groups.reduce((sum, items) => sum + items.length, 0),
        results: sorted(wholes.flatMap(items => judge(items, options))),
        ...(skipped.length > 0 && { skipped: [...skipped] }),
    };
}

function itemsIn({ name, text, named }: Source, stack: string): Item[] | undefined {
    if (/^\s*[[{]/.test(text)) {
        const content = parsed(text);
        const state = content === undefined ? undefined : readState(content);
        if (state) return state.map(({ inputs, outputs }) => ({ resource: inputs, whole: outputs, file: name }));
        // Other JSON lies about in folders.
        if (content !== undefined && !/"apiVersion"/.test(text)) return named ? undefined : [];
    }
    return readManifests(name, text, stack).map(found => ({ ...found, whole: found.resource }));
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}

function judge(items: readonly Item[], options: ScanOptions): Result[] {
    const results: Result[] = [];
    const byWhole = new Map(items.map(item => [item.whole, item]));
    const wholes = items.map(({ whole }) => whole);
    for (const effective of options.rules) {
        const { rule, level, settings } = effective;
        if (level === "disabled") continue;
        if (rule.scope === "stack") {
            for (const finding of evaluateStack(rule, wholes, settings)) results.push(resultOf(effective, finding, finding.resource && byWhole.get(finding.resource), options));
        } else {
            for (const item of items) for (const finding of evaluateResource(rule, item.resource, settings)) results.push(resultOf(effective, finding, item, options));
        }
    }
    return results;
}

function resultOf({ rule, level, settings }: EffectiveRule, finding: Finding, item: Item | undefined, { waivers }: ScanOptions): Result {
    const { outcome, message } = decide(rule, finding, item?.resource, settings.undetermined, waivers);
    const { path, what, why, fix, waiver, note } = partsOf(message);
    return {
        rule: rule.id,
        outcome: outcome === "violation" && level === "advisory" ? "advice" : outcome,
        severity: rule.severity,
        ...(item && { resource: { urn: item.resource.urn, type: item.resource.type, name: item.resource.name } }),
        path,
        what,
        why,
        fix,
        ...(waiver && { waiver }),
        ...(note && { note }),
        ...(item?.file !== undefined && { location: { file: item.file, line: item.lineOf?.(keysOf(path)) ?? 1 } }),
    };
}
