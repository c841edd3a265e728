/** Resources of Tailscale that keep every rule; examples and tests change them in one place. */
import { examplesFrom, type Sound } from "../common/examples";
import type { Example } from "../core/rule";
import { merge } from "../common/merge";
import { tailscale } from "./types";

/** A policy that keeps every rule. */
export const soundPolicy: Record<string, unknown> = {
    groups: { "group:ops": ["alex@example.com"] },
    tagOwners: { "tag:api": ["group:ops"], "tag:db": ["group:ops"] },
    acls: [{ action: "accept", src: ["tag:api"], dst: ["tag:db:5432"] }, { action: "accept", src: ["group:ops"], dst: ["tag:api:443"] }],
    ssh: [{ action: "check", src: ["group:ops"], dst: ["tag:api"], users: ["deploy"] }],
    autoApprovers: { routes: { "10.0.0.0/16": ["tag:api"] } },
    tests: [{ src: "tag:api", accept: ["tag:db:5432"], deny: ["tag:db:22"] }],
};

export const soundTailscale: Sound = {
    [tailscale.acl]: { acl: JSON.stringify(soundPolicy), overwriteExistingContent: false },
    [tailscale.key]: { description: "gateway", tags: ["tag:api"], reusable: false, ephemeral: true, preauthorized: true, expiry: 86400 },
    [tailscale.settings]: { devicesApprovalOn: true, devicesKeyDurationDays: 90, networkFlowLoggingOn: true, usersApprovalOn: true },
    [tailscale.oauth]: { description: "ci", scopes: ["auth_keys"], tags: ["tag:api"] },
    [tailscale.federated]: { issuer: "https://token.actions.githubusercontent.com", subject: "repo:example/shop:ref:refs/heads/main", scopes: ["auth_keys"], tags: ["tag:api"] },
    [tailscale.deviceKey]: { deviceId: "n1", keyExpiryDisabled: false },
};

export const { good, bad, resource } = examplesFrom(soundTailscale);

/** An Acl whose policy is sound but for this. `null` removes. */
export function policyWith(fragment: Record<string, unknown>): Example {
    return { resources: [resource(tailscale.acl, { acl: JSON.stringify(merge(soundPolicy, fragment)) })], shown: { place: "policy", content: fragment } };
}
