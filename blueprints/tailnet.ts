/** A node in a tailnet: what a blueprint adds when people reach it there, under HTTPS and with no port open to the internet. */
import type { Party, Service, TailnetEdge } from "../topology/types";
import type { Size } from "./shared";

/**
 * Where the node calls: Tailscale's coordination and relays, and the devices of people that can be reached directly. A
 * device behind another port than WireGuard's usual one is reached by a relay, which sees nothing but WireGuard either.
 */
export const tailnet: Party = {
    name: "tailnet",
    purpose: "Tailscale: coordination, relays, devices",
    ports: [
        { port: 443, protocol: "TCP" },
        { port: 3478, protocol: "UDP" },
        { port: 41641, protocol: "UDP" },
    ],
    speaks: "wireguard",
};

/** The way in: the node's name in the tailnet is that of the deployment. */
export function tailnetEdge(name: string, domain: string, tag: string): TailnetEdge {
    return { name: "tailnet-name", kind: "tailnet", enters: "web", address: `https://${name}.${domain}`, node: "tailscale", tag };
}

/** Where the container tells whether it has an address in the tailnet. */
const healthPort = 9002;

/**
 * The node of `edge`. Without a folder for its state it keeps that in memory and takes its leave when it is stopped, so
 * that nothing of it stays in the tailnet; a second one at the same time would get another name, and people would not
 * find it. No liveness probe: when Tailscale is away the node has no address, and a restart loop would not help.
 */
export function tailnetNode({ address, node, tag }: TailnetEdge, size: Size): Service {
    return {
        name: node,
        owner: "TunnelEdge",
        purpose: "node in the tailnet, HTTPS there",
        image: "tailscale",
        replicas: { min: 1, max: 1 },
        alone: true,
        resources: size(["50m", "64Mi"], ["250m", "256Mi"]),
        health: { port: healthPort, startup: { path: "/healthz", periodSeconds: 5, failureThreshold: 60 }, readiness: { path: "/healthz", periodSeconds: 10 } },
        settings: {
            TS_HOSTNAME: new URL(address).hostname.split(".")[0]!,
            TS_EXTRA_ARGS: `--advertise-tags=${tag}`,
            // In the process itself: no device of the kernel, no privilege.
            TS_USERSPACE: "true",
            // It looks up names of the cluster.
            TS_ACCEPT_DNS: "false",
            TS_ENABLE_HEALTH_CHECK: "true",
            TS_LOCAL_ADDR_PORT: `0.0.0.0:${healthPort}`,
            HOME: "/tmp",
        },
        secrets: { TS_AUTHKEY: "tailnet/key", TS_SERVE_CONFIG: "tailnet/serve" },
        // Its certificate is there.
        scratch: "32Mi",
        priority: "serving",
        graceSeconds: 30,
    };
}
