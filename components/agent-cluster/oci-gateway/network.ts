/** One network, two subnets: the gateway's, and that of the stores, whose every route leads through the gateway. */
import * as core from "@pulumi/oci/core";
import * as pulumi from "@pulumi/pulumi";
import type { OciSecurityList } from "../../../topology/firewalls";
import type { ResolvedOciGatewayArgs } from "./args";

export interface GatewayNetwork {
    readonly vcn: core.Vcn;
    readonly gatewaySubnet: core.Subnet;
    readonly dataSubnet: core.Subnet;
    readonly dataGroup: core.NetworkSecurityGroup;
    /** Gives the stores' subnet its way out, once the machine is there. */
    routeThrough(privateIp: pulumi.Input<string>): void;
}

export const tags = { "part-of": "agent-platform", "managed-by": "pulumi" } as const;

export function gatewayNetwork(parent: pulumi.Resource, name: string, { topology, platform, place, network, data, securityLists }: ResolvedOciGatewayArgs): GatewayNetwork {
    const compartmentId = platform.compartment;
    const prefix = topology.namespace;
    const common = { compartmentId, freeformTags: { ...tags } };
    const vcn = new core.Vcn(`${name}-network`, { ...common, cidrBlocks: [network.cidr], displayName: prefix, dnsLabel: "agents" }, { parent });
    // Whoever forgets to name a list gets this one, which lets nothing in.
    new core.DefaultSecurityList(`${name}-default-list`, { manageDefaultResourceId: vcn.defaultSecurityListId, displayName: `${prefix}: nothing`, freeformTags: { ...tags }, ingressSecurityRules: [], egressSecurityRules: [] }, { parent });
    const internet = new core.InternetGateway(`${name}-internet`, { ...common, vcnId: vcn.id, displayName: prefix, enabled: true }, { parent });
    const list = (wanted: string) => {
        const { ingressSecurityRules, egressSecurityRules } = securityLists.find((one) => one.place === wanted) as OciSecurityList;
        return new core.SecurityList(`${name}-${wanted}-list`, { ...common, vcnId: vcn.id, displayName: `${prefix}: ${wanted}`, ingressSecurityRules: ingressSecurityRules.map((rule) => plain(rule)), egressSecurityRules: egressSecurityRules.map((rule) => plain(rule)) }, { parent });
    };
    const outward = new core.RouteTable(`${name}-gateway-routes`, { ...common, vcnId: vcn.id, displayName: `${prefix}: gateway`, routeRules: [{ networkEntityId: internet.id, destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK", description: "the gateway's own way" }] }, { parent });
    const gatewaySubnet = new core.Subnet(`${name}-gateway-subnet`, {
        ...common, vcnId: vcn.id, cidrBlock: place.subnet!, displayName: `${prefix}: gateway`, dnsLabel: "gateway", routeTableId: outward.id, securityListIds: [list(place.name).id],
        // The gateway must be reached by WireGuard from outside: only so are the others' connections direct.
        prohibitPublicIpOnVnic: false, freeformTags: { ...tags, exposure: "public" },
    }, { parent });
    const inward = new core.RouteTable(`${name}-data-table`, { ...common, vcnId: vcn.id, displayName: `${prefix}: ${data.name}` }, { parent, ignoreChanges: ["routeRules"] });
    const dataSubnet = new core.Subnet(`${name}-data-subnet`, { ...common, vcnId: vcn.id, cidrBlock: data.subnet!, displayName: `${prefix}: ${data.name}`, dnsLabel: "data", routeTableId: inward.id, securityListIds: [list(data.name).id], prohibitPublicIpOnVnic: true }, { parent });
    const dataGroup = new core.NetworkSecurityGroup(`${name}-data-group`, { ...common, vcnId: vcn.id, displayName: `${prefix}: ${data.name}` }, { parent });
    const ingress = (securityLists.find((one) => one.place === data.name) as OciSecurityList).ingressSecurityRules;
    for (const { tcpOptions, source, description } of ingress) {
        if (tcpOptions === undefined) continue;
        new core.NetworkSecurityGroupSecurityRule(`${name}-data-${source.replace("/", "-")}-${tcpOptions.min}`, {
            networkSecurityGroupId: dataGroup.id, direction: "INGRESS", protocol: "6", source, sourceType: "CIDR_BLOCK", description, tcpOptions: { destinationPortRange: { min: tcpOptions.min, max: tcpOptions.max } },
        }, { parent });
    }
    return {
        vcn, gatewaySubnet, dataSubnet, dataGroup,
        routeThrough(privateIp) {
            const routes = new core.RouteTable(`${name}-data-routes`, { ...common, vcnId: vcn.id, displayName: `${prefix}: ${data.name} through the gateway`, routeRules: [{ networkEntityId: privateIp, destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK", description: "every route leads through the gateway" }] }, { parent });
            new core.RouteTableAttachment(`${name}-data-attachment`, { subnetId: dataSubnet.id, routeTableId: routes.id }, { parent });
        },
    };
}

/** A copy without readonly, as the SDK's types want it. */
function plain<T extends object>(rule: T): T & { description: string } {
    return { ...rule } as T & { description: string };
}
