/** Labelled objects: the official fixtures of Pod Security, and the examples of the pack's own Kubernetes rules. */
import { fixtures } from "../reference/reference";
import { rules } from "../src/rules";

export interface Case {
    name: string;
    set: "fixtures" | "examples";
    bad: boolean;
    /** The good case that it is a change of: what a tool says of that one anyway is not about this case. */
    base: string;
    object: Record<string, unknown>;
}

export async function cases(): Promise<Case[]> {
    return [...(await fixtureCases()), ...exampleCases()];
}

/** The restricted profile of Kubernetes 1.34. */
async function fixtureCases(): Promise<Case[]> {
    const restricted = (await fixtures()).filter(({ level, version }) => level === "restricted" && version === "1.34");
    return restricted.map(({ file, expect, pod }) => {
        const name = `${expect}-${file.slice(file.lastIndexOf("/") + 1, -".yaml".length).replaceAll("_", "-")}`;
        return { name, set: "fixtures", bad: expect === "fail", base: "pass-base", object: named(pod as Record<string, unknown>, name) };
    });
}

/** Which registries are allowed is each one's own affair, and every case here is in a namespace. */
const settled = new Set(["k8s-image-registry", "k8s-namespace"]);

/** Of rules that look at a single object; other tools need no whole stack for them. */
function exampleCases(): Case[] {
    const sound = rules.find(({ id }) => id === "k8s-host-namespaces")!.compliant[0].resources[0]!;
    const list: Case[] = [{ name: "example-base", set: "examples", bad: false, base: "example-base", object: named(sound.properties.value as Record<string, unknown>, "example-base") }];
    for (const rule of rules) {
        if (settled.has(rule.id) || rule.scope !== "resource" || !rule.id.startsWith("k8s-") || rule.strictness === "advisory") continue;
        for (const [bad, examples] of [[true, rule.violating], [false, rule.compliant]] as const) {
            examples.forEach(({ resources }, index) => {
                const object = resources[0]!.properties.value as Record<string, unknown>;
                // Only what a file can hold: an object with kind and version.
                if (resources.length !== 1 || typeof object.kind !== "string" || typeof object.apiVersion !== "string") return;
                const name = `${rule.id}-${bad ? "bad" : "good"}-${index}`;
                list.push({ name, set: "examples", bad, base: "example-base", object: named(object, name) });
            });
        }
    }
    return list;
}

function named(object: Record<string, unknown>, name: string): Record<string, unknown> {
    // A namespace of its own, so that the default one is not the finding.
    return { ...object, metadata: { namespace: "shop", ...(object.metadata as object | undefined), name } };
}
