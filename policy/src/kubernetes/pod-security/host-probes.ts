import { containerWith } from "../examples";
import { pss } from "../frameworks";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

const probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(probe => [probe]);
const hooks = ["postStart", "preStop"].map(hook => ["lifecycle", hook]);

export const hostProbes = podRule({
    id: "k8s-host-probes",
    title: "Probes and lifecycle hooks call no other host than their pod",
    what: "`host` is not set, or empty, in `httpGet` and `tcpSocket` of every probe and lifecycle hook. Part of the standards since Kubernetes 1.34.",
    why: "The kubelet makes these calls from the node's network, so a host lets the author of a pod make the node call anything it can reach, metadata services included.",
    severity: "medium",
    strictness: "mandatory",
    references: [pss("Baseline", "Host Probes / Lifecycle Hooks")],
    remediation: ["Remove `host`: without it the call goes to the pod itself.", "To send a host name, set a Host header in `httpHeaders`."],
    settings: standardsSettings,
    compliant: [containerWith({ readinessProbe: { httpGet: { path: "/ready", port: 8080 } } })],
    violating: [containerWith({ readinessProbe: { httpGet: { path: "/ready", port: 8080, host: "169.254.169.254" } } }), containerWith({ lifecycle: { preStop: { tcpSocket: { host: "127.0.0.1", port: 8080 } } } })],
    checkPod(pod, settings, findings) {
        if (!new Standards(settings).since(34)) return;
        for (const container of pod.containers) {
            for (const place of [...probes, ...hooks]) {
                for (const call of ["httpGet", "tcpSocket"]) findings.forbid(container.value.at(...place, call, "host"), value => value !== "", "makes the node call another host");
            }
        }
    },
});
