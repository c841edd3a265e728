/** The machines: control planes that operators reach, workers that only the private network reaches, and their way out. */
import { PlacementGroup } from "@pulumi/hcloud/placementGroup";
import { Server, type ServerArgs } from "@pulumi/hcloud/server";
import { SshKey } from "@pulumi/hcloud/sshKey";
import * as pulumi from "@pulumi/pulumi";
import type { Pool } from "../../../topology/types";
import type { ResolvedTalosHetznerArgs } from "./args";
import type { Firewalls } from "./firewall";
import { labelsOf, numberOf, type AddressPlan, type PrivateNetwork } from "./network";

export interface Machine {
    readonly name: string;
    readonly server: Server;
    readonly privateAddress: string;
}

export interface MachinesArgs {
    readonly settings: ResolvedTalosHetznerArgs;
    readonly plan: AddressPlan;
    readonly network: PrivateNetwork;
    readonly firewalls: Firewalls;
    readonly sshKey: SshKey;
}

/** Hetzner mails a root password for every server that is made without a key. */
export function sshKey(parent: pulumi.Resource, name: string, publicKey: string): SshKey {
    return new SshKey(`${name}-ssh-key`, { name, publicKey, labels: labelsOf(name, "key") }, { parent });
}

/** They wait in maintenance mode for their configuration, which no other machine may see, behind the operators' firewall. */
export function controlPlanes(parent: pulumi.Resource, name: string, args: MachinesArgs): Machine[] {
    const { settings, plan } = args;
    return machines(parent, name, "control", settings.place.controlPlane!, args, (index) => ({
        image: settings.imageId,
        labels: labelsOf(name, "control-plane", "edge"),
        publicNets: [{ ipv4Enabled: true, ipv6Enabled: false }],
        firewallIds: [numberOf(args.firewalls.operators.id)],
        networks: [{ networkId: args.network.id, ip: plan.controlPlane(index) }],
    }), plan.controlPlane);
}

/**
 * Without a public address there is no way to hand them a configuration, so they find it in their user data. It holds
 * what a machine needs to join and no private key of the cluster; pods cannot reach the service that tells it.
 */
export function workers(parent: pulumi.Resource, name: string, pool: Pool, args: MachinesArgs & { readonly configuration: pulumi.Input<string>; readonly after: readonly pulumi.Resource[] }): Machine[] {
    const { settings, plan } = args;
    return machines(parent, name, pool.name, pool, args, (index) => ({
        image: settings.imageId,
        labels: labelsOf(name, pool.name),
        publicNets: [{ ipv4Enabled: false, ipv6Enabled: false }],
        firewallIds: [numberOf(args.firewalls.closed.id)],
        networks: [{ networkId: args.network.id, ip: plan.worker(pool.name, index) }],
        userData: pulumi.secret(args.configuration),
    }), (index) => plan.worker(pool.name, index));
}

/** One small machine that passes connections of the workers on to the internet; nothing can connect to it. */
export function egressGateway(parent: pulumi.Resource, name: string, args: MachinesArgs): Server {
    const { settings, plan } = args;
    return new Server(`${name}-egress`, {
        name: `${name}-egress`,
        serverType: settings.egressMachine,
        image: "debian-13",
        location: settings.place.region,
        sshKeys: [args.sshKey.id],
        labels: labelsOf(name, "egress", "edge"),
        publicNets: [{ ipv4Enabled: true, ipv6Enabled: false }],
        firewallIds: [numberOf(args.firewalls.closed.id)],
        networks: [{ networkId: args.network.id, ip: plan.gateway }],
        userData: egressSetup(settings.network.cidr),
        deleteProtection: settings.protect,
        rebuildProtection: settings.protect,
    }, { parent, protect: settings.protect, dependsOn: [args.network.subnets.control!] });
}

/** Passes on what comes from the private network, and shuts every door of the machine itself. */
export function egressSetup(cidr: string): string {
    const rules = [
        "flush ruleset",
        "table inet egress {",
        "  chain input { type filter hook input priority 0; policy drop; ct state established,related accept; iifname lo accept; icmp type echo-request accept; }",
        "  chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept;",
        `    ip saddr ${cidr} ip daddr { 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 } drop;`,
        `    ip saddr ${cidr} accept; }`,
        `  chain postrouting { type nat hook postrouting priority 100; ip saddr ${cidr} oifname eth0 masquerade; }`,
        "}",
    ];
    return ["#cloud-config", ...[
        `package_update: true`,
        `packages: ["nftables", "unattended-upgrades"]`,
        `write_files: ${JSON.stringify([
            { path: "/etc/nftables.conf", permissions: "0600", content: `${rules.join("\n")}\n` },
            { path: "/etc/sysctl.d/90-egress.conf", permissions: "0644", content: "net.ipv4.ip_forward=1\n" },
        ])}`,
        `runcmd: ${JSON.stringify([["sysctl", "--system"], ["systemctl", "enable", "--now", "nftables"], ["systemctl", "disable", "--now", "ssh.service", "ssh.socket"]])}`,
    ], ""].join("\n");
}

function machines(parent: pulumi.Resource, name: string, group: string, pool: Pool, args: MachinesArgs & { readonly after?: readonly pulumi.Resource[] }, own: (index: number) => Partial<ServerArgs>, addressOf: (index: number) => string): Machine[] {
    const { settings } = args;
    // On different hosts: one that fails takes one machine of a pool with it.
    const spread = new PlacementGroup(`${name}-${group}-spread`, { name: `${name}-${group}`, type: "spread", labels: labelsOf(name, group) }, { parent });
    return Array.from({ length: pool.min }, (_, index) => {
        const machine = `${name}-${group}-${index + 1}`;
        const server = new Server(machine, {
            name: machine,
            serverType: pool.machine,
            location: settings.place.region,
            placementGroupId: numberOf(spread.id),
            sshKeys: [args.sshKey.id],
            deleteProtection: settings.protect,
            rebuildProtection: settings.protect,
            shutdownBeforeDeletion: true,
            ...own(index),
        } as ServerArgs, {
            parent,
            protect: settings.protect,
            dependsOn: [args.network.subnets[group]!, ...(args.after ?? [])],
            // Both only say how a machine is born. Upgrades go through the Talos API, and must not replace it.
            ignoreChanges: ["image", "userData"],
        });
        return { name: machine, server, privateAddress: addressOf(index) };
    });
}
