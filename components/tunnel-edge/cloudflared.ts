/** Connectors that call Cloudflare, so that nothing here has to be open to the internet. */
import type * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { SecretBundle } from "../parts/secret-bundle";
import { Workload } from "../parts/workload";
import { resolveCloudflaredArgs, type CloudflaredArgs } from "./args";

export function cloudflared(component: pulumi.ComponentResource, name: string, args: CloudflaredArgs): void {
    const { home, share, form, transform } = resolveCloudflaredArgs(args, (problems) => refuse(component, "TunnelEdge", name, problems));
    const tunnel = new SecretBundle("tunnel", { namespace: home.namespace, values: { token: form.token } }, { parent: component });
    for (const service of share.services) {
        new Workload(service.name, { home, service, secrets: { tunnel }, transform: transform.services?.[service.name] }, { parent: component });
    }
}
