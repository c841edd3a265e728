import { object } from "../examples";
import { cis, pss } from "../frameworks";
import { objectRule } from "../objects";

const prefix = "pod-security.kubernetes.io/";
const strictness: readonly unknown[] = ["privileged", "baseline", "restricted"];

export const psaLabels = objectRule({
    id: "k8s-psa-labels",
    title: "Namespaces enforce the restricted Pod Security profile",
    what: `Namespaces carry the label \`${prefix}enforce\` with the value \`restricted\` (or \`baseline\`, where the setting allows it), and \`${prefix}enforce-version\` is not set, \`latest\`, or not older than the setting \`oldestVersion\`.`,
    why: "The policy pack sees only what is deployed through Pulumi. The label makes the API server refuse unsafe pods from everywhere else too: operators, kubectl, a stolen token.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Namespace labels"), cis("5.2.1")],
    remediation: [`Add the label \`${prefix}enforce: restricted\` to the namespace.`, `Try it first with \`${prefix}warn: restricted\`: the API server then names the pods that would be refused.`],
    settings: {
        level: { type: "string", enum: ["baseline", "restricted"], default: "restricted", description: "The weakest profile that a namespace may enforce." },
        oldestVersion: { type: "string", pattern: "^1\\.(0|[1-9][0-9]{0,2})$", default: "1.25", description: "The oldest version of the standards that a namespace may pin." },
        exemptNamespaces: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["kube-system", "kube-public", "kube-node-lease"], description: "Namespaces that belong to the cluster itself." },
    },
    compliant: [object("core/v1", "Namespace", { metadata: { name: "shop", labels: { [`${prefix}enforce`]: "restricted" } } })],
    violating: [
        object("core/v1", "Namespace", { metadata: { name: "shop" } }),
        object("core/v1", "Namespace", { metadata: { name: "shop", labels: { [`${prefix}enforce`]: "privileged" } } }),
        object("core/v1", "Namespace", { metadata: { name: "shop", labels: { [`${prefix}enforce`]: "restricted", [`${prefix}enforce-version`]: "v1.20" } } }),
    ],
    kinds: ["Namespace"],
    checkObject({ properties }, settings, findings) {
        const name = properties.at("metadata", "name").text;
        if (name !== undefined && settings.list("exemptNamespaces").includes(name)) return;
        const labels = properties.at("metadata", "labels");
        const weakest = strictness.indexOf(settings.text("level"));
        findings.require(labels.at(`${prefix}enforce`), level => strictness.indexOf(level) >= weakest, "does not enforce the required profile");
        findings.forbid(labels.at(`${prefix}enforce-version`), version => !isRecent(version, settings.text("oldestVersion")), "pins an old version of the standards, or none that exists");
    },
});

function isRecent(version: unknown, oldest: string): boolean {
    if (version === "latest") return true;
    const minor = typeof version === "string" ? /^v1\.(0|[1-9]\d*)$/.exec(version)?.[1] : undefined;
    return minor !== undefined && Number(minor) >= Number(oldest.slice(2));
}
