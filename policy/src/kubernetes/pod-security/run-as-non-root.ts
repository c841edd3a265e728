import { containerWith, podWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

export const runAsNonRoot = podRule({
    id: "k8s-run-as-non-root",
    title: "Containers are required to run as another user than root",
    what: "`securityContext.runAsNonRoot` is true for the pod and false for no container, or true for every container. Since Kubernetes 1.35, pods with `hostUsers: false` are exempt.",
    why: "Root in a container is root for the kernel: one escape, and it is root of the node. With this field the kubelet refuses an image that would start as root.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Running as Non-root"), cis("5.2.7")],
    remediation: ["Set `securityContext.runAsNonRoot: true` for the pod, and remove it where a container says false.", "Give the image a numeric USER other than 0, or set `runAsUser`."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { runAsNonRoot: true } }), containerWith({ securityContext: { runAsNonRoot: true } })],
    violating: [podWith({ securityContext: { runAsNonRoot: null } }), podWith({ securityContext: { runAsNonRoot: false } }), containerWith({ securityContext: { runAsNonRoot: false } })],
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        const collector = standards.restricted ? standards.exceptUserNamespace(pod, findings) : undefined;
        if (!collector) return;
        const ofPod = pod.security("runAsNonRoot");
        // A pod that says false is refused even if every container says true.
        collector.forbid(ofPod, value => value !== true, "lets containers run as root");
        for (const container of pod.containers) {
            const own = container.security("runAsNonRoot");
            if (own.known || own.unknown) collector.forbid(own, value => value !== true, "lets the container run as root");
            else if (ofPod.absent) collector.require(own, () => false, "is set neither here nor for the pod, so the container may run as root");
        }
    },
});
