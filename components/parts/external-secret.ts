/** A Secret that External Secrets writes: its values are Vault's, and this program knows their names alone. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { customResource, type CustomObject } from "./custom-resource";

export interface VaultSecretArgs extends Pick<CustomObject, "labels" | "annotations"> {
    /** Name of the ClusterSecretStore. */
    readonly store: string;
    readonly namespace: pulumi.Input<string>;
    /** Name of the Kubernetes Secret that appears. */
    readonly secret: string;
    /** Path in the engine. */
    readonly path: string;
    readonly keys: readonly string[];
    /** What the Secret is made of, where that is not the values under their keys. */
    readonly template?: pulumi.Inputs;
}

/** A Secret whose values are read from Vault, and read again every hour. */
export function secretFromVault(parent: pulumi.Resource, name: string, args: VaultSecretArgs, opts: pulumi.CustomResourceOptions = {}): k8s.apiextensions.CustomResource {
    const { store, namespace, secret, path, keys, template, ...more } = args;
    return customResource(parent, name, {
        ...more,
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        name: secret,
        namespace,
        spec: {
            refreshInterval: "1h",
            secretStoreRef: { kind: "ClusterSecretStore", name: store },
            target: { name: secret, creationPolicy: "Owner", deletionPolicy: "Retain", ...(template === undefined ? {} : { template }) },
            data: keys.map((key) => ({ secretKey: key, remoteRef: { key: path, property: key } })),
        },
    }, opts);
}
