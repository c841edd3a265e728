/** The objects of one simulated cloud: who names whom, what may be made, and what may be deleted. */
import { PluginError } from "../sdk/failure";
import { hasUnknown, isObject, type Props, type Value } from "../sdk/values";
import type { View } from "./journal";
import type { CloudObject, Vendor } from "./vendor";

export function keyOf(vendor: Vendor, type: string, id: string): string {
    return `${vendor.name}|${type}|${id}`;
}

/** A value of the inputs that is, or looks like, the name of another object. */
interface Mention {
    /** Of the input, e.g. `networkId`. */
    name: string;
    value: string;
    /** Only the name of the input can tell that it names an object. */
    bare: boolean;
}

export class Cloud {
    private readonly objects: [string, CloudObject][];

    /** @param declares whether an input of `type` can name an object of a type with this (lower-case) name */
    constructor(private readonly vendor: Vendor, view: View, now: number, private readonly declares: (type: string, base: string) => boolean) {
        this.objects = view.list(`${vendor.name}|`).map(([key, value]): [string, CloudObject] => [key, value as unknown as CloudObject]).filter(([, object]) => (object.visibleFrom ?? 0) <= now);
    }

    all(type: string): CloudObject[] {
        return this.objects.map(([, object]) => object).filter((object) => object.type === type);
    }

    ofUrn(urn: string): [string, CloudObject][] {
        return this.objects.filter(([, object]) => object.urn === urn);
    }

    /** The object that `value` names: by identifier or link, or by name when its type is known. */
    find(value: Value | undefined, type?: string): CloudObject | undefined {
        return this.locate(value, type === undefined ? undefined : new Set([baseOf(type)]))?.[1];
    }

    private locate(value: Value | undefined, bases?: ReadonlySet<string>): [string, CloudObject] | undefined {
        if (value === undefined || value === null || typeof value === "object" || value === "") return undefined;
        const text = String(value);
        const candidates = bases === undefined ? this.objects : this.objects.filter(([, object]) => bases.has(baseOf(object.type)));
        const handle = normal(text);
        const found = candidates.filter(([, object]) => object.handles.includes(handle) || (bases !== undefined && (object.id === text || object.outputs.name === text || text.endsWith(`/${object.id}`) || text.endsWith(`/${String(object.outputs.name)}`))));
        return found.find(([, object]) => !object.superseded) ?? found[0];
    }

    /**
     * Keys of the objects that the inputs name.
     * @throws PluginError when one of them does not exist
     */
    references(type: string, inputs: Props): string[] {
        const keys = new Set<string>();
        for (const mention of mentionsIn(inputs)) {
            const bases = this.referredTypes(type, mention.name);
            const found = (mention.bare ? undefined : this.locate(mention.value)) ?? (bases === undefined ? undefined : this.locate(mention.value, bases));
            if (found !== undefined) keys.add(found[0]);
            else if (bases !== undefined && !isOutside(this.vendor, mention.value)) throw new PluginError(this.vendor.missing(mention.name, mention.value));
        }
        return [...keys];
    }

    /** Whether others name the object. */
    usersOf(key: string): CloudObject[] {
        return this.objects.filter(([, object]) => object.references.includes(key)).map(([, object]) => object);
    }

    /** The types that an input of this name stands for; nothing when it names no object of this cloud. */
    private referredTypes(type: string, input: string): ReadonlySet<string> | undefined {
        const alias = this.vendor.aliases?.[`${type}.${input}`] ?? this.vendor.aliases?.[input];
        if (alias !== undefined) return alias === "" ? undefined : new Set([alias]);
        const named = /^(.+?)(Id|Ids)$/.exec(input)?.[1] ?? (this.vendor.namesWithoutId ? input : undefined);
        if (named === undefined || this.vendor.outside.has(named)) return undefined;
        const base = named.toLowerCase();
        // A secret's `secretId` is its own name.
        if (base === baseOf(type)) return undefined;
        const bases = [base, base.replace(/s$/, "")].filter((each) => this.declares(type, each));
        return bases.length > 0 ? new Set(bases) : undefined;
    }
}

/** Identifiers, links and such among the outputs: whatever others could name the object by. */
export function handlesOf(id: string, outputs: Props, inputs: Props): string[] {
    const handles = new Set([normal(id)]);
    // What it was told is somebody else's, under whatever name it tells it again: the account, for one.
    const told = new Set<unknown>(Object.values(inputs));
    for (const value of Object.values(outputs)) {
        if (typeof value !== "string" || told.has(value)) continue;
        if (/[/@]|^ocid1\.|^[0-9a-f-]{32,36}$/.test(value) && !/\s/.test(value) && value.length < 400) handles.add(normal(value));
    }
    return [...handles];
}

export function baseOf(type: string): string {
    return type.slice(type.lastIndexOf(":") + 1).toLowerCase();
}

/** A link without the address of the API, a member without what kind of member it is. */
function normal(text: string): string {
    return text.replace(/^https:\/\/[\w.-]+\/(?:compute|storage|sql|dns)\/(?:v1|beta|v1beta4)\/(?:b\/(?=[^/]+$))?/, "").replace(/^serviceAccount:/, "");
}

function isOutside(vendor: Vendor, value: string): boolean {
    return vendor.isOutside?.(value) ?? false;
}

function* mentionsIn(value: Value, name = ""): Generator<Mention> {
    if (value === null || hasUnknownText(value)) return;
    if (Array.isArray(value)) for (const item of value) yield* mentionsIn(item, name);
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) yield* mentionsIn(item, key);
    else if (typeof value === "number") yield { name, value: String(value), bare: true };
    else if (typeof value === "string" && value !== "" && value.length < 400) yield { name, value, bare: /^[\w.-]{0,24}$/.test(value) && !value.startsWith("ocid1.") };
}

function hasUnknownText(value: Value): boolean {
    return typeof value === "string" && hasUnknown(value);
}
