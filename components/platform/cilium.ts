/** The network: Cilium instead of kube-proxy, its gateway, its view of flows, and WireGuard between machines. */
import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { refuse } from "../parts/component";
import { release } from "./chart";
import type { PlatformHome } from "./home";

export interface CiliumArgs {
    readonly home: PlatformHome;
    /** Addresses of pods. */
    readonly podCidr: string;
    /** The load balancer for the API server that every machine has itself (KubePrism of Talos). */
    readonly apiServer: { readonly host: string; readonly port: number };
    /** Machines whose ports 80 and 443 are the gateway, by their labels; absent: no gateway. */
    readonly gatewayNodes?: Readonly<Record<string, string>>;
    /** Connections reach the gateway through a load balancer that tells where they came from. @default false */
    readonly proxyProtocol?: boolean;
}

export class Cilium extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: CiliumArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Cilium", name, {}, opts);
        const { home, podCidr, apiServer, gatewayNodes, proxyProtocol = false } = args;
        refuse(this, "Cilium", name, [
            ...(/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(podCidr) ? [] : [`podCidr: "${podCidr}" is no range of addresses`]),
            ...(gatewayNodes !== undefined && Object.keys(gatewayNodes).length === 0 ? ["gatewayNodes: no label means every machine, control planes too"] : []),
            ...(proxyProtocol && gatewayNodes === undefined ? ["proxyProtocol: there is no gateway that could read it"] : []),
        ]);
        this.ready = release(this, name, {
            home,
            chart: "cilium",
            namespace: "kube-system",
            values: {
                kubeProxyReplacement: true,
                k8sServiceHost: apiServer.host,
                k8sServicePort: apiServer.port,
                ipam: { mode: "kubernetes" },
                ipv4NativeRoutingCIDR: podCidr,
                routingMode: "tunnel",
                tunnelProtocol: "vxlan",
                bpf: { masquerade: true },
                // NetworkPolicies speak of machines by address: the API server's, for one.
                policyCIDRMatchMode: ["nodes"],
                encryption: { enabled: true, type: "wireguard", nodeEncryption: true },
                // Talos mounts cgroups itself, and lets nobody load kernel modules.
                cgroup: { autoMount: { enabled: false }, hostRoot: "/sys/fs/cgroup" },
                securityContext: {
                    capabilities: {
                        ciliumAgent: ["CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_ADMIN", "SYS_RESOURCE", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
                        cleanCiliumState: ["NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"],
                    },
                },
                hubble: { enabled: true, relay: { enabled: true, rollOutPods: true }, ui: { enabled: false }, metrics: { enabled: ["dns", "drop", "tcp", "flow", "httpV2:exemplars=true"], enableOpenMetrics: true }, tls: { auto: { method: "cronJob" } } },
                operator: { replicas: 2, rollOutPods: true },
                rollOutCiliumPods: true,
                ...(gatewayNodes === undefined ? {} : {
                    gatewayAPI: { enabled: true, enableAlpn: true, enableAppProtocol: true, enableProxyProtocol: proxyProtocol, hostNetwork: { enabled: true, nodes: { matchLabels: { ...gatewayNodes } } } },
                    // Ports below 1024 on the machine.
                    envoy: { securityContext: { capabilities: { keepCapNetBindService: true, envoy: ["NET_ADMIN", "SYS_ADMIN", "NET_BIND_SERVICE"] } } },
                }),
            },
        });
        this.registerOutputs({});
    }
}
