/** The keys that sign sessions, and the passwords of the first two people. */
import type * as pulumi from "@pulumi/pulumi";
import { SecretBundle, type SecretBundles } from "../parts/secret-bundle";
import { randomValue, type SecretSource } from "../parts/secret-text";
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

/** The same as Secrets of a Kubernetes; without passwords where they are in Vault. */
export interface AccessInKubernetes {
    readonly passwords: Passwords | undefined;
    readonly secrets: SecretBundles;
}

export function accessOf(parent: pulumi.Resource, name: string, protect: boolean, sessionKeys: SessionKeys): Access {
    const { passwords, bundles } = generated(parent, name, { kind: "pulumi" }, protect, sessionKeys);
    return { passwords: known(passwords), secrets: Object.fromEntries(Object.entries(bundles).flatMap(([bundle, values]) => Object.entries(values).map(([key, value]) => [`${bundle}/${key}`, value.known]))) };
}

export function accessInKubernetes(parent: pulumi.Resource, name: string, namespace: pulumi.Output<string>, source: SecretSource, protect: boolean, sessionKeys: SessionKeys): AccessInKubernetes {
    const { passwords, bundles } = generated(parent, name, source, protect, sessionKeys);
    const bundle = (of: keyof typeof bundles) => new SecretBundle(of, { namespace, values: bundles[of] }, { parent });
    return { passwords: source.kind === "vault" ? undefined : known(passwords), secrets: { session: bundle("session"), "sign-in": bundle("sign-in") } };
}

function generated(parent: pulumi.Resource, name: string, source: SecretSource, protect: boolean, sessionKeys: SessionKeys) {
    const password = (whose: string) => randomValue(source, `${name}-${whose}-password`, 20, { parent, protect });
    const passwords = { admin: password("admin"), user: password("user") };
    return { passwords, bundles: { session: { ...sessionKeysOf(parent, name, source, protect, sessionKeys) }, "sign-in": { "admin-password": passwords.admin, "user-password": passwords.user } } };
}

function known({ admin, user }: ReturnType<typeof generated>["passwords"]): Passwords {
    return { admin: admin.known, user: user.known };
}
