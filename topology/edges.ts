/** How people come in. */
import type { Provider } from "./places";

interface EdgeOf<Kind extends string> {
    readonly name: string;
    readonly kind: Kind;
    /** The service that gets what no route takes. */
    readonly enters: string;
    /** Where people go: `https://…`, or the local machine. */
    readonly address: string;
    /** Paths that go to other services. @default none */
    readonly routes?: readonly { readonly path: string; readonly to: string }[];
    /** Further host names, of customers too. */
    readonly hostnames?: readonly string[];
    /** Requests one client may make. */
    readonly rateLimit?: { readonly requests: number; readonly seconds: number };
    /** Gigabytes a month that go out to people. @default 1 */
    readonly gigabytes?: number;
}

/** Where connections of an edge come from that reach our containers: pods of a gateway, or the provider's addresses. */
export type Source = { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> } | { readonly cidr: string };

/** Cloudflare, to which connectors inside have called out. */
export interface TunnelledEdge extends EdgeOf<"tunnel"> {}
/** A port of the machine that one sits at. */
export interface LocalEdge extends EdgeOf<"local-port"> {}
/** Gateway API: an HTTPS listener with a certificate. */
export interface GatewayEdge extends EdgeOf<"gateway"> {
    readonly gatewayClass: string;
    readonly issuer: string;
    readonly sources: readonly Source[];
    /** The load balancer that the provider puts before it costs money too. */
    readonly provider: Provider;
}
/** A load balancer of a provider that reaches containers directly. */
export interface LoadBalancedEdge extends EdgeOf<"load-balancer"> {
    readonly provider: Provider;
    readonly healthPath: string;
    readonly affinity: "CLIENT_IP" | "NONE";
    readonly sources: readonly Source[];
}
/** For operators alone, over WireGuard: never on a public address. */
export interface PrivateEdge extends EdgeOf<"private"> {
    readonly network: "tailscale" | "netbird";
    /** Who may come: a group of people. */
    readonly group: string;
    readonly sources: readonly Source[];
}
/** HTTPS under a name of the tailnet, for whom the tailnet's own policy lets in: one of our services is a node of it. */
export interface TailnetEdge extends EdgeOf<"tailnet"> {
    /** The service that is the node; it calls `enters` for people. */
    readonly node: string;
    /** The identity of the node, e.g. `tag:preview`: whom the tailnet's policy speaks of. */
    readonly tag: string;
}

/** A way in for people. */
export type Edge = TunnelledEdge | LocalEdge | GatewayEdge | LoadBalancedEdge | PrivateEdge | TailnetEdge;
