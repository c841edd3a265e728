import { containerWith } from "../examples";
import { cis, kubernetes } from "../frameworks";
import { podRule } from "../pods";

export const resources = podRule({
    id: "k8s-resources",
    title: "Containers say what they need",
    what: "Every container and init container has a memory limit, a memory request and a CPU request, itself or through `resources` of its pod. A limit counts as a request, as Kubernetes takes it for one. Memory is not counted in thousandths of a byte (`400m`).",
    why: "Without requests the scheduler packs nodes blindly; without a memory limit one leak takes down every pod of its node.",
    severity: "medium",
    strictness: "mandatory",
    references: [kubernetes("Resource Management for Pods and Containers"), cis("5.7.3")],
    remediation: ["Set `resources.requests.cpu`, `resources.requests.memory` and `resources.limits.memory` to what the program was measured to need."],
    compliant: [containerWith({ resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } } })],
    violating: [containerWith({ resources: null }), containerWith({ resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: null } }), containerWith({ resources: { requests: { cpu: "100m", memory: "128m" }, limits: { memory: "128Mi" } } })],
    checkPod(pod, _settings, findings) {
        const ofPod = pod.spec.at("resources");
        for (const container of pod.containers) {
            // An ephemeral container cannot have any.
            if (container.role === "ephemeral") continue;
            const own = container.value.at("resources");
            // The suffix of CPUs, which means a thousandth here too: such a container is killed at once, or had no limit in mind.
            for (const kind of ["limits", "requests"]) findings.forbid(own.at(kind, "memory"), value => typeof value === "string" && /^\d{1,20}m$/.test(value), "is in thousandths of a byte");
            for (const [kind, name] of [["limits", "memory"], ["requests", "memory"], ["requests", "cpu"]] as const) {
                const places = [own.at(kind, name), own.at("limits", name), ofPod.at(kind, name), ofPod.at("limits", name)];
                if (places.some(place => place.known && place.value !== "")) continue;
                const unclear = places.find(place => place.unknown);
                if (unclear) findings.undetermined(unclear);
                else findings.require(own.at(kind, name), () => false, "is not set");
            }
        }
    },
});
