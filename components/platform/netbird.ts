/** The operators' way in: routing peers of a NetBird mesh, which pass them on to the private network. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { PlatformApp } from "./app";
import type { PlatformHome } from "./home";

export interface NetBirdArgs {
    readonly home: PlatformHome;
    /** NetBird's rootless image, by digest. */
    readonly image: pulumi.Input<string>;
    /** Who manages the mesh: NetBird itself, or a server of one's own. */
    readonly management: string;
    /** A reusable setup key of a group that the mesh lets route. Secret. */
    readonly setupKey: pulumi.Input<string>;
    /** Ranges behind the peers, and the ports that operators may reach there. */
    readonly reaches: readonly { readonly cidr: string; readonly ports: readonly number[] }[];
    readonly after?: readonly pulumi.Resource[];
}

export class NetBird extends pulumi.ComponentResource {
    constructor(name: string, args: NetBirdArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:NetBird", name, {}, opts);
        refuse(this, "NetBird", name, [
            ...(args.management.startsWith("https://") ? [] : [`management: "${args.management}" is not reached over TLS`]),
            ...(args.reaches.length > 0 ? [] : ["reaches: peers that lead nowhere let nobody in"]),
        ]);
        new PlatformApp("netbird", {
            home: args.home,
            image: args.image,
            user: 1000,
            // Two, so that one can be replaced while the other carries.
            replicas: 2,
            // In user space: no privilege on the machine, no device, no iptables.
            settings: { HOME: "/tmp", NB_USE_NETSTACK_MODE: "true", NB_ENABLE_NETSTACK_LOCAL_FORWARDING: "true", NB_MANAGEMENT_URL: args.management, NB_HOSTNAME: "agent-platform", NB_LOG_FILE: "console" },
            secrets: { NB_SETUP_KEY: { secret: "netbird-setup", key: "key" } },
            before: (namespace, parent) => [new k8s.core.v1.Secret(`${name}-setup`, { metadata: { name: "netbird-setup", namespace, labels: { ...common } }, stringData: pulumi.secret({ key: args.setupKey }) }, fixedName(parent))],
            resources: { cpu: "250m", memory: "256Mi" },
            scratch: { "/tmp": "64Mi", "/var/lib/netbird": "16Mi" },
            incoming: [],
            outgoing: [
                { to: "internet", ports: [443, 33073, 10000] },
                // WireGuard from peer to peer, wherever they are, and how they find a way there.
                { to: "internet", protocol: "UDP" as const },
                ...args.reaches.map(({ cidr, ports }) => ({ to: { cidrs: [cidr] }, ports })),
            ],
            ...(args.after === undefined ? {} : { after: args.after }),
        }, { parent: this });
        this.registerOutputs({});
    }
}
