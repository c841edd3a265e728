import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp, machines } from "../types";

export const vmPublicIp = typedRule({
    id: "gcp-vm-public-ip",
    title: "Machines have no public address",
    what: "No network interface of an instance or of an instance template of any kind has `accessConfigs` or `ipv6AccessConfigs`; an empty entry counts, because it asks for a temporary address.",
    why: "A machine with a public address can be attacked directly, past load balancer, tunnel and sign-in.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("4.9")],
    remediation: ["Remove `accessConfigs`; use Cloud NAT for the way out, and the tunnel, Tailscale or Identity-Aware Proxy for the way in."],
    compliant: [good(gcp.instance, { networkInterfaces: [{ subnetwork: "shop" }] })],
    violating: [
        bad(gcp.instance, { networkInterfaces: [{ subnetwork: "shop", accessConfigs: [{}] }] }),
        bad(gcp.instanceTemplate, { networkInterfaces: [{ subnetwork: "shop", accessConfigs: [{ networkTier: "PREMIUM" }] }] }),
        bad(gcp.regionInstanceTemplate, { networkInterfaces: [{ subnetwork: "shop", ipv6AccessConfigs: [{ networkTier: "PREMIUM" }] }] }),
    ],
    types: machines,
    check({ properties }, _settings, findings) {
        for (const network of properties.at("networkInterfaces").list()) {
            if (network.unknown) findings.undetermined(network);
            else for (const field of ["accessConfigs", "ipv6AccessConfigs"]) {
                const configs = network.at(field);
                if (configs.unknown) findings.undetermined(configs);
                else for (const config of configs.list()) findings.violation(config, "gives the machine a public address");
            }
        }
    },
});
