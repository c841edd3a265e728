import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclLbPrivate = typedRule({
    id: "hcl-lb-private",
    title: "Load balancers reach their servers over the private network",
    what: "`usePrivateIp` of targets is true; targets by public address (`type: ip`) are outside of the network and do not fit.",
    why: "Otherwise traffic that was encrypted up to the load balancer goes on over the internet, and servers need public addresses for it.",
    severity: "medium",
    strictness: "mandatory",
    references: [hetzner("Load Balancers: targets")],
    remediation: ["Set `usePrivateIp: true`, and attach the load balancer to the network."],
    compliant: [good(hcloud.target)],
    violating: [bad(hcloud.target, { usePrivateIp: null }), bad(hcloud.target, { usePrivateIp: false }), bad(hcloud.loadBalancer, { targets: [{ type: "server", serverId: 7 }] })],
    types: [hcloud.target, hcloud.loadBalancer],
    check({ properties, type }, _settings, findings) {
        const targets = type === hcloud.target ? [properties] : properties.at("targets").list();
        for (const target of targets) findings.require(target.at("usePrivateIp"), isTrue, "leaves traffic to the server on the public network");
    },
});
