/** A node in a tailnet that leads to the front: people of the tailnet reach it by HTTPS, and nobody else. */
import { OauthClient } from "@pulumi/tailscale/oauthClient";
import * as pulumi from "@pulumi/pulumi";
import type { Share } from "../../topology/derive";
import type { Service, TailnetEdge } from "../../topology/types";
import { refuse } from "../parts/component";
import type { Home } from "../parts/home";
import { secretFile } from "../parts/pod";
import { SecretBundle } from "../parts/secret-bundle";
import { unknownServices, Workload, type ServiceTransforms } from "../parts/workload";

export interface TailnetNodeForm {
    readonly kind: "tailnet-node";
    /** The way in as the topology has it: address in the tailnet, identity, the service that is the node. */
    readonly edge: TailnetEdge;
    /** What the node leads to, e.g. http://web:8080. */
    readonly front: string;
}

/** What a node in a tailnet is made of. Its identity and whom the tailnet lets reach it are the tailnet's own policy. */
export interface TailnetNodeArgs {
    readonly form: TailnetNodeForm;
    /** Where it runs: `home` of an AgentCluster. */
    readonly home: Home;
    /** The service that is the node, and no other. */
    readonly share: Share;
    readonly transform?: {
        readonly services?: ServiceTransforms;
    };
}

export interface BuiltTailnetNode {
    /** Where people of the tailnet go. */
    readonly address: string;
}

export function tailnetNode(component: pulumi.ComponentResource, name: string, args: TailnetNodeArgs): BuiltTailnetNode {
    const { home, share, form: { edge, front }, transform } = args;
    refuse(component, "TunnelEdge", name, problemsOf(args));
    // No key that expires: the client makes keys for this identity alone, and goes with the stack.
    const client = new OauthClient(`${name}-client`, { description: hostOf(edge).slice(0, longestDescription), scopes: ["auth_keys"], tags: [edge.tag] }, { parent: component, protect: home.protect });
    const key = pulumi.secret(pulumi.interpolate`${client.key}?ephemeral=true&preauthorized=true`);
    // What it serves is no secret, but is one more file, and this is how the one shape of pod gets files.
    const tailnet = new SecretBundle("tailnet", { namespace: home.namespace, values: { key, serve: serveConfig(front) } }, { parent: component });
    for (const service of share.services) new Workload(service.name, { home, service: inPod(service), secrets: { tailnet }, transform: transform?.services?.[service.name] }, { parent: component });
    return { address: edge.address };
}

/** Tailscale takes no more characters. */
const longestDescription = 50;

/** Tailscale puts the node's own name in, and gets the certificate for it. */
export function serveConfig(front: string): string {
    const site = "${TS_CERT_DOMAIN}:443";
    return JSON.stringify({ TCP: { 443: { HTTPS: true } }, Web: { [site]: { Handlers: { "/": { Proxy: front } } } }, AllowFunnel: { [site]: false } });
}

/**
 * Its image reads these two files under names of its own. In Kubernetes it would keep its state in a Secret, and before 1.98 it
 * asks for the token of a service account, which no pod here has, even when it is told not to
 * (github.com/tailscale/tailscale/issues/8188): so it must not find out where it is.
 */
function inPod(service: Service): Service {
    return { ...service, settings: { ...service.settings, TS_AUTHKEY: `file:${secretFile("tailnet/key")}`, TS_SERVE_CONFIG: secretFile("tailnet/serve"), TS_KUBE_SECRET: "", KUBERNETES_SERVICE_HOST: "" } };
}

function hostOf({ address }: TailnetEdge): string {
    return new URL(address).hostname.split(".")[0]!;
}

function problemsOf({ form: { edge, front }, share, transform }: TailnetNodeArgs): string[] {
    const problems: string[] = [];
    if (!/^https:\/\/[-a-z0-9]{1,63}\.[-a-z0-9]+\.ts\.net$/.test(edge.address)) problems.push(`form.edge.address: "${edge.address}" is not https and a name in a tailnet, e.g. https://agents.example.ts.net`);
    if (!/^tag:[a-z][-a-z0-9]*$/.test(edge.tag)) problems.push(`form.edge.tag: "${edge.tag}" is no tag, e.g. tag:preview; without one the node would be somebody's device`);
    if (!/^http:\/\/[-a-z0-9]+:\d+$/.test(front)) problems.push(`form.front: "${front}" is no address in the cluster, e.g. http://web:8080`);
    const [node, ...others] = share.services;
    if (node?.name !== edge.node || others.length > 0) problems.push(`share.services: there must be "${edge.node}" and no other`);
    for (const { name, port, alone } of share.services) {
        if (port !== undefined) problems.push(`share.services: "${name}" listens on ${port}, but a node only calls out`);
        if (alone !== true) problems.push(`share.services: "${name}" is not alone; a second one at the same time gets another name, and people do not find it`);
    }
    return [...problems, ...unknownServices(transform?.services, share.services)];
}
