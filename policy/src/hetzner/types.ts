/** Type tokens of Hetzner Cloud, under the names that rules use. */
export const hcloud = {
    firewall: "hcloud:index/firewall:Firewall",
    attachment: "hcloud:index/firewallAttachment:FirewallAttachment",
    server: "hcloud:index/server:Server",
    volume: "hcloud:index/volume:Volume",
    network: "hcloud:index/network:Network",
    loadBalancer: "hcloud:index/loadBalancer:LoadBalancer",
    service: "hcloud:index/loadBalancerService:LoadBalancerService",
    target: "hcloud:index/loadBalancerTarget:LoadBalancerTarget",
} as const;
