/** Names of routes become records of a zone at Cloudflare. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface ExternalDnsArgs {
    readonly home: PlatformHome;
    /** Zones that it may write to; nothing else is touched. */
    readonly zones: readonly string[];
    /** Token that may edit records of these zones. Secret. */
    readonly token: pulumi.Input<string>;
    /** Marks the records that are this cluster's. */
    readonly owner: string;
    /** Records go through Cloudflare's proxy. @default true */
    readonly proxied?: boolean;
    /** Only objects with these labels become records. @default every HTTPRoute */
    readonly labels?: Readonly<Record<string, string>>;
}

export class ExternalDns extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: ExternalDnsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:ExternalDns", name, {}, opts);
        const { home, zones, token, owner, proxied = true, labels = {} } = args;
        refuse(this, "ExternalDns", name, zones.length === 0 ? ["zones: without any it would write to every zone that its token opens"] : []);
        const space = new PlatformNamespace("external-dns", {
            home,
            level: "restricted",
            incoming: [{ to: { namespace: "monitoring" }, ports: [7979] }],
            outgoing: [{ to: "api-server" }, { to: "internet", ports: [443] }],
        }, { parent: this });
        const secret = new k8s.core.v1.Secret(`${name}-token`, { metadata: { name: "cloudflare", namespace: space.namespace, labels: { ...common } }, stringData: pulumi.secret({ token }) }, fixedName(this));
        const filter = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(",");
        this.ready = release(this, name, {
            home,
            chart: "external-dns",
            namespace: space,
            values: {
                provider: { name: "cloudflare" },
                sources: ["gateway-httproute"],
                domainFilters: [...zones],
                policy: "sync",
                registry: "txt",
                txtOwnerId: owner,
                extraArgs: [...(proxied ? ["--cloudflare-proxied"] : []), ...(filter === "" ? [] : [`--label-filter=${filter}`])],
                env: [{ name: "CF_API_TOKEN", valueFrom: { secretKeyRef: { name: "cloudflare", key: "token" } } }],
            },
        }, { dependsOn: [secret] });
        this.registerOutputs({});
    }
}
