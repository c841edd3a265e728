import { containerWith, podAnnotated, podWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { standardsSettings } from "./standards";

const annotation = "container.apparmor.security.beta.kubernetes.io/";

export const appArmor = podRule({
    id: "k8s-apparmor",
    title: "AppArmor is not switched off",
    what: "`appArmorProfile.type` is not set, `RuntimeDefault` or `Localhost` for the pod and every container, and so are the older annotations.",
    why: "The runtime's AppArmor profile keeps containers from mounting, from writing to the kernel's files and from reading other processes; Unconfined takes that away.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Baseline", "AppArmor")],
    remediation: ["Remove the profile, or set its type to `RuntimeDefault` or `Localhost`; remove the annotation."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { appArmorProfile: { type: "RuntimeDefault" } } }), podAnnotated({ [`${annotation}shop`]: "runtime/default" })],
    violating: [podWith({ securityContext: { appArmorProfile: { type: "Unconfined" } } }), containerWith({ securityContext: { appArmorProfile: { type: "Unconfined" } } }), podAnnotated({ [`${annotation}shop`]: "unconfined" })],
    checkPod(pod, _settings, findings) {
        for (const holder of [pod, ...pod.containers]) {
            const profile = holder.security("appArmorProfile");
            if (profile.unknown) findings.undetermined(profile);
            else if (profile.known) findings.require(profile.at("type"), value => value === "RuntimeDefault" || value === "Localhost", "switches AppArmor off");
        }
        for (const [name, value] of pod.metadata.at("annotations").entries()) {
            if (name.startsWith(annotation) || value.unknown && name === "") findings.forbid(value, profile => !isAllowed(profile), "switches AppArmor off");
        }
    },
});

function isAllowed(profile: unknown): boolean {
    return profile === "" || profile === "runtime/default" || (typeof profile === "string" && profile.startsWith("localhost/"));
}
