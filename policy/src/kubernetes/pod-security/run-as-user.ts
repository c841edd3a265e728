import { containerWith, podWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

export const runAsUser = podRule({
    id: "k8s-run-as-user",
    title: "No container runs as user 0",
    what: "`securityContext.runAsUser` is not set, or another number than 0, for the pod and every container. Since Kubernetes 1.35, pods with `hostUsers: false` are exempt.",
    why: "User 0 is root whatever its name; a process that runs as root needs only one flaw of the kernel or the runtime to leave its container.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Running as Non-root user")],
    remediation: ["Set `runAsUser` to the numeric user of the image, such as 10001, or remove it.", "Make the files that the process writes belong to that user, or set `fsGroup`."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { runAsUser: 10001 } })],
    violating: [podWith({ securityContext: { runAsUser: 0 } }), containerWith({ securityContext: { runAsUser: 0 } })],
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        const collector = standards.restricted && standards.since(23) ? standards.exceptUserNamespace(pod, findings) : undefined;
        if (!collector) return;
        for (const holder of [pod, ...pod.containers]) collector.forbid(holder.security("runAsUser"), value => typeof value !== "number" || value === 0, "is root");
    },
});
