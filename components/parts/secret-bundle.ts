/** A Kubernetes Secret and what its users need to know about it. */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SecretName } from "../../topology/types";
import { common, fixedName, refuse } from "./component";
import { secretFromVault } from "./external-secret";
import { SecretText, type VaultSource } from "./secret-text";

export type BundleName<Name extends SecretName = SecretName> = Name extends `${infer Bundle}/${string}` ? Bundle : never;

/** Keys and values; the values are random or tokens, never words a person chose. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string> | SecretText>>;

export interface SecretBundleArgs {
    readonly namespace: pulumi.Input<string>;
    readonly values: SecretValues;
}

/** One bundle of secrets: `database` becomes the Secret `database-secrets`, each key a file in it. */
export class SecretBundle extends pulumi.ComponentResource {
    /** Name of the Secret. */
    readonly secretName: pulumi.Output<string>;
    /**
     * Changes when a value changes, so that pods that carry it are rolled. It gives nothing away: the values have
     * more random bits than anybody can try. Of values in Vault it knows only which they are.
     */
    readonly checksum: pulumi.Output<string>;

    constructor(name: BundleName, args: SecretBundleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:SecretBundle", name, {}, opts);
        const { secretName, content } = kubernetesSecret(this, `${name}-secrets`, { ...args, labels: common, type: "Opaque" });
        this.secretName = secretName;
        this.checksum = pulumi.unsecret(content.apply(checksumOf));
        this.registerOutputs({ secretName: this.secretName, checksum: this.checksum });
    }
}

/** The bundles that a component may mount, by name. */
export type SecretBundles = Readonly<Partial<Record<BundleName, SecretBundle>>>;

export interface KubernetesSecretArgs extends SecretBundleArgs {
    readonly labels: Readonly<Record<string, string>>;
    /** As Kubernetes calls it, e.g. `Opaque`. */
    readonly type: string;
}

/** A Secret that this program writes; or one that External Secrets writes, when a value is in Vault. */
export function kubernetesSecret(parent: pulumi.Resource, name: string, args: KubernetesSecretArgs): { readonly secretName: pulumi.Output<string>; readonly content: pulumi.Output<Record<string, string>> } {
    const texts = Object.entries(args.values).map(([key, value]) => [key, value instanceof SecretText ? value : new SecretText([value])] as const);
    const vault = texts.find(([, text]) => text.vault !== undefined)?.[1].vault;
    if (vault !== undefined) {
        refuse(parent, "Secret", name, texts.filter(([, text]) => text.vault === undefined && !text.literal).map(([key]) => `values.${key}: nothing of it is in Vault, so it would stand for all to read in what External Secrets is told`));
        return filledFromVault(parent, name, args, Object.fromEntries(texts), vault);
    }
    const content = pulumi.secret(pulumi.all(Object.fromEntries(texts.map(([key, text]) => [key, text.known]))));
    const metadata = { name, namespace: args.namespace, labels: { ...args.labels } };
    const secret = new k8s.core.v1.Secret(name, { metadata, type: args.type, stringData: content }, fixedName(parent));
    return { secretName: secret.metadata.name, content };
}

/** The texts as templates, which External Secrets fills in. */
function filledFromVault(parent: pulumi.Resource, name: string, { namespace, labels, type }: KubernetesSecretArgs, texts: Readonly<Record<string, SecretText>>, { store, path, ready }: VaultSource) {
    const content = pulumi.all(Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text.template])));
    const made = secretFromVault(parent, name, {
        store, path, namespace, labels,
        secret: name,
        keys: [...new Set(Object.values(texts).flatMap((text) => text.keys))].sort(),
        // What Vault does not have, this deployment says, and not the first pod that waits for it.
        annotations: { "pulumi.com/waitFor": "condition=Ready" },
        template: { engineVersion: "v2", type, metadata: { labels: { ...labels } }, data: content },
    }, { dependsOn: ready });
    return { secretName: made.metadata.name as pulumi.Output<string>, content };
}

/** Independent of the order of the keys. */
export function checksumOf(values: Readonly<Record<string, string>>): string {
    const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 32);
}
