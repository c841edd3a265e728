/** YAML manifests to objects, for the SDK's ConfigFile and ConfigGroup. */
import { parseAllDocuments } from "yaml";
import { PluginError } from "../sdk/failure";
import { isObject, type Props, type Value } from "../sdk/values";
import { builtInScope } from "./scope";

/** @throws PluginError when the text is not YAML, or holds something that is no object */
export function decodeManifests(text: string, defaultNamespace?: string): Value[] {
    const documents = parseAllDocuments(text);
    return ("empty" in documents ? [] : documents).flatMap((document) => {
        const [problem] = document.errors;
        if (problem !== undefined) throw new PluginError(`the manifest is not valid YAML: ${problem.message}`);
        const value = document.toJS() as Value;
        if (value === null || value === undefined) return [];
        if (!isObject(value)) throw new PluginError("the manifest holds something that is no Kubernetes object");
        return expand(value);
    }).map((object) => withNamespace(object, defaultNamespace));
}

function expand(object: Props): Props[] {
    if (typeof object.kind === "string" && object.kind.endsWith("List") && Array.isArray(object.items)) return object.items.filter(isObject).flatMap(expand);
    return [object];
}

function withNamespace(object: Props, namespace: string | undefined): Props {
    if (namespace === undefined || builtInScope(String(object.apiVersion), String(object.kind)) !== "namespaced") return object;
    const metadata = isObject(object.metadata) ? object.metadata : {};
    return metadata.namespace === undefined ? { ...object, metadata: { ...metadata, namespace } } : object;
}
