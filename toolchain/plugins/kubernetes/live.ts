/** What the API server says an object is, turned into what Pulumi keeps: outputs, and inputs as they really are. */
import { conceal, equal, isObject, pathOf, secret, type Path, type Props, type Value } from "../sdk/values";
import type { KubeObject } from "./objects";
import { sameQuantity } from "./quantity";

/** On every object made here: whose it is. It lets a run recognise what an earlier, killed run had created. */
export const OWNER = "agent-platform/pulumi-urn";

/**
 * The outputs of a resource.
 * @param secrets paths of inputs that are secret; the same paths are secret in the outputs
 */
export function outputsOf(live: KubeObject, inputs: Props, secrets: ReadonlySet<Path>, manager: string): Props {
    const cleaned = clean(live);
    return {
        ...concealObject(cleaned, secrets),
        __inputs: concealObject(inputs, secrets),
        __initialApiVersion: live.apiVersion,
        __fieldManager: manager,
    };
}

/** Marks what is secret: by the inputs, and everything in a Secret. */
export function concealObject(object: Props, secrets: ReadonlySet<Path>): Props {
    if (object.kind !== "Secret") return conceal(object, secrets) as Props;
    const whole = ["data", "stringData"].map((field) => pathOf(field));
    const outside = new Set([...secrets].filter((path) => !whole.some((field) => path === field || path.startsWith(`${field}/`))));
    const marked = conceal(object, outside) as Props;
    for (const field of ["data", "stringData"]) if (marked[field] !== undefined) marked[field] = secret(marked[field]);
    return marked;
}

/**
 * The inputs with the values that the live object has: fields that the program does not set are left out,
 * so that only a change to something the program decides shows up as one.
 */
export function inputsFrom(live: KubeObject, inputs: Props): Props {
    const object = clean(live);
    const stringData = inputs.stringData;
    // The server folds stringData into data and never shows it again.
    if (live.kind === "Secret" && isObject(stringData)) {
        const data = isObject(object.data) ? object.data : {};
        object.stringData = Object.fromEntries(Object.keys(stringData).filter((key) => key in data).map((key) => [key, Buffer.from(String(data[key]), "base64").toString()]));
    }
    return project(inputs, object, { kind: live.kind, field: "", amounts: false }) as Props;
}

/** The inputs of an object that is being imported: all that a person could have written. */
export function inputsForImport(live: KubeObject): Props {
    const { status: _status, metadata, ...rest } = clean(live);
    const { uid: _uid, resourceVersion: _version, generation: _generation, creationTimestamp: _created, selfLink: _link, ...named } = isObject(metadata) ? metadata : {};
    return { ...rest, metadata: named };
}

function clean(live: KubeObject): Props {
    const { managedFields: _, ...metadata } = live.metadata;
    const annotations = { ...metadata.annotations };
    delete annotations[OWNER];
    const { annotations: _annotations, ...others } = metadata;
    return JSON.parse(JSON.stringify({ ...live, metadata: Object.keys(annotations).length > 0 ? { ...others, annotations } : others })) as Props;
}

/** Where in an object a value is, as far as that decides how it is compared. */
interface Place {
    kind: string;
    field: string;
    /** Below a field that holds amounts, where `500m` and `0.5` are the same. */
    amounts: boolean;
}

const AMOUNTS = new Set(["resources", "limits", "requests", "hard", "capacity", "overhead", "sizeLimit", "divisor", "metrics"]);

function project(want: Value, live: Value | undefined, place: Place): Value | undefined {
    if (live === undefined) return isZero(want) ? want : undefined;
    if (isObject(want) && isObject(live)) {
        const entries = Object.entries(want).map(([key, value]): [string, Value | undefined] => [key, project(value, live[key], { ...place, field: key, amounts: place.amounts || AMOUNTS.has(key) })]);
        return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
    }
    if (Array.isArray(want) && Array.isArray(live)) return projectList(want, live, place);
    return equal(want, live) || (place.amounts && sameQuantity(want, live)) ? want : live;
}

/** Lists whose items others may add to are compared item by item; of all others every change counts. */
function projectList(want: Value[], live: Value[], place: Place): Value[] {
    const keys = mergeKeys(place, want);
    if (keys === undefined) return live.map((item, index) => (index < want.length ? project(want[index]!, item, place) ?? item : item));
    const same = (a: Value, b: Value): boolean => isObject(a) && isObject(b) && keys.every((key) => equal(a[key] ?? DEFAULTS[key], b[key] ?? DEFAULTS[key]));
    return want.flatMap((item) => {
        const match = live.find((other) => same(item, other));
        const projected = match === undefined ? undefined : project(item, match, place);
        return projected === undefined ? [] : [projected];
    });
}

const DEFAULTS: Readonly<Record<string, Value>> = { protocol: "TCP" };
const KEYS: Readonly<Record<string, readonly string[]>> = {
    containers: ["name"],
    initContainers: ["name"],
    ephemeralContainers: ["name"],
    env: ["name"],
    volumes: ["name"],
    imagePullSecrets: ["name"],
    volumeMounts: ["mountPath"],
    volumeDevices: ["devicePath"],
    hostAliases: ["ip"],
    ownerReferences: ["uid"],
};

function mergeKeys({ kind, field }: Place, want: Value[]): readonly string[] | undefined {
    // The ports of containers and Services are merged, those of a NetworkPolicy are one whole.
    const keys = field === "ports" ? (want.every((item) => isObject(item) && "containerPort" in item) ? ["containerPort", "protocol"] : kind === "Service" ? ["port", "protocol"] : undefined) : KEYS[field];
    if (keys === undefined || !want.every((item) => isObject(item) && keys[0]! in item)) return undefined;
    return keys;
}

/** What the server leaves out because it is the default. */
function isZero(value: Value): boolean {
    if (Array.isArray(value)) return value.length === 0;
    if (isObject(value)) return Object.values(value).every(isZero);
    return value === false || value === 0 || value === "" || value === null;
}
