import { typedRule } from "../../common/rule";
import { isTrue } from "../../common/truth";
import { cisGke } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { isAutopilot } from "./clusters";

export const gkeNetwork = typedRule({
    id: "gke-network",
    title: "GKE enforces network policies and shows traffic between pods",
    what: "Clusters use Dataplane V2 (`datapathProvider: ADVANCED_DATAPATH`) or `networkPolicy.enabled`, addresses of the VPC (`ipAllocationPolicy`, or `networkingMode: VPC_NATIVE`), and `enableIntranodeVisibility`. Autopilot does all this by itself.",
    why: "Without one of the two, NetworkPolicies are accepted and ignored. Traffic inside a node is otherwise in no flow log.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGke("5.6.2"), cisGke("5.6.7"), cisGke("5.6.1")],
    remediation: ["Set `datapathProvider: \"ADVANCED_DATAPATH\"`, `networkingMode: \"VPC_NATIVE\"` with an `ipAllocationPolicy`, and `enableIntranodeVisibility: true`."],
    compliant: [good(gcp.cluster, { datapathProvider: "ADVANCED_DATAPATH" }), good(gcp.cluster, { datapathProvider: null, networkPolicy: { enabled: true } })],
    violating: [
        bad(gcp.cluster, { datapathProvider: null }),
        bad(gcp.cluster, { networkingMode: "ROUTES", ipAllocationPolicy: null }),
        bad(gcp.cluster, { enableIntranodeVisibility: false }),
    ],
    types: [gcp.cluster],
    check(resource, _settings, findings) {
        if (isAutopilot(resource)) return;
        const { properties } = resource;
        const dataplane = properties.at("datapathProvider");
        const policy = properties.at("networkPolicy", "enabled");
        const addon = properties.at("addonsConfig", "networkPolicyConfig", "disabled");
        if (dataplane.value !== "ADVANCED_DATAPATH") {
            const doubt = [dataplane, policy].find(value => value.unknown);
            if (doubt) findings.undetermined(doubt);
            else if (!isTrue(policy.value)) findings.violation(policy, "is not on, and neither is Dataplane V2: NetworkPolicies are ignored");
            else findings.forbid(addon, isTrue, "switches off what enforces NetworkPolicies");
        }
        const addresses = properties.at("ipAllocationPolicy");
        const mode = properties.at("networkingMode");
        if (addresses.unknown) findings.undetermined(addresses);
        else if (addresses.absent) findings.require(mode, raw => raw === "VPC_NATIVE", "does not give pods addresses of the VPC");
        else findings.forbid(mode, raw => raw === "ROUTES", "does not give pods addresses of the VPC");
        findings.require(properties.at("enableIntranodeVisibility"), isTrue, "leaves traffic inside nodes out of flow logs");
    },
});
