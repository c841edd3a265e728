import { podWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { standardsSettings } from "./standards";

export const hostNamespaces = podRule({
    id: "k8s-host-namespaces",
    title: "Pods share no namespace with their node",
    what: "`hostNetwork`, `hostPID` and `hostIPC` are not set, or false.",
    why: "In the node's namespaces a pod sees the processes, memory and network traffic of everything else on the node, and NetworkPolicies do not hold it.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Baseline", "Host Namespaces"), cis("5.2.3"), cis("5.2.4"), cis("5.2.5")],
    remediation: ["Remove the field, or set it to false.", "Reach other pods through Services; expose ports through a Service or a Gateway."],
    settings: standardsSettings,
    compliant: [podWith({ hostNetwork: false })],
    violating: [podWith({ hostNetwork: true }), podWith({ hostPID: true }), podWith({ hostIPC: true })],
    checkPod(pod, _settings, findings) {
        for (const field of ["hostNetwork", "hostPID", "hostIPC"]) findings.forbid(pod.spec.at(field), value => value !== false, "puts the pod into a namespace of its node");
    },
});
