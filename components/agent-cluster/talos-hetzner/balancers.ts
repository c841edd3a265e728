/** Two load balancers that pass TCP on to private addresses: one for the API servers, inside, and one for people. */
import { LoadBalancer } from "@pulumi/hcloud/loadBalancer";
import { LoadBalancerNetwork } from "@pulumi/hcloud/loadBalancerNetwork";
import { LoadBalancerService } from "@pulumi/hcloud/loadBalancerService";
import { LoadBalancerTarget } from "@pulumi/hcloud/loadBalancerTarget";
import type * as pulumi from "@pulumi/pulumi";
import type { ResolvedTalosHetznerArgs } from "./args";
import { labelsOf, numberOf, type AddressPlan, type PrivateNetwork } from "./network";

export interface Balancers {
    /** Where people come in: the target of the A record. */
    readonly appAddress: pulumi.Output<string>;
    /** Machines find the API server through it, so they wait for it. */
    readonly api: pulumi.Resource;
}

interface Port {
    readonly name: string;
    readonly port: number;
    /** Whether the first line of each connection says where it came from. */
    readonly tellsSource?: boolean;
}

export function balancers(parent: pulumi.Resource, name: string, args: ResolvedTalosHetznerArgs, plan: AddressPlan, network: PrivateNetwork): Balancers {
    // A cloud firewall does not cover load balancers: that of the API has no public side at all.
    const api = balancer("api", plan.apiBalancer, false, "control-plane", [{ name: "kubernetes", port: 6443 }]);
    // Port 80 only answers challenges and sends people on to 443; the certificates are the gateway's.
    const app = balancer("app", plan.appBalancer, true, args.entryPool, [{ name: "https", port: 443, tellsSource: true }, { name: "http", port: 80, tellsSource: true }]);
    return { appAddress: app.balancer.ipv4, api: api.attached };

    function balancer(purpose: "api" | "app", ip: string, isPublic: boolean, pool: string, ports: readonly Port[]): { balancer: LoadBalancer; attached: pulumi.Resource } {
        const made = new LoadBalancer(`${name}-${purpose}-balancer`, {
            name: `${name}-${purpose}`,
            loadBalancerType: "lb11",
            location: args.place.region,
            algorithm: { type: "least_connections" },
            labels: labelsOf(name, `${purpose}-balancer`, isPublic ? "edge" : "inside"),
            deleteProtection: args.protect,
        }, { parent, protect: args.protect });
        const attached = new LoadBalancerNetwork(`${name}-${purpose}-balancer-network`, { loadBalancerId: numberOf(made.id), subnetId: network.subnets.control!.id, ip, enablePublicInterface: isPublic }, { parent });
        new LoadBalancerTarget(`${name}-${purpose}-balancer-target`, { loadBalancerId: numberOf(made.id), type: "label_selector", labelSelector: `cluster=${name},pool=${pool}`, usePrivateIp: true }, { parent, dependsOn: [attached] });
        for (const { name: service, port, tellsSource = false } of ports) {
            new LoadBalancerService(`${name}-${purpose}-balancer-${service}`, {
                loadBalancerId: made.id,
                protocol: "tcp",
                listenPort: port,
                destinationPort: port,
                proxyprotocol: tellsSource,
                healthCheck: { protocol: "tcp", port, interval: 5, timeout: 3, retries: 3 },
            }, { parent });
        }
        return { balancer: made, attached };
    }
}
