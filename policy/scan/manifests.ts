/** Reads Kubernetes objects from YAML or JSON: several documents, lists, the output of Helm. */
import { isMap, isNode, LineCounter, parseAllDocuments, type Document, type Tags } from "yaml";
import { Value } from "../src/core/value";
import type { Resource } from "../src/core/resource";

/** A resource, and how to find the line of a place in it. */
export interface Found {
    resource: Resource;
    file?: string;
    /** @param keys a path into the resource's properties */
    lineOf?(keys: readonly (string | number)[]): number;
}

/** @param stack stands in the URNs, by which waivers find their resources */
export function readManifests(file: string, text: string, stack: string): Found[] {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, ...asKubernetesReads });
    return (Array.isArray(documents) ? documents : []).flatMap(document => {
        if (document.errors.length > 0) throw new UnreadableText(document.errors[0]!.message.split("\n")[0]!.replace(/:$/, ""));
        return objectsIn(contentOf(document)).map(({ object, keys }) => ({
            resource: resourceFor(object, stack),
            file,
            lineOf: (path: readonly (string | number)[]) => lineOf(document, lines, [...keys, ...path]),
        }));
    });
}

function contentOf(document: Document): unknown {
    try {
        // Enough for any file that a person wrote; a bomb has millions.
        return document.toJS({ maxAliasCount: 10_000 }) as unknown;
    } catch (error) {
        // Too many aliases, or one to nothing.
        throw new UnreadableText((error as Error).message);
    }
}

/** The text is not what it should be; the message says where and how. */
export class UnreadableText extends Error {}

// As Kubernetes reads: `yes` and `on` are true, but there are no dates, and no times of day that are numbers; of a key
// that stands twice, the last counts.
const asKubernetesReads = {
    version: "1.1",
    uniqueKeys: false,
    customTags: (tags: Tags) => tags.filter(tag => typeof tag === "string" || (tag.tag !== "tag:yaml.org,2002:timestamp" && (tag as { format?: string }).format !== "TIME")),
} as const;

interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata?: { name?: unknown; namespace?: unknown } | null;
}

function objectsIn(value: unknown, keys: readonly (string | number)[] = [], parent?: KubernetesObject): { object: KubernetesObject; keys: readonly (string | number)[] }[] {
    if (typeof value !== "object" || value === null) return [];
    const object = value as KubernetesObject & { items?: unknown };
    // Items of a typed list, such as a PodList, may leave out what they are.
    if (parent && parent.kind !== "List" && object.kind === undefined) Object.assign(object, { apiVersion: parent.apiVersion, kind: parent.kind.slice(0, -"List".length) });
    if (typeof object.apiVersion !== "string" || typeof object.kind !== "string" || object.kind === "") return [];
    if (object.kind.endsWith("List") && Array.isArray(object.items)) return object.items.flatMap((item, index) => objectsIn(item, [...keys, "items", index], object));
    // Files that configure kubectl itself look like objects and are none.
    if (/^(kustomize\.config\.k8s\.io|kind\.x-k8s\.io|skaffold)\//.test(object.apiVersion)) return [];
    return [{ object, keys }];
}

function resourceFor(object: KubernetesObject, stack: string): Resource {
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/", 2) : ["core", object.apiVersion];
    const type = `kubernetes:${group}/${version}:${object.kind}`;
    const { name, namespace } = typeof object.metadata === "object" && object.metadata !== null ? object.metadata : {};
    const full = [namespace, name].filter(part => typeof part === "string" && part !== "").join("/") || "unnamed";
    return { type, name: full, urn: `urn:pulumi:${stack}::manifests::${type}::${full}`, properties: Value.root(object) };
}

/** The line of the deepest part of a path that is there. */
function lineOf(document: Document, lines: LineCounter, keys: readonly (string | number)[]): number {
    for (let length = keys.length; length > 0; length--) {
        const holder = document.getIn(keys.slice(0, length - 1), true) as unknown;
        const last = keys[length - 1];
        const pair = isMap(holder) ? holder.items.find(({ key }) => (isNode(key) ? key.toJSON() : key) === last) : undefined;
        const node = pair ? pair.key : document.getIn(keys.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return isNode(document.contents) && document.contents.range ? lines.linePos(document.contents.range[0]).line : 1;
}
