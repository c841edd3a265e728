/** The private network: no instance has a public address; they call out through Cloud NAT, and stores come in by peering. */
import * as compute from "@pulumi/gcp/compute";
import * as servicenetworking from "@pulumi/gcp/servicenetworking";
import type * as pulumi from "@pulumi/pulumi";
import type { GcpFirewall } from "../../../topology/firewalls";
import type { Network } from "../../../topology/types";

export interface PrivateNetworkArgs {
    readonly prefix: string;
    readonly region: string;
    readonly network: Network;
    readonly subnet: string;
    /** Range that the provider's own stores get addresses from. */
    readonly services: string;
    readonly firewalls: readonly GcpFirewall[];
}

export interface PrivateNetwork {
    readonly network: compute.Network;
    readonly subnetwork: compute.Subnetwork;
    readonly peering: servicenetworking.Connection;
    readonly nat: compute.RouterNat;
}

export function privateNetwork(parent: pulumi.Resource, name: string, args: PrivateNetworkArgs): PrivateNetwork {
    const { prefix, region, subnet, services } = args;
    const network = new compute.Network(`${name}-network`, { name: prefix, autoCreateSubnetworks: false, routingMode: "REGIONAL", deleteDefaultRoutesOnCreate: false }, { parent });
    const subnetwork = new compute.Subnetwork(`${name}-subnet`, {
        name: `${prefix}-instances`, network: network.id, region, ipCidrRange: subnet,
        // Secret Manager and the registry are reached without the internet.
        privateIpGoogleAccess: true,
        logConfig: { aggregationInterval: "INTERVAL_5_SEC", flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
    }, { parent });
    const router = new compute.Router(`${name}-router`, { name: prefix, network: network.id, region }, { parent });
    const nat = new compute.RouterNat(`${name}-nat`, {
        name: prefix, router: router.name, region, natIpAllocateOption: "AUTO_ONLY", sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: [{ name: subnetwork.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
    }, { parent });
    const [address, bits] = services.split("/") as [string, string];
    const range = new compute.GlobalAddress(`${name}-services`, { name: `${prefix}-services`, purpose: "VPC_PEERING", addressType: "INTERNAL", address, prefixLength: Number(bits), network: network.id }, { parent });
    const peering = new servicenetworking.Connection(`${name}-peering`, { network: network.id, service: "servicenetworking.googleapis.com", reservedPeeringRanges: [range.name] }, { parent });
    for (const rule of args.firewalls) {
        new compute.Firewall(`${name}-${rule.name}-firewall`, {
            name: rule.name, network: network.name, description: rule.description, direction: rule.direction, priority: rule.priority, sourceRanges: rule.sourceRanges,
            ...(rule.targetTags === undefined ? {} : { targetTags: rule.targetTags }),
            ...(rule.allows === undefined ? {} : { allows: rule.allows.map((one) => ({ ...one })) }),
            ...(rule.denies === undefined ? {} : { denies: rule.denies.map((one) => ({ ...one })) }),
            logConfig: { metadata: "INCLUDE_ALL_METADATA" },
        }, { parent, deleteBeforeReplace: true });
    }
    return { network, subnetwork, peering, nat };
}
