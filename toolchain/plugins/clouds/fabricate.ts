/** Outputs: what the program gave, what the cloud adds to it, and at preview what nobody can know yet. */
import { isObject, UNKNOWN, type Props, type Value } from "../sdk/values";
import type { Field, Schema, Shape } from "./schema";
import type { Seed } from "./seed";
import type { Kind, Making, Vendor } from "./vendor";

/** The outputs of a new object, without its identifier. */
export function outputsOf(vendor: Vendor, kind: Kind, schema: Schema, making: Making): Props {
    const made = { ...vendor.configured?.(making), ...kind.foreseen?.(making), ...kind.outputs?.(making) };
    const outputs: Props = {};
    for (const [name, field] of Object.entries(schema.outputs)) {
        const value = complete(field, making.inputs[name], made[name], (shape, path) => fabricate(vendor, making, path, shape), name);
        if (value !== undefined) outputs[name] = value;
    }
    return outputs;
}

/** The same as far as a preview knows it; all else is unknown. */
export function foreseenOutputs(vendor: Vendor, kind: Kind, schema: Schema, making: Making): Props {
    const known = { ...vendor.configured?.(making), ...kind.foreseen?.(making) };
    const outputs: Props = {};
    for (const [name, field] of Object.entries(schema.outputs)) {
        const value = complete(field, making.inputs[name], known[name], () => UNKNOWN, name);
        if (value !== undefined) outputs[name] = value;
    }
    return outputs;
}

/** `given` as it is, with those parts that the cloud always adds; without it `made`, the stated default, or a value of `make`. */
function complete(field: Field, given: Value | undefined, made: Value | undefined, make: (shape: Shape, path: string) => Value, path: string): Value | undefined {
    if (given !== undefined) return fill(field.shape, given, made, make, path);
    if (made !== undefined) return made;
    if (field.fallback !== undefined) return field.fallback;
    return field.optional ? undefined : make(field.shape, path);
}

function fill(shape: Shape, given: Value, made: Value | undefined, make: (shape: Shape, path: string) => Value, path: string): Value {
    if (shape.kind === "list" && Array.isArray(given)) return given.map((item, index) => fill(shape.of, item, Array.isArray(made) ? made[index] : undefined, make, `${path}.${index}`));
    if (shape.kind !== "object" || !isObject(given)) return given;
    const result: Props = { ...given };
    for (const [name, field] of Object.entries(shape.fields)) {
        const value = complete(field, given[name], isObject(made) ? made[name] : undefined, make, `${path}.${name}`);
        if (value !== undefined) result[name] = value;
    }
    return result;
}

function fabricate(vendor: Vendor, making: Making, path: string, shape: Shape): Value {
    const name = path.split(".").filter((part) => !/^\d+$/.test(part)).at(-1) ?? path;
    const special = vendor.value?.(name, making);
    if (special !== undefined && fits(special, shape)) return special;
    return general(name, path, shape, making, making.seed.of(path), (inner, field) => fabricate(vendor, making, inner, field));
}

function fits(value: Value, shape: Shape): boolean {
    if (shape.kind === "any") return true;
    if (shape.kind === "list") return Array.isArray(value);
    if (shape.kind === "map" || shape.kind === "object") return isObject(value);
    return typeof value === shape.kind;
}

/** What a value looks like is told by its name. */
function general(name: string, path: string, shape: Shape, making: Making, seed: Seed, nested: (path: string, shape: Shape) => Value): Value {
    switch (shape.kind) {
        case "boolean":
            return false;
        case "number":
            return /Id$|^id$/.test(name) ? Number(seed.digits(9)) : 0;
        case "list":
            return [];
        case "map":
            return {};
        case "object": {
            // Deeper than this the cloud's own defaults interest nobody, and would only fill the state.
            if (path.split(".").length > 3) return {};
            return Object.fromEntries(Object.entries(shape.fields).filter(([, field]) => !field.optional).map(([inner, field]) => [inner, nested(`${path}.${inner}`, field.shape)]));
        }
        default:
            return textFor(name, making, seed);
    }
}

const TEXTS: readonly [RegExp, (seed: Seed, making: Making) => string][] = [
    [/(^id|Id|Uid|^uid|Uuid|uuid)$/, (seed) => seed.uuid()],
    [/(timestamp|(^|[a-z])Time|At|On|created|updated|modified)$|^(time|creation|created|updated|expiration)/i, (_, { now }) => now.toISOString()],
    [/(ipv6|Ipv6).*(Address|Prefix|Network)|^ipv6/, (seed) => seed.publicAddress6()],
    [/(private|internal).*(Ip|Address)/i, (seed) => seed.addressIn("")],
    [/(ip|Ip|address|Address|endpoint)$/, (seed) => seed.publicAddress()],
    [/cidr|range/i, (seed) => `10.${seed.number(64, 127)}.0.0/16`],
    [/(ca|certificate|Cert)/, (seed) => seed.certificate()],
    [/privateKey/i, (seed) => seed.privateKey()],
    [/(secret|token|password|key)$/i, (seed) => seed.token(40)],
    [/fingerprint|etag|hash|digest|checksum/i, (seed) => seed.base64(8)],
    [/(url|uri|link|href)s?$/i, (seed) => `https://${seed.word(12)}.simulated.invalid`],
    [/(host|hostname|domain|dnsName|fqdn)$/i, (seed) => `${seed.word(12)}.simulated.invalid`],
    [/email$/i, (_, { name }) => `${name}@simulated.invalid`],
    [/version$/i, () => "1"],
    [/^(state|lifecycleState)$/, () => "ACTIVE"],
    [/^status$/, () => "active"],
    [/[nN]ame$/, (seed, { name }) => `${name}-${seed.hex(7)}`],
];

function textFor(name: string, making: Making, seed: Seed): string {
    return TEXTS.find(([pattern]) => pattern.test(name))?.[1](seed, making) ?? "";
}
