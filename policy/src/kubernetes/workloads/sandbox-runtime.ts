import { merge } from "../../common/merge";
import { object, podWith, soundDeployment } from "../examples";
import { nsa } from "../frameworks";
import { podRule } from "../pods";

/** Marks pods that run code which a model or a stranger wrote. */
const label = "agent-platform.dev/runs-untrusted-code";

export const sandboxRuntime = podRule({
    id: "k8s-sandbox-runtime",
    title: "Pods that run untrusted code run in a sandbox",
    what: `Pods labelled \`${label}: "true"\` have a \`runtimeClassName\` from the setting \`runtimeClasses\`, and no service account token.`,
    why: "Code that a model wrote is code of whoever could talk to the model. In an ordinary container only the shared kernel stands between it and the node.",
    severity: "high",
    strictness: "mandatory",
    references: [nsa("Kubernetes Pod security"), { framework: "GKE Sandbox", version: "2025", control: "Harden workload isolation" }],
    remediation: ["Set `runtimeClassName` to gvisor or kata and `automountServiceAccountToken: false`, and give the pod no egress but what it needs."],
    settings: {
        runtimeClasses: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["gvisor", "kata", "kata-qemu", "kata-clh", "kata-fc"], description: "RuntimeClasses that are sandboxes." },
    },
    compliant: [labelled({ runtimeClassName: "gvisor", automountServiceAccountToken: false }), podWith({})],
    violating: [labelled({ automountServiceAccountToken: false }), labelled({ runtimeClassName: "runc", automountServiceAccountToken: false })],
    checkPod(pod, settings, findings) {
        const mark = pod.metadata.at("labels", label);
        if (mark.unknown) return findings.undetermined(mark);
        if (mark.value !== "true") return;
        findings.require(pod.spec.at("runtimeClassName"), value => settings.list("runtimeClasses").includes(value as string), "is not a sandbox");
        findings.require(pod.spec.at("automountServiceAccountToken"), value => value === false, "is not false");
    },
});

function labelled(spec: Record<string, unknown>): ReturnType<typeof object> {
    const template = { metadata: { labels: { [label]: "true" } }, spec };
    const properties = merge(soundDeployment(), { spec: { template } });
    return { ...object("apps/v1", "Deployment", properties), shown: { place: "pod template", content: template } };
}
