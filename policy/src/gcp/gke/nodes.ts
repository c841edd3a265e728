import { expect } from "../../common/expect";
import { typedRule } from "../../common/rule";
import { isFalse, isText, isTrue } from "../../common/truth";
import { cisGke } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { isAutopilot, nodeConfigsOf } from "./clusters";

export const gkeNodes = typedRule({
    id: "gke-nodes",
    title: "Nodes of GKE are shielded, and repaired and upgraded by themselves",
    what: "Clusters do not switch shielded nodes off and follow a release channel. Node pools have Secure Boot on and integrity monitoring not off, a Container-Optimized OS (`COS_CONTAINERD`), no open kubelet port, and `management` with `autoRepair` and `autoUpgrade`. Autopilot does all this by itself.",
    why: "Old nodes keep old holes: most break-outs from containers use one that was closed long before.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGke("5.5.1"), cisGke("5.5.2"), cisGke("5.5.3"), cisGke("5.5.4"), cisGke("5.5.5"), cisGke("5.5.6"), cisGke("5.5.7")],
    remediation: ["Set `management: { autoRepair: true, autoUpgrade: true }` and `nodeConfig: { imageType: \"COS_CONTAINERD\", shieldedInstanceConfig: { enableSecureBoot: true } }`; on the cluster `releaseChannel: { channel: \"REGULAR\" }`."],
    settings: { images: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["COS", "COS_CONTAINERD"], description: "Image types that nodes may have." } },
    compliant: [good(gcp.nodePool), good(gcp.cluster)],
    violating: [
        bad(gcp.nodePool, { management: { autoUpgrade: false } }),
        bad(gcp.nodePool, { management: null }),
        bad(gcp.nodePool, { nodeConfig: { imageType: "UBUNTU_CONTAINERD" } }),
        bad(gcp.nodePool, { nodeConfig: { shieldedInstanceConfig: { enableSecureBoot: false } } }),
        bad(gcp.cluster, { enableShieldedNodes: false }),
        bad(gcp.cluster, { releaseChannel: null }),
    ],
    types: [gcp.cluster, gcp.nodePool],
    check(resource, settings, findings) {
        const { properties, type } = resource;
        if (type === gcp.cluster && !isAutopilot(resource)) {
            expect(resource, "enableShieldedNodes", isTrue, "switches shielded nodes off", findings);
            findings.require(properties.at("releaseChannel", "channel"), raw => isText(raw) && raw !== "UNSPECIFIED", "follows no release channel");
        }
        if (type === gcp.nodePool) for (const field of ["autoRepair", "autoUpgrade"]) findings.require(properties.at("management", field), isTrue, "is not on");
        for (const { config, required } of nodeConfigsOf(resource)) {
            const shielded = config.at("shieldedInstanceConfig");
            findings.under({ partial: !required }).require(shielded.at("enableSecureBoot"), isTrue, "leaves Secure Boot off");
            findings.forbid(shielded.at("enableIntegrityMonitoring"), isFalse, "switches integrity monitoring off");
            findings.forbid(config.at("kubeletConfig", "insecureKubeletReadonlyPortEnabled"), isTrue, "lets everybody read from the kubelet");
            findings.forbid(config.at("imageType"), raw => typeof raw !== "string" || !settings.list("images").includes(raw.toUpperCase()), "is not an image that nodes may have");
        }
    },
});
