/** A Kubernetes Secret and what its users need to know about it. */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SecretName } from "../../topology/types";
import { common, fixedName } from "./component";

export type BundleName<Name extends SecretName = SecretName> = Name extends `${infer Bundle}/${string}` ? Bundle : never;

export interface SecretBundleArgs {
    readonly namespace: pulumi.Input<string>;
    /** Keys and values; the values are random or tokens, never words a person chose. */
    readonly values: Readonly<Record<string, pulumi.Input<string>>>;
}

/** One bundle of secrets: `database` becomes the Secret `database-secrets`, each key a file in it. */
export class SecretBundle extends pulumi.ComponentResource {
    /** Name of the Secret. */
    readonly secretName: pulumi.Output<string>;
    /**
     * Changes when a value changes, so that pods that carry it are rolled. It gives nothing away: the values have
     * more random bits than anybody can try.
     */
    readonly checksum: pulumi.Output<string>;

    constructor(name: BundleName, args: SecretBundleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:SecretBundle", name, {}, opts);
        const stringData = pulumi.secret(pulumi.all({ ...args.values }));
        const secret = new k8s.core.v1.Secret(`${name}-secrets`, { metadata: { name: `${name}-secrets`, namespace: args.namespace, labels: { ...common } }, type: "Opaque", stringData }, fixedName(this));
        this.secretName = secret.metadata.name;
        this.checksum = pulumi.unsecret(stringData.apply(checksumOf));
        this.registerOutputs({ secretName: this.secretName, checksum: this.checksum });
    }
}

/** The bundles that a component may mount, by name. */
export type SecretBundles = Readonly<Partial<Record<BundleName, SecretBundle>>>;

/** Independent of the order of the keys. */
export function checksumOf(values: Readonly<Record<string, string>>): string {
    const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 32);
}
