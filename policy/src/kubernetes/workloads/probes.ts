import type { Value } from "../../core/value";
import { containerWith } from "../examples";
import { kubernetes } from "../frameworks";
import { podRule } from "../pods";

const kinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "DeploymentConfig", "Pod"]);

export const probes = podRule({
    id: "k8s-probes",
    title: "Long-running containers say whether they live and whether they can serve",
    what: "Every container of a Deployment, StatefulSet or DaemonSet, and of a pod that is to run for good, has a liveness and a readiness probe, and the two are not the same.",
    why: "Without readiness, traffic reaches pods that cannot serve yet; without liveness, a hanging one stays. If both ask the same, an overload becomes a restart of everything.",
    severity: "low",
    strictness: "advisory",
    references: [kubernetes("Configure Liveness, Readiness and Startup Probes")],
    remediation: ["Add a readiness probe that asks whether the program can serve now, and a liveness probe that asks only whether it is alive."],
    compliant: [containerWith({ livenessProbe: { httpGet: { path: "/health", port: 8080 } }, readinessProbe: { httpGet: { path: "/ready", port: 8080 } } })],
    violating: [containerWith({ livenessProbe: null }), containerWith({ livenessProbe: { httpGet: { path: "/ready", port: 8080 } } })],
    checkPod(pod, _settings, findings) {
        if (!pod.object.builtin || !kinds.has(pod.object.kind)) return;
        // A pod that ends by itself has nothing to be asked.
        if (pod.object.kind === "Pod" && !pod.spec.at("restartPolicy").absent && pod.spec.at("restartPolicy").value !== "Always") return;
        for (const container of pod.containers) {
            if (container.role !== "container") continue;
            const liveness = container.value.at("livenessProbe");
            const readiness = container.value.at("readinessProbe");
            for (const probe of [liveness, readiness]) findings.require(probe, value => value !== undefined && value !== null, "is not set");
            if (!liveness.known || !readiness.known) continue;
            const [first, second] = [question(liveness), question(readiness)];
            if (typeof first === "object") findings.undetermined(first);
            else if (typeof second === "object") findings.undetermined(second);
            else if (first !== undefined && first === second) findings.violation(liveness, "asks the same as the readiness probe");
        }
    },
});

/** What a probe asks, in words that are equal for equal questions; the place that is unknown, where that decides. */
function question(probe: Value): string | Value | undefined {
    for (const call of ["httpGet", "tcpSocket", "grpc"]) {
        const target = probe.at(call);
        if (target.unknown) return target;
        if (!target.known) continue;
        const parts = ["path", "port", "service"].map(field => target.at(field));
        return parts.find(part => part.unknown) ?? `${call} ${parts.map(part => (part.isObject || part.isList ? "" : String(part.value))).join(" ")}`;
    }
    const command = probe.at("exec", "command").list();
    return command.find(part => part.unknown) ?? (command.length === 0 ? undefined : command.map(part => part.text ?? "").join("\0"));
}
