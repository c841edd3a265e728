/** Compares the Pod Security rules with Kubernetes' own code on generated pods. `npm run policy -- reference` and the tests run it. */
import { evaluateResource } from "../src/core/evaluate";
import { resourceOf, type Resource } from "../src/core/resource";
import type { ResourceRule } from "../src/core/rule";
import { Settings } from "../src/core/settings";
import { podSecurityRules } from "../src/kubernetes/pod-security";
import { standardsSettings } from "../src/kubernetes/pod-security/standards";
import { generatePods } from "./recorded";
import { verdictsOf } from "./reference";

export interface Comparison {
    pods: number;
    /** Verdicts compared: of each pod, in both profiles of each version. */
    allowed: number;
    refused: number;
    /** What the two do not agree on, in words; the first few. */
    disagreements: string[];
}

const rules = podSecurityRules as readonly ResourceRule[];
const settingsOf = new Map<string, Settings>();
const batch = 5000;
const told = 10;

/** @param report is told how many pods have been compared */
export async function compare(options: { pods: number; seed: number; versions: readonly string[]; report?: (done: number) => void }): Promise<Comparison> {
    const result: Comparison = { pods: options.pods, allowed: 0, refused: 0, disagreements: [] };
    for (let start = 0; start < options.pods; start += batch) {
        const pods = generatePods(options.seed + start, Math.min(batch, options.pods - start));
        const verdicts = await verdictsOf(pods, options.versions);
        pods.forEach((pod, index) => {
            const resource = asPod(pod);
            for (const version of options.versions) {
                for (const profile of ["baseline", "restricted"] as const) {
                    const theirs = verdicts[index]![version]![profile];
                    const mine = refusals(resource, profile, version);
                    result[theirs.length === 0 ? "allowed" : "refused"]++;
                    if ((mine.length === 0) !== (theirs.length === 0) && result.disagreements.length < told) {
                        result.disagreements.push(`${profile} ${version}: pack says [${mine.join()}], Kubernetes says [${theirs.join()}] of ${JSON.stringify(pod)}`);
                    }
                }
            }
        });
        options.report?.(start + pods.length);
    }
    return result;
}

/**
 * The rules that refuse a pod in a profile of a version.
 * @throws Error when a rule is not sure, which it must be where everything is known
 */
export function refusals(resource: Resource, profile: string, kubernetesVersion: string): string[] {
    const key = `${profile} ${kubernetesVersion}`;
    if (!settingsOf.has(key)) settingsOf.set(key, new Settings(standardsSettings, { profile, kubernetesVersion }));
    const settings = settingsOf.get(key)!;
    return rules.filter(rule => {
        const found = evaluateResource(rule, resource, settings);
        const unsure = found.find(finding => finding.kind !== "violation");
        if (unsure) throw new Error(`${rule.id} has ${unsure.kind} ${unsure.path}`);
        return found.length > 0;
    }).map(rule => rule.id);
}

export function asPod(pod: unknown): Resource {
    return resourceOf("kubernetes:core/v1:Pod", "p", pod);
}
