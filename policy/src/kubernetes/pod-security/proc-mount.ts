import { containerWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

export const procMount = podRule({
    id: "k8s-proc-mount",
    title: "The masks of /proc stay in place",
    what: "`securityContext.procMount` is not set, or `Default`, on every container. The baseline profile of Kubernetes 1.35 and newer leaves pods with `hostUsers: false` alone.",
    why: "Unmasked, /proc shows and changes settings of the node's kernel from inside the container.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Baseline", "/proc Mount Type")],
    remediation: ["Remove `procMount`, or set it to `Default`."],
    settings: standardsSettings,
    compliant: [containerWith({ securityContext: { procMount: "Default" } })],
    violating: [containerWith({ securityContext: { procMount: "Unmasked" } })],
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        const collector = standards.restricted ? findings : standards.exceptUserNamespace(pod, findings);
        if (!collector) return;
        for (const container of pod.containers) collector.forbid(container.security("procMount"), value => value !== "Default", "removes the masks of /proc");
    },
});
