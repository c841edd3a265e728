import { containerWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule, type Container } from "../pods";
import { containerRemedy } from "./remedies";
import { Standards, standardsSettings } from "./standards";

export const privilegeEscalation = podRule({
    id: "k8s-priv-escalation",
    title: "No container can gain privileges",
    what: "`securityContext.allowPrivilegeEscalation` is false on every container. Pods of `os.name: windows` are exempt.",
    why: "Otherwise a set-uid program in the image turns a harmless process into root of its container, from where kernel flaws are in reach.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Privilege Escalation"), cis("5.2.6")],
    remediation: ["Set `securityContext.allowPrivilegeEscalation: false` on the container; it cannot be set for the pod."],
    settings: standardsSettings,
    compliant: [containerWith({ securityContext: { allowPrivilegeEscalation: false } }), containerWith({ securityContext: { allowPrivilegeEscalation: null, capabilities: null } }, { os: { name: "windows" } })],
    violating: [containerWith({ securityContext: { allowPrivilegeEscalation: null } }), containerWith({ securityContext: { allowPrivilegeEscalation: true } })],
    // Kubernetes refuses the field beside what gives privileges anyway.
    remedy: containerRemedy(container => (grantsPrivileges(container) ? [] : [{ at: container.security("allowPrivilegeEscalation"), value: false }])),
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        if (!standards.restricted || !standards.since(8)) return;
        const collector = standards.exceptWindows(pod, 25, findings);
        if (!collector) return;
        for (const container of pod.containers) collector.require(container.security("allowPrivilegeEscalation"), value => value === false, "is not false");
    },
});

function grantsPrivileges(container: Container): boolean {
    const privileged = container.security("privileged");
    const added = container.security("capabilities", "add").list();
    return privileged.unknown || privileged.value === true || added.some(item => item.unknown || /^(CAP_)?SYS_ADMIN$|^ALL$/.test(item.text ?? ""));
}
