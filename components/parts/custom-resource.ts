/** An object of a definition that an operator brings. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { common, fixedName } from "./component";

export interface CustomObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: pulumi.Input<string>;
    /** Beside those of everything here. @default none */
    readonly labels?: Readonly<Record<string, string>>;
    /** @default none */
    readonly annotations?: Readonly<Record<string, string>>;
    readonly spec: pulumi.Inputs;
}

/** Creates it under its own name; a definition that is not there yet is waited for by the provider. */
export function customResource(parent: pulumi.Resource, name: string, object: CustomObject, opts: pulumi.CustomResourceOptions = {}): k8s.apiextensions.CustomResource {
    const { apiVersion, kind, name: objectName, namespace, labels, annotations, spec } = object;
    return new k8s.apiextensions.CustomResource(name, {
        apiVersion,
        kind,
        metadata: { name: objectName, namespace, labels: { ...common, ...labels }, ...(annotations === undefined ? {} : { annotations: { ...annotations } }) },
        spec,
    }, fixedName(parent, opts));
}
