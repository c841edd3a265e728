/** Cloudflare before a gateway of ours: a record to its load balancer, names of customers, guards, and the zone. */
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { customers, guards, problemsOfNames, zone, type PublicEdge } from "./cloudflare-zone";

export interface CloudflareProxyForm {
    readonly kind: "cloudflare-proxy";
    /** Zone of the public host name. */
    readonly zoneId: pulumi.Input<string>;
    /** The zone's own name, e.g. example.com. */
    readonly zoneName: string;
    /** The gateway as the topology has it: address, host names of customers, rate limit. */
    readonly edge: PublicEdge;
    /** IPv4 address of the load balancer before the gateway; visitors by IPv6 reach Cloudflare. */
    readonly loadBalancer: pulumi.Input<string>;
}

export interface CloudflareProxyArgs {
    readonly form: CloudflareProxyForm;
    /** Stands with the record, so that people at Cloudflare know whose it is. */
    readonly prefix: string;
}

export interface BuiltCloudflareProxy {
    /** The name that leads to the load balancer, and that customers' names are CNAMEs of. */
    readonly record: pulumi.Output<string>;
}

export function cloudflareProxy(component: pulumi.ComponentResource, name: string, { form, prefix }: CloudflareProxyArgs): BuiltCloudflareProxy {
    const { zoneId, zoneName, edge, loadBalancer } = form;
    refuse(component, "TunnelEdge", name, [
        ...problemsOfNames(zoneName, edge),
        ...(edge.address.startsWith("https://") ? [] : [`form.edge.address: "${edge.address}" is not https, and Cloudflare asks the gateway in no other way`]),
    ]);
    const { hostname } = new URL(edge.address);
    const record = new DnsRecord(`${name}-record`, { zoneId, name: hostname, type: "A", content: loadBalancer, ttl: 1, proxied: true, comment: `${prefix}: the load balancer` }, {
        parent: component,
        // Release 0.1.0 had it as the stack's own.
        aliases: [{ parent: pulumi.rootStackResource }],
    });
    // Proven by HTTP, which Cloudflare answers itself: `_acme-challenge` is taken, it leads cert-manager into our zone.
    customers(component, name, zoneId, edge.hostnames ?? [], { hostname, record }, "http");
    guards(component, name, zoneId, edge);
    zone(component, name, zoneId, zoneName);
    return { record: record.name };
}
