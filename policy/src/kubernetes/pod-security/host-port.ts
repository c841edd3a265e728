import { containerWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { standardsSettings } from "./standards";

export const hostPort = podRule({
    id: "k8s-host-port",
    title: "Containers open no port on their node",
    what: "`ports[*].hostPort` is not set, or 0.",
    why: "A host port is reachable at the node's own addresses, past Services and often past NetworkPolicies, and it keeps a second copy of the pod off the node.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Baseline", "Host Ports"), cis("5.2.12")],
    remediation: ["Remove `hostPort`; reach the pod through a Service, a Gateway or the tunnel."],
    settings: standardsSettings,
    compliant: [containerWith({ ports: [{ containerPort: 8080 }] })],
    violating: [containerWith({ ports: [{ containerPort: 8080, hostPort: 8080 }] })],
    checkPod(pod, _settings, findings) {
        for (const container of pod.containers) {
            for (const port of container.value.at("ports").list()) findings.forbid(port.at("hostPort"), value => value !== 0, "opens a port on the node");
        }
    },
});
