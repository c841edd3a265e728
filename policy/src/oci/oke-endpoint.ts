import { typedRule } from "../common/rule";
import { isFalse, isText, isTrue } from "../common/truth";
import { cisOci, oracle } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociOkeEndpoint = typedRule({
    id: "oci-oke-endpoint",
    title: "OKE clusters are private, admit signed images only and encrypt",
    what: "`endpointConfig.isPublicIpEnabled` is false and `endpointConfig.nsgIds` is not empty; `imagePolicyConfig.isPolicyEnabled` is true and `kmsKeyId` is set; no Tiller or dashboard is added. Node pools have `isPvEncryptionInTransitEnabled: true`.",
    why: "An API server that everybody can reach is one leaked token away from being somebody else's; whoever reads the disk of etcd reads every Secret.",
    severity: "high",
    strictness: "mandatory",
    references: [oracle("OKE: security best practices"), cisOci("3.3")],
    remediation: ["Set `endpointConfig: { isPublicIpEnabled: false, nsgIds: […] }`, `imagePolicyConfig` and `kmsKeyId`; on node pools `nodeConfigDetails.isPvEncryptionInTransitEnabled: true`."],
    settings: { imagePolicy: { type: "boolean", default: true, description: "Whether clusters must verify signatures of images themselves." } },
    compliant: [good(oci.cluster), good(oci.nodePool)],
    violating: [
        bad(oci.cluster, { endpointConfig: { isPublicIpEnabled: true } }),
        bad(oci.cluster, { endpointConfig: null }),
        bad(oci.cluster, { endpointConfig: { nsgIds: [] } }),
        bad(oci.cluster, { imagePolicyConfig: null }),
        bad(oci.cluster, { kmsKeyId: null }),
        bad(oci.nodePool, { nodeConfigDetails: { isPvEncryptionInTransitEnabled: false } }),
    ],
    types: [oci.cluster, oci.nodePool],
    check({ properties, type }, settings, findings) {
        if (type === oci.nodePool) return findings.require(properties.at("nodeConfigDetails", "isPvEncryptionInTransitEnabled"), isTrue, "leaves traffic between node and disk unencrypted");
        const endpoint = properties.at("endpointConfig");
        findings.require(endpoint.at("isPublicIpEnabled"), isFalse, "gives the control plane a public address");
        const groups = endpoint.at("nsgIds");
        if (groups.unknown) findings.undetermined(groups);
        else if (groups.list().length === 0) findings.violation(groups, "is empty: no network security group guards the control plane");
        if (settings.flag("imagePolicy")) findings.require(properties.at("imagePolicyConfig", "isPolicyEnabled"), isTrue, "admits images without signatures");
        findings.require(properties.at("kmsKeyId"), isText, "is not set, so Secrets have no key of the customer");
        for (const field of ["isTillerEnabled", "isKubernetesDashboardEnabled"]) findings.forbid(properties.at("options", "addOns", field), isTrue, "adds a way in that was given up long ago");
    },
});
