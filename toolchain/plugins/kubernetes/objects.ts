/** Kubernetes objects as plain data, and small things one asks about any of them. */
import { isObject, type Props, type Value } from "../sdk/values";

export interface KubeObject {
    apiVersion: string;
    kind: string;
    metadata: Metadata;
    [field: string]: unknown;
}

export interface Metadata {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
}

/** Which object, without what is in it. */
export interface Reference {
    apiVersion: string;
    kind: string;
    name: string;
    namespace?: string;
}

/** `namespace/name`, or `name` for what has no namespace: the identifier that Pulumi shows and imports. */
export function idOf(reference: { name: string; namespace?: string }): string {
    return reference.namespace ? `${reference.namespace}/${reference.name}` : reference.name;
}

export function referenceOf(object: KubeObject): Reference {
    return { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name, namespace: object.metadata.namespace };
}

/** Inputs that have passed `check`, seen as an object. */
export function asObject(props: Props): KubeObject {
    return props as unknown as KubeObject;
}

export function asProps(object: KubeObject): Props {
    return object as unknown as Props;
}

/** The API group of an `apiVersion`; empty for the core group. */
export function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

export function annotation(props: Props, name: string): string | undefined {
    const metadata = props.metadata;
    const annotations = isObject(metadata) ? metadata.annotations : undefined;
    const value = isObject(annotations) ? annotations[name] : undefined;
    return typeof value === "string" ? value : undefined;
}

/** The API version and kind that a Pulumi type token stands for, e.g. `kubernetes:apps/v1:Deployment`. */
export function typeToken(token: string): { apiVersion: string; kind: string; patch: boolean } {
    const [, module = "", name = ""] = token.split(":");
    const apiVersion = module.startsWith("core/") ? module.slice("core/".length) : module;
    const patch = name.endsWith("Patch") && name !== "Patch";
    return { apiVersion, kind: patch ? name.slice(0, -"Patch".length) : name, patch };
}

/** Removes what has the value null: it means "not given", and the API server would take it as a wish to remove. */
export function withoutNulls(value: Value): Value {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => [key, withoutNulls(item)]));
}
