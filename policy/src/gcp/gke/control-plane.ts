import { opennessOf } from "../../common/addresses";
import { typedRule } from "../../common/rule";
import { isFalse, isText, isTrue } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { cisGke } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const gkeControlPlane = typedRule({
    id: "gke-control-plane",
    title: "The control plane and nodes of GKE are private",
    what: "`privateClusterConfig.enablePrivateNodes` is true, and no node pool switches `networkConfig.enablePrivateNodes` off. The control plane has a private endpoint only, or no IP endpoint, or `masterAuthorizedNetworksConfig` that does not admit the internet (nor all of Google Cloud). Legacy authorization (`enableLegacyAbac`), client certificates and passwords are off.",
    why: "An API server that everybody can reach is one leaked token or one new hole away from being somebody else's; legacy ways in cannot be revoked.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGke("5.6.3"), cisGke("5.6.4"), cisGke("5.6.5"), cisGke("5.8.1"), cisGke("5.8.3")],
    remediation: ["Set `privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true }`, or list who may reach the endpoint in `masterAuthorizedNetworksConfig.cidrBlocks`.", "Leave `enableLegacyAbac` and `masterAuth` out."],
    compliant: [
        good(gcp.cluster, { privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true } }),
        good(gcp.cluster, { privateClusterConfig: { enablePrivateEndpoint: false }, masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "203.0.113.0/28" }] } }),
    ],
    violating: [
        bad(gcp.cluster, { privateClusterConfig: null }),
        bad(gcp.cluster, { privateClusterConfig: { enablePrivateEndpoint: false }, masterAuthorizedNetworksConfig: null }),
        bad(gcp.cluster, { masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "0.0.0.0/0" }] } }),
        bad(gcp.cluster, { enableLegacyAbac: true }),
        bad(gcp.nodePool, { networkConfig: { enablePrivateNodes: false } }),
        bad(gcp.cluster, { masterAuth: { clientCertificateConfig: { issueClientCertificate: true } } }),
    ],
    types: [gcp.cluster, gcp.nodePool],
    check({ properties, type }, _settings, findings) {
        if (type === gcp.nodePool) return findings.forbid(properties.at("networkConfig", "enablePrivateNodes"), isFalse, "gives nodes public addresses");
        findings.require(properties.at("privateClusterConfig", "enablePrivateNodes"), isTrue, "gives nodes public addresses");
        checkEndpoint(properties, findings);
        findings.forbid(properties.at("enableLegacyAbac"), isTrue, "switches legacy authorization on");
        const auth = properties.at("masterAuth");
        findings.forbid(auth.at("clientCertificateConfig", "issueClientCertificate"), isTrue, "issues a certificate that cannot be revoked");
        for (const field of ["username", "password"]) findings.forbid(auth.at(field), isText, "switches sign-in by password on");
    },
});

function checkEndpoint(properties: Value, findings: Findings): void {
    const networks = properties.at("masterAuthorizedNetworksConfig");
    const { open, unclear } = opennessOf(networks.at("cidrBlocks").list().map(block => block.at("cidrBlock")));
    if (open) findings.violation(open, "admits the internet to the control plane");
    else if (unclear) findings.undetermined(unclear);
    findings.forbid(networks.at("gcpPublicCidrsAccessEnabled"), isTrue, "admits every customer of Google Cloud to the control plane");
    if (networks.known || networks.unknown) return;
    const isPrivate = properties.at("privateClusterConfig", "enablePrivateEndpoint");
    const byAddress = properties.at("controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled");
    if (isTrue(isPrivate.value) || isFalse(byAddress.value)) return;
    const doubt = [isPrivate, byAddress].find(value => value.unknown);
    if (doubt) findings.undetermined(doubt);
    else findings.violation(networks, "is not set, so the internet reaches the control plane");
}
