/** Names for objects to which the program gives none. */
import { createHash } from "node:crypto";
import { isObject, type Props } from "../sdk/values";
import { annotation } from "./objects";

/** Marks an object whose name was made up here; the official plugin knows the same mark. */
export const AUTONAMED = "pulumi.com/autonamed";

export interface NamingRequest {
    /** Name of the resource in the program. */
    name: string;
    urn: string;
    seed: Uint8Array;
    proposedName?: string;
    namingDisabled?: boolean;
    /** The resource exists and is about to be replaced, so that its name is taken. */
    replacing: boolean;
}

/**
 * Gives `inputs` a name if they have none: the one of the inputs before, or a new one.
 *
 * The suffix of a new name comes from the URN. A random one would leave a duplicate behind when a run is killed between
 * creating the object and recording it; this way the next run meets the same name, and recognises its own object.
 * Only a replacement needs another name, because old and new exist side by side: there the suffix is random.
 * @returns the reason why no name can be given, if so
 */
export function assignName(inputs: Props, olds: Props, request: NamingRequest): string | undefined {
    const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
    if (metadata.name !== undefined && metadata.name !== "") return undefined;
    const old = isObject(olds.metadata) ? olds.metadata.name : undefined;
    const generate = typeof metadata.generateName === "string" ? metadata.generateName : undefined;
    let name: string;
    if (typeof old === "string" && old !== "" && annotation(olds, AUTONAMED) === "true") name = old;
    else if (request.proposedName !== undefined) name = request.proposedName;
    else if (request.namingDisabled && generate === undefined) return "is missing, and automatic naming is turned off by the project's configuration";
    else name = `${generate ?? `${request.name}-`}${suffix(request)}`;
    const { generateName: _, ...rest } = metadata;
    inputs.metadata = { ...rest, name, annotations: { ...(isObject(metadata.annotations) ? metadata.annotations : {}), [AUTONAMED]: "true" } };
    return undefined;
}

export function isAutonamed(inputs: Props): boolean {
    return annotation(inputs, AUTONAMED) === "true";
}

/** Under whose name the server records which fields are ours; one for each resource, so that two cannot quietly overwrite each other. */
export function fieldManager(urn: string): string {
    return `pulumi-kubernetes-${digest(urn)}`;
}

function suffix(request: NamingRequest): string {
    return request.replacing && request.seed.length > 0 ? digest(Buffer.from(request.seed).toString("hex") + request.urn) : digest(request.urn);
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
