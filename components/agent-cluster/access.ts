/** The keys that sign sessions, and the passwords of the first two people. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { SecretBundle, type SecretBundles } from "../parts/secret-bundle";
import { sessionKeysOf, type SessionKeys } from "./session-keys";

interface Passwords {
    readonly admin: pulumi.Output<string>;
    readonly user: pulumi.Output<string>;
}

export interface Access {
    readonly passwords: Passwords;
    /** By `bundle/key`, for machines that fetch each secret from a cloud's store. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

export function accessOf(parent: pulumi.Resource, name: string, protect: boolean, sessionKeys: SessionKeys): Access {
    const { passwords, bundles } = generated(parent, name, protect, sessionKeys);
    return { passwords, secrets: Object.fromEntries(Object.entries(bundles).flatMap(([bundle, values]) => Object.entries(values).map(([key, value]) => [`${bundle}/${key}`, value]))) };
}

/** The same as Secrets of a Kubernetes. */
export function accessInKubernetes(parent: pulumi.Resource, name: string, namespace: pulumi.Output<string>, protect: boolean, sessionKeys: SessionKeys): { readonly passwords: Passwords; readonly secrets: SecretBundles } {
    const { passwords, bundles } = generated(parent, name, protect, sessionKeys);
    const bundle = (of: keyof typeof bundles) => new SecretBundle(of, { namespace, values: bundles[of] }, { parent });
    return { passwords, secrets: { session: bundle("session"), "sign-in": bundle("sign-in") } };
}

function generated(parent: pulumi.Resource, name: string, protect: boolean, sessionKeys: SessionKeys) {
    const password = (whose: string) => pulumi.secret(new random.RandomPassword(`${name}-${whose}-password`, { length: 20, special: false }, { parent, protect }).result);
    const passwords: Passwords = { admin: password("admin"), user: password("user") };
    return { passwords, bundles: { session: { ...sessionKeysOf(parent, name, protect, sessionKeys) }, "sign-in": { "admin-password": passwords.admin, "user-password": passwords.user } } };
}
