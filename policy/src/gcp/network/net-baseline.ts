import { expect } from "../../common/expect";
import { isFalse, isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

// Google uses these itself; they have neither flow logs nor machines.
const special: readonly unknown[] = ["REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER", "PRIVATE_SERVICE_CONNECT", "PRIVATE_NAT", "PEER_MIGRATION"];

export const networkBaseline = typedRule({
    id: "gcp-net-baseline",
    title: "Networks are made on purpose, and subnets log their traffic",
    what: "`autoCreateSubnetworks` of networks and `autoCreateNetwork` of projects are false. Subnets have `logConfig` (flow logs) and `privateIpGoogleAccess: true`; proxy-only and Private Service Connect subnets are exempt.",
    why: "Automatic networks open SSH and RDP to the world and have a subnet in every region. Without flow logs nobody can say where data went; without private access machines need public addresses to reach Google's APIs.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("3.1"), cisGcp("3.8")],
    remediation: ["Set `autoCreateSubnetworks: false`, and give each subnet a `logConfig` and `privateIpGoogleAccess: true`."],
    compliant: [good(gcp.network), good(gcp.subnetwork), good(gcp.subnetwork, { purpose: "REGIONAL_MANAGED_PROXY", role: "ACTIVE", logConfig: null, privateIpGoogleAccess: null }), good(gcp.project)],
    violating: [
        bad(gcp.network, { autoCreateSubnetworks: true }),
        bad(gcp.network, { autoCreateSubnetworks: null }),
        bad(gcp.subnetwork, { logConfig: null }),
        bad(gcp.subnetwork, { privateIpGoogleAccess: false }),
        bad(gcp.project, { autoCreateNetwork: true }),
    ],
    types: [gcp.network, gcp.subnetwork, gcp.project],
    check(resource, _settings, findings) {
        const { properties, type } = resource;
        if (type === gcp.network) return expect(resource, "autoCreateSubnetworks", isFalse, "makes a subnet in every region", findings);
        if (type === gcp.project) return expect(resource, "autoCreateNetwork", isFalse, "makes a network with open firewall rules", findings);
        const purpose = properties.at("purpose");
        if (special.includes(purpose.value)) return;
        const target = purpose.unknown ? findings.under({ doubt: purpose }) : findings;
        target.require(properties.at("logConfig"), raw => raw !== undefined && raw !== null, "is not set, so there are no flow logs");
        target.require(properties.at("privateIpGoogleAccess"), isTrue, "makes machines need public addresses for Google's APIs");
    },
});
