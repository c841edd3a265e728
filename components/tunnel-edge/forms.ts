/**
 * How people and services can reach the platform. Each form has a file of its own, which is loaded only where it is
 * used: another one is a line in `Forms` and a line in `builders`.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { CloudflaredArgs } from "./args";
import type { BuiltCloudflare, CloudflareArgs } from "./cloudflare";
import type { BuiltCloudflareProxy, CloudflareProxyArgs } from "./cloudflare-proxy";
import type { BuiltLoadBalancer, GoogleLoadBalancerArgs } from "./google-load-balancer";
import type { BuiltTailnet, TailnetArgs } from "./tailnet";
import type { BuiltTailnetNode, TailnetNodeArgs } from "./tailnet-node";
import type { BuiltGateway, GatewayArgs } from "./gateway";

/** Per form: what it is made of, and what it tells about itself. */
export interface Forms {
    cloudflared: { args: CloudflaredArgs; built: void };
    "google-load-balancer": { args: GoogleLoadBalancerArgs; built: BuiltLoadBalancer };
    cloudflare: { args: CloudflareArgs; built: BuiltCloudflare };
    "cloudflare-proxy": { args: CloudflareProxyArgs; built: BuiltCloudflareProxy };
    tailnet: { args: TailnetArgs; built: BuiltTailnet };
    "tailnet-node": { args: TailnetNodeArgs; built: BuiltTailnetNode };
    gateway: { args: GatewayArgs; built: BuiltGateway };
}
export type FormKind = keyof Forms;

export type TunnelEdgeArgs<K extends FormKind = FormKind> = { [F in K]: Forms[F]["args"] & { readonly form: { readonly kind: F } } }[K];

export type FormBuilder<K extends FormKind> = (component: pulumi.ComponentResource, name: string, args: TunnelEdgeArgs<K>) => Forms[K]["built"];

export const builders: { readonly [K in FormKind]: () => FormBuilder<K> } = {
    cloudflared: () => (require("./cloudflared") as typeof import("./cloudflared")).cloudflared,
    "google-load-balancer": () => (require("./google-load-balancer") as typeof import("./google-load-balancer")).googleLoadBalancer,
    cloudflare: () => (require("./cloudflare") as typeof import("./cloudflare")).cloudflare,
    "cloudflare-proxy": () => (require("./cloudflare-proxy") as typeof import("./cloudflare-proxy")).cloudflareProxy,
    tailnet: () => (require("./tailnet") as typeof import("./tailnet")).tailnet,
    "tailnet-node": () => (require("./tailnet-node") as typeof import("./tailnet-node")).tailnetNode,
    gateway: () => (require("./gateway") as typeof import("./gateway")).gateway,
};
