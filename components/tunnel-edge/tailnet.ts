/** The tailnet: who may talk to whom, with the tests that Tailscale runs before it takes that; and an identity for each service. */
import { Acl } from "@pulumi/tailscale/acl";
import { DnsPreferences } from "@pulumi/tailscale/dnsPreferences";
import { FederatedIdentity } from "@pulumi/tailscale/federatedIdentity";
import { OauthClient } from "@pulumi/tailscale/oauthClient";
import { TailnetSettings } from "@pulumi/tailscale/tailnetSettings";
import * as pulumi from "@pulumi/pulumi";
import type { TailnetPolicy } from "../../topology/tailnet";

export interface TailnetForm {
    readonly kind: "tailnet";
    /** Derived from the topology. */
    readonly policy: TailnetPolicy;
    /** Identities that prove themselves with a token of the cloud they run in; the others get an OAuth client. */
    readonly federated: Readonly<Record<string, { readonly issuer: string; readonly subject: pulumi.Input<string> }>>;
}

export interface TailnetArgs {
    readonly form: TailnetForm;
    /** Before the name of everything that is made. */
    readonly prefix: string;
    /** Refuse to delete OAuth clients. @default true */
    readonly protect?: boolean;
}

export interface BuiltTailnet {
    /** By identity, e.g. `tag:worker`: the secret of its OAuth client, which does not expire and can make that identity only. */
    readonly keys: Readonly<Record<string, pulumi.Output<string>>>;
    /** By identity: id and audience of the client for those that bring a token of their own. */
    readonly clients: Readonly<Record<string, { readonly id: pulumi.Output<string>; readonly audience: pulumi.Output<string> }>>;
}

export function tailnet(component: pulumi.ComponentResource, name: string, { form, prefix, protect = true }: TailnetArgs): BuiltTailnet {
    const parent = component;
    const acl = new Acl(`${name}-acl`, { acl: `${JSON.stringify(form.policy, null, 2)}\n`, overwriteExistingContent: false, resetAclOnDestroy: false }, { parent });
    new TailnetSettings(`${name}-settings`, { devicesApprovalOn: true, devicesAutoUpdatesOn: true, devicesKeyDurationDays: 90, usersApprovalOn: true, networkFlowLoggingOn: true, aclsExternallyManagedOn: true, aclsExternalLink: "docs/blueprints/mesh.md" }, { parent });
    new DnsPreferences(`${name}-dns`, { magicDns: true }, { parent });
    const keys: Record<string, pulumi.Output<string>> = {};
    const clients: Record<string, { id: pulumi.Output<string>; audience: pulumi.Output<string> }> = {};
    // Tags must exist before a client may give them.
    const opts = { parent, dependsOn: [acl] };
    for (const identity of Object.keys(form.policy.tagOwners)) {
        const short = identity.replace("tag:", "");
        const known = form.federated[identity];
        if (known === undefined) {
            const client = new OauthClient(`${name}-${short}-client`, { description: `${prefix} ${short}`, scopes: ["auth_keys"], tags: [identity] }, { ...opts, protect });
            keys[identity] = pulumi.secret(pulumi.interpolate`${client.key}?ephemeral=false&preauthorized=true`);
        } else {
            const client = new FederatedIdentity(`${name}-${short}-identity`, { description: `${prefix} ${short}`, issuer: known.issuer, subject: known.subject, scopes: ["auth_keys"], tags: [identity] }, opts);
            clients[identity] = { id: client.id, audience: client.audience };
        }
    }
    return { keys, clients };
}
