/** The key that signs sessions, and the passwords of the first two people. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { SecretBundle, type SecretBundles } from "../parts/secret-bundle";
import { sessionKeysOf, type SessionKeys } from "./session-keys";

export interface Access {
    readonly passwords: { readonly admin: pulumi.Output<string>; readonly user: pulumi.Output<string> };
    readonly secrets: SecretBundles;
}

export function accessOf(parent: pulumi.Resource, name: string, namespace: pulumi.Output<string>, protect: boolean, sessionKeys?: SessionKeys): Access {
    const secret = (purpose: string, length: number) => pulumi.secret(new random.RandomPassword(`${name}-${purpose}`, { length, special: false }, { parent, protect }).result);
    const passwords = { admin: secret("admin-password", 20), user: secret("user-password", 20) };
    return {
        passwords,
        secrets: {
            session: new SecretBundle("session", { namespace, values: { ...sessionKeysOf(parent, name, protect, sessionKeys) } }, { parent }),
            "sign-in": new SecretBundle("sign-in", { namespace, values: { "admin-password": passwords.admin, "user-password": passwords.user } }, { parent }),
        },
    };
}
