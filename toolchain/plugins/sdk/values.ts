/**
 * Property values as they travel between the engine and a plugin: JSON, plus values that are not known yet
 * and values that are secret. On the wire both are marked with signatures inside a protobuf Struct.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Props = { [key: string]: Value };

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What the engine sends for a value that only a finished deployment will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "030794c1-ac77-496b-92df-f27374a8bd58", // asset
    "e48ece36-62e2-4504-bad9-02848725956a", // archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export function isObject(value: unknown): value is { [key: string]: Value } {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function secret(value: Value): Value {
    return { [SIGNATURE]: SECRET, value };
}

/** True when `value`, or anything inside it, is not known yet. */
export function hasUnknown(value: Value | undefined): boolean {
    if (typeof value === "string") return UNKNOWNS.has(value);
    if (Array.isArray(value)) return value.some(hasUnknown);
    if (!isObject(value)) return false;
    return (value[SIGNATURE] === OUTPUT && !("value" in value)) || Object.values(value).some(hasUnknown);
}

/** Where in a tree of properties something is, as keys and indices joined unambiguously. */
export type Path = string;

export function pathOf(...keys: (string | number)[]): Path {
    return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/**
 * The values without their secret marks.
 * @param secrets if given, receives the path of every secret found, for {@link conceal}
 */
export function reveal(value: Value, secrets?: Set<Path>, at: Path = ""): Value {
    if (Array.isArray(value)) return value.map((item, index) => reveal(item, secrets, at + pathOf(index)));
    if (!isObject(value)) return value;
    if (value[SIGNATURE] === SECRET) {
        secrets?.add(at);
        return reveal(value.value ?? null);
    }
    if (value[SIGNATURE] === OUTPUT) {
        if (value.secret === true) secrets?.add(at);
        return "value" in value ? reveal(value.value ?? null, value.secret === true ? undefined : secrets, at) : UNKNOWN;
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item, secrets, at + pathOf(key))]));
}

export function revealProps(props: Props, secrets?: Set<Path>): Props {
    return reveal(props, secrets) as Props;
}

/** Marks what is at the given paths as secret; paths that do not exist are ignored. */
export function conceal(value: Value, secrets: ReadonlySet<Path>, at: Path = ""): Value {
    if (at !== "" && secrets.has(at)) return secret(value);
    if (Array.isArray(value)) return value.map((item, index) => conceal(item, secrets, at + pathOf(index)));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, conceal(item, secrets, at + pathOf(key))]));
}

export function concealProps(props: Props, secrets: ReadonlySet<Path>): Props {
    return conceal(props, secrets) as Props;
}

export function fromStruct(struct: Struct | undefined): Props {
    return struct === undefined ? {} : (struct.toJavaScript() as Props);
}

/** Keys whose value is undefined are left out, as JSON does. */
export function toStruct(props: { [key: string]: Value | undefined }): Struct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(props)));
}

/** Whether two values are the same, whatever the order of keys. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => equal(item, b[index]));
    if (!isObject(a) || !isObject(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}
