import { containerWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { standardsSettings } from "./standards";

export const privileged = podRule({
    id: "k8s-privileged",
    title: "No container is privileged",
    what: "`securityContext.privileged` is not set, or false, on every container, init container and ephemeral container.",
    why: "A privileged container has every capability and every device of its node: whoever takes it over has the node, and with it all pods there.",
    severity: "critical",
    strictness: "mandatory",
    references: [pss("Baseline", "Privileged Containers"), cis("5.2.2")],
    remediation: ["Remove `privileged`, or set it to false.", "If the container needs one ability of the host, give it that alone, for example through a CSI driver or a device plugin."],
    settings: standardsSettings,
    compliant: [containerWith({ securityContext: { privileged: false } })],
    violating: [containerWith({ securityContext: { privileged: true } })],
    checkPod(pod, _settings, findings) {
        for (const container of pod.containers) findings.forbid(container.security("privileged"), value => value !== false, "makes the container privileged");
    },
});
