import { containerWith } from "../examples";
import { kubernetes, nsa } from "../frameworks";
import { podRule } from "../pods";

export const readOnlyRoot = podRule({
    id: "k8s-readonly-rootfs",
    title: "Containers cannot change their own programs",
    what: "`securityContext.readOnlyRootFilesystem` is true on every container. Pods of `os.name: windows` are exempt, as Windows does not know it.",
    why: "With a writable root whoever breaks in can replace programs, plant tools and make them last until the next restart.",
    severity: "medium",
    strictness: "mandatory",
    references: [nsa("Immutable container file systems"), kubernetes("Configure a Security Context for a Pod or Container")],
    remediation: ["Set `securityContext.readOnlyRootFilesystem: true`, and mount an emptyDir where the program has to write, such as /tmp."],
    compliant: [containerWith({ securityContext: { readOnlyRootFilesystem: true } })],
    violating: [containerWith({ securityContext: { readOnlyRootFilesystem: null } }), containerWith({ securityContext: { readOnlyRootFilesystem: false } })],
    checkPod(pod, _settings, findings) {
        const os = pod.spec.at("os", "name");
        if (os.value === "windows") return;
        const collector = os.unknown ? findings.under({ doubt: os, partial: pod.partial }) : findings;
        for (const container of pod.containers) collector.require(container.security("readOnlyRootFilesystem"), value => value === true, "is not true");
    },
});
