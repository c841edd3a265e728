import { containerWith } from "../examples";
import { cis, pss } from "../frameworks";
import { podRule } from "../pods";
import { addableInBaseline, addableInRestricted } from "./capabilities";
import { containerRemedy } from "./remedies";
import { Standards, standardsSettings } from "./standards";

export const capabilitiesDropAll = podRule({
    id: "k8s-caps-drop-all",
    title: "Containers drop all capabilities and add back at most NET_BIND_SERVICE",
    what: "`securityContext.capabilities.drop` contains `ALL` on every container, and `add` nothing but `NET_BIND_SERVICE`. Additions that even the baseline profile forbids are the matter of k8s-caps-added. Pods of `os.name: windows` are exempt.",
    why: "Container runtimes leave a dozen powers of root in place by default, such as changing owners of files or forging packets. Hardly any program needs one of them.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Capabilities"), cis("5.2.8"), cis("5.2.9")],
    remediation: ["Set `securityContext.capabilities.drop: [\"ALL\"]` on the container and remove what it adds.", "To listen below port 1024, add only `NET_BIND_SERVICE`, or better listen on a higher port behind the Service."],
    settings: standardsSettings,
    compliant: [containerWith({ securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } })],
    violating: [
        containerWith({ securityContext: { capabilities: null } }),
        containerWith({ securityContext: { capabilities: { drop: ["NET_RAW"] } } }),
        containerWith({ securityContext: { capabilities: { drop: ["ALL"], add: ["CHOWN"] } } }),
    ],
    remedy: containerRemedy(container => [{ at: container.security("capabilities", "drop"), value: ["ALL"] }]),
    checkPod(pod, settings, findings) {
        const standards = new Standards(settings);
        if (!standards.restricted || !standards.since(22)) return;
        const collector = standards.exceptWindows(pod, 25, findings);
        if (!collector) return;
        for (const container of pod.containers) {
            const drop = container.security("capabilities", "drop");
            const dropped = drop.list();
            const unclear = dropped.find(item => item.unknown);
            if (dropped.some(item => item.value === "ALL")) {
                // Dropped, whatever else the list holds.
            } else if (unclear) collector.undetermined(unclear);
            else collector.require(drop, () => false, "does not contain ALL");
            for (const added of container.security("capabilities", "add").list()) {
                collector.forbid(added, value => addableInBaseline.has(value) && !addableInRestricted.has(value), "adds a capability other than NET_BIND_SERVICE");
            }
        }
    },
});
