import { typedRule } from "../common/rule";
import { isFalse } from "../common/truth";
import { hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclServerPrivate = typedRule({
    id: "hcl-server-private",
    title: "Servers have no public address",
    what: "`publicNets` of servers switches both `ipv4Enabled` and `ipv6Enabled` off, except on servers with the label of the setting `edgeLabel`. Left out, Hetzner gives a server both.",
    why: "A server with a public address can be attacked directly, past load balancer, tunnel and sign-in.",
    severity: "high",
    strictness: "mandatory",
    references: [hetzner("Servers: primary IPs")],
    remediation: ["Set `publicNets: [{ ipv4Enabled: false, ipv6Enabled: false }]`, and give the private network a way out by a gateway.", "A server that is meant to be an edge gets the label of the setting `edgeLabel`."],
    settings: { edgeLabel: { type: "string", pattern: "^[^=]+=.+$", default: "role=edge", description: "The label, as key=value, of servers that are meant to have a public address." } },
    compliant: [good(hcloud.server, { publicNets: [{ ipv4Enabled: false, ipv6Enabled: false }] }), good(hcloud.server, { publicNets: null, labels: { role: "edge" } })],
    violating: [bad(hcloud.server, { publicNets: null }), bad(hcloud.server, { publicNets: [{ ipv4Enabled: false }] }), bad(hcloud.server, { publicNets: [{ ipv4Enabled: true, ipv6Enabled: false }] })],
    types: [hcloud.server],
    check({ properties }, settings, findings) {
        const [key = "", ...value] = settings.text("edgeLabel").split("=");
        const label = properties.at("labels", key);
        if (label.value === value.join("=")) return;
        const target = label.unknown ? findings.under({ doubt: label }) : findings;
        const nets = properties.at("publicNets");
        if (nets.unknown) return findings.undetermined(nets);
        if (nets.list().length === 0) return target.violation(nets, "is not set, so the server gets public addresses");
        for (const net of nets.list()) for (const field of ["ipv4Enabled", "ipv6Enabled"]) target.require(net.at(field), isFalse, "gives the server a public address");
    },
});
