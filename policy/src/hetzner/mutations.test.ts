import { testMutations } from "../testing/mutations";
import { soundHcloud } from "./sound";
import { hcloud } from "./types";

const ports = "hcl-open-admin-ports";

testMutations("Hetzner Cloud", soundHcloud, {
    [hcloud.firewall]: [
        ["rules/0/port", "22", ports], ["rules/0/port", "any", ports], ["rules/0/port", "1-65535", ports], ["rules/0/port", "6443", ports], ["rules/0/port", "10250", ports], ["rules/0/port", "2379-2380", ports], ["rules/0/port", "50000", ports],
        ["rules/0/port", "80"], ["rules/0/port", "8443"], ["rules/0/port", 22, ports], ["rules/0/port", undefined, ports], ["rules/0/protocol", "udp"], ["rules/0", { direction: "in", protocol: "icmp", sourceIps: ["0.0.0.0/0"] }],
        ["rules/0", { direction: "out", protocol: "tcp", port: "any", destinationIps: ["0.0.0.0/0"] }], ["rules/0", { direction: "in", protocol: "tcp", port: "22", sourceIps: ["203.0.113.0/24"] }],
        ["rules/0", { direction: "in", protocol: "tcp", port: "22", sourceIps: ["0.0.0.0/1", "128.0.0.0/1"] }, ports], ["rules/0", { direction: "in", protocol: "tcp", port: "5432", sourceIps: ["::/0"] }, ports],
        ["rules/0", { direction: "in", protocol: "tcp", port: "22", sourceIps: ["2000::/3"] }, ports], ["rules/0", { direction: "in", protocol: "tcp", port: "22", sourceIps: [] }],
        ["rules/1", { direction: "in", protocol: "tcp", port: "20-25", sourceIps: ["0.0.0.0/0"] }, ports], ["rules", []],
    ],
    [hcloud.server]: [
        ["publicNets", undefined, "hcl-server-private"], ["publicNets", [], "hcl-server-private"], ["publicNets/0/ipv4Enabled", true, "hcl-server-private"], ["publicNets/0/ipv6Enabled", undefined, "hcl-server-private"], ["publicNets/0/ipv4Enabled", "false"],
        ["sshKeys", undefined, "hcl-ssh-keys"], ["sshKeys", [], "hcl-ssh-keys"], ["userData", "#!/bin/sh\nexport API_TOKEN=abcdef0123456789\n", "hcl-ssh-keys"], ["userData", "version: v1alpha1\nmachine:\n  token: abcdef.0123456789abcdef\n"], ["userData", "#cloud-config\n"],
        ["firewallIds", undefined, "hcl-server-firewalled"], ["firewallIds", [], "hcl-server-firewalled"], ["ignoreRemoteFirewallIds", true, "hcl-server-firewalled"], ["ignoreRemoteFirewallIds", false],
        ["deleteProtection", false, "hcl-protection"], ["deleteProtection", undefined, "hcl-protection"], ["rebuildProtection", false, "hcl-protection"], ["backups", false], ["labels", { stateful: "true", owner: "platform" }], ["serverType", "cax21"],
    ],
    [hcloud.volume]: [["deleteProtection", undefined, "hcl-protection"], ["labels/encryption", undefined, "hcl-backups"], ["labels/encryption", "", "hcl-backups"], ["size", 20]],
    [hcloud.network]: [["deleteProtection", false, "hcl-protection"]],
    [hcloud.loadBalancer]: [["deleteProtection", undefined, "hcl-protection"], ["targets", [{ type: "server", serverId: 7 }], "hcl-lb-private"], ["targets", [{ type: "server", serverId: 7, usePrivateIp: true }]]],
    [hcloud.service]: [["protocol", "http"], ["protocol", "tcp"], ["protocol", "HTTPS"], ["http", undefined], ["protocol", "udp", "hcl-lb-tls"], ["protocol", undefined, "hcl-lb-tls"]],
    [hcloud.target]: [["usePrivateIp", false, "hcl-lb-private"], ["usePrivateIp", undefined, "hcl-lb-private"], ["type", "label_selector"]],
});
