import { containerWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { addableInBaseline } from "./capabilities";
import { Standards, standardsSettings } from "./standards";

export const capabilitiesAdded = podRule({
    id: "k8s-caps-added",
    title: "Containers add no capability beyond the runtime's default ones",
    what: `\`securityContext.capabilities.add\` holds nothing but ${[...addableInBaseline].join(", ")}. SYS_ADMIN, NET_RAW, SYS_MODULE, BPF and the like are never allowed.`,
    why: "The other capabilities reach out of the container: SYS_ADMIN mounts the node's disks, SYS_MODULE loads kernel code, SYS_PTRACE and NET_RAW read other processes and traffic.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Baseline", "Capabilities"), cis("5.2.8"), cis("5.2.9")],
    remediation: ["Remove the capability from `securityContext.capabilities.add`.", "If the program really needs it, give that work to a node agent that is reviewed and runs apart."],
    settings: standardsSettings,
    compliant: [containerWith({ securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } })],
    violating: [containerWith({ securityContext: { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } } }), containerWith({ securityContext: { capabilities: { drop: ["ALL"], add: ["NET_RAW"] } } })],
    checkPod(pod, settings, findings) {
        // Restricted replaces this check of baseline by its own, which Windows pods are exempt from since 1.25.
        const collector = new Standards(settings).exceptWindows(pod, 25, findings);
        if (!collector) return;
        for (const container of pod.containers) {
            for (const added of container.security("capabilities", "add").list()) collector.forbid(added, value => !addableInBaseline.has(value), "adds a capability that reaches out of the container");
        }
    },
});
