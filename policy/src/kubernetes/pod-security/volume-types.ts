import type { ResourceRule } from "../../core/rule";
import { object, podWith } from "../examples";
import { cis, pss } from "../frameworks";
import { isKind } from "../kinds";
import { objectsOf } from "../objects";
import { podRule } from "../pods";
import { Standards, standardsSettings } from "./standards";

const allowed = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

const isVolume = isKind("PersistentVolume");

const ofPods = podRule({
    id: "k8s-volume-types",
    title: "Pods mount nothing of their node, and no storage directly",
    what: `Every volume is one of ${allowed.join(", ")}. In the baseline profile only hostPath is forbidden. A PersistentVolume is no hostPath either: claims would lead pods there. (Local volumes, of which the scheduler knows, are allowed.)`,
    why: "A hostPath volume gives the pod files of its node, credentials of the kubelet included; the old in-tree storage types bypass claims, quotas and access control.",
    severity: "high",
    strictness: "mandatory",
    references: [pss("Restricted", "Volume Types"), pss("Baseline", "HostPath Volumes"), cis("5.2.11")],
    remediation: ["Use a PersistentVolumeClaim for data, emptyDir for scratch space, configMap, secret or projected for files.", "For files of the node, use a CSI driver."],
    settings: standardsSettings,
    compliant: [podWith({ volumes: [{ name: "tmp", emptyDir: {} }, { name: "data", persistentVolumeClaim: { claimName: "data" } }] }), object("core/v1", "PersistentVolume", { metadata: { name: "data", namespace: null }, spec: { local: { path: "/srv/data" } } })],
    violating: [podWith({ volumes: [{ name: "tmp", hostPath: { path: "/var/lib/shop" } }] }), podWith({ volumes: [{ name: "tmp", nfs: { server: "files.example", path: "/" } }] }), object("core/v1", "PersistentVolume", { metadata: { name: "data", namespace: null }, spec: { hostPath: { path: "/srv/data" } } })],
    checkPod(pod, settings, findings) {
        const { restricted } = new Standards(settings);
        for (const volume of pod.spec.at("volumes").list()) {
            if (!restricted) {
                findings.forbid(volume.at("hostPath"), () => true, "mounts a path of the node");
                continue;
            }
            // The API server refuses a volume of two types later on; here one good type is enough, as for the standard.
            if (allowed.some(type => volume.at(type).known)) continue;
            const unclear = allowed.map(type => volume.at(type)).find(source => source.unknown);
            if (unclear) findings.undetermined(unclear);
            // A volume without any source becomes an emptyDir.
            else for (const [field, source] of volume.entries()) if (field !== "name") findings.forbid(source, () => true, "is not an allowed type of volume");
        }
    },
});

export const volumeTypes: ResourceRule = {
    ...ofPods,
    applies: type => isVolume(type) || ofPods.applies(type),
    check(resource, settings, findings) {
        if (!isVolume(resource.type)) return ofPods.check(resource, settings, findings);
        for (const { properties } of objectsOf(resource)) findings.forbid(properties.at("spec", "hostPath"), () => true, "leads pods to a path of the node");
    },
};
