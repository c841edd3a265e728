import { containerWith, podWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { standardsSettings } from "./standards";

export const hostProcess = podRule({
    id: "k8s-host-process",
    title: "Windows containers are no processes of their host",
    what: "`windowsOptions.hostProcess` is not set, or false, for the pod and every container.",
    why: "A host process container is a program on the Windows node itself, with its rights and files.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Baseline", "HostProcess"), cis("5.2.10")],
    remediation: ["Remove `hostProcess`, or set it to false."],
    settings: standardsSettings,
    compliant: [podWith({ securityContext: { windowsOptions: { hostProcess: false } } })],
    violating: [podWith({ securityContext: { windowsOptions: { hostProcess: true } } }), containerWith({ securityContext: { windowsOptions: { hostProcess: true } } })],
    checkPod(pod, _settings, findings) {
        for (const holder of [pod, ...pod.containers]) findings.forbid(holder.security("windowsOptions", "hostProcess"), value => value !== false, "makes the container a process of its host");
    },
});
