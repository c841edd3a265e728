import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { containerWith, podWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule, type Pod } from "../pods";
import { podRemedy } from "./remedies";
import { Standards, standardsSettings } from "./standards";

const unconfined = "is neither RuntimeDefault nor Localhost";

export const seccomp = podRule({
    id: "k8s-seccomp",
    title: "System calls are filtered by a seccomp profile",
    what: "`seccompProfile.type` is `RuntimeDefault` or `Localhost` for the pod or for every container, and nowhere anything else. Pods of `os.name: windows` are exempt from the restricted profile. Before Kubernetes 1.19 the annotations are checked instead.",
    why: "Without a profile a process may use all of the kernel's system calls, the obscure ones where most escapes are found included.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Restricted", "Seccomp"), cis("5.6.2")],
    remediation: ["Set `securityContext.seccompProfile.type: RuntimeDefault` for the pod, and remove `Unconfined` where a container says so."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }), containerWith({ securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "shop.json" } } })],
    violating: [podWith({ securityContext: { seccompProfile: null } }), podWith({ securityContext: { seccompProfile: { type: "Unconfined" } } }), containerWith({ securityContext: { seccompProfile: { type: "Unconfined" } } })],
    remedy: podRemedy(pod => [{ at: pod.security("seccompProfile"), value: { type: "RuntimeDefault" } }]),
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        if (!standards.since(19)) return checkAnnotations(pod, findings);
        const collector = standards.exceptWindows(pod, 25, findings);
        if (!collector) return;
        const ofPod = pod.security("seccompProfile");
        checkProfile(ofPod, collector);
        for (const container of pod.containers) {
            const own = container.security("seccompProfile");
            if (!own.absent) checkProfile(own, collector);
            else if (standards.restricted && ofPod.absent) collector.require(own, () => false, "is set neither here nor for the pod");
        }
    },
});

function checkProfile(profile: Value, findings: Findings): void {
    if (profile.unknown) findings.undetermined(profile);
    else if (profile.known) findings.require(profile.at("type"), value => value === "RuntimeDefault" || value === "Localhost", unconfined);
}

function checkAnnotations(pod: Pod, findings: Findings): void {
    const annotations = pod.metadata.at("annotations");
    const names = pod.containers.map(container => `container.seccomp.security.alpha.kubernetes.io/${container.value.at("name").text ?? ""}`);
    for (const name of ["seccomp.security.alpha.kubernetes.io/pod", ...names]) {
        findings.forbid(annotations.at(name), value => value !== "runtime/default" && value !== "docker/default" && !(typeof value === "string" && value.startsWith("localhost/")), unconfined);
    }
}
