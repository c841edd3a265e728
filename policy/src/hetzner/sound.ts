/** Resources of Hetzner Cloud that keep every rule; examples and tests change them in one place. */
import { examplesFrom, type Sound } from "../common/examples";
import { hcloud } from "./types";

const labels = { owner: "platform" };

export const soundHcloud: Sound = {
    [hcloud.firewall]: { name: "shop", labels, rules: [{ direction: "in", protocol: "tcp", port: "443", sourceIps: ["0.0.0.0/0", "::/0"] }] },
    [hcloud.attachment]: { firewallId: 1, serverIds: [7] },
    [hcloud.server]: {
        name: "shop", serverType: "cax11", image: "debian-13", location: "nbg1", labels, sshKeys: ["platform"], firewallIds: [1], networks: [{ networkId: 1 }],
        publicNets: [{ ipv4Enabled: false, ipv6Enabled: false }], deleteProtection: true, rebuildProtection: true, backups: true,
    },
    [hcloud.volume]: { name: "data", size: 10, location: "nbg1", labels: { ...labels, encryption: "luks" }, deleteProtection: true },
    [hcloud.network]: { name: "shop", ipRange: "10.0.0.0/16", labels, deleteProtection: true },
    [hcloud.loadBalancer]: { name: "shop", loadBalancerType: "lb11", location: "nbg1", labels, deleteProtection: true },
    [hcloud.service]: { loadBalancerId: "1", protocol: "https", listenPort: 443, http: { certificates: [1], redirectHttp: true } },
    [hcloud.target]: { loadBalancerId: 1, type: "server", serverId: 7, usePrivateIp: true },
};

export const { good, bad, resource } = examplesFrom(soundHcloud);
