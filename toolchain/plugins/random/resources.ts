/** The kinds of random resources: which inputs they take, and what they make of them. */
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { hashSync, truncates } from "bcryptjs";
import { secret, UNKNOWN, type Props, type Value } from "../sdk/values";
import { problemsOf, randomString, type StringRules } from "./characters";
import { ADJECTIVES, ADVERBS, ANIMALS } from "./words";

export interface Kind {
    /** Inputs with every default filled in; what two sets of inputs are compared by. */
    normalize(inputs: Props): Props;
    validate(inputs: Props): { property: string; reason: string }[];
    generate(inputs: Props): { id: string; outputs: Props };
    /** Outputs that only `generate` knows. */
    computed: readonly string[];
    /** Those of them that are secret. */
    secrets: readonly string[];
    /** Inputs and outputs from what a person gives to `pulumi import`; absent when that cannot work. */
    adopt?(id: string): { id: string; inputs: Props; outputs: Props } | undefined;
}

/** The last part of a type token, e.g. `RandomPassword`, to the kind. */
export const kinds: Readonly<Record<string, Kind>> = {
    RandomPassword: {
        normalize: normalizeString,
        validate: (inputs) => problemsOf(rulesOf(inputs)),
        computed: ["result", "bcryptHash"],
        secrets: ["result", "bcryptHash"],
        generate: (inputs) => ({ id: "none", outputs: password(randomString(rulesOf(inputs))) }),
        adopt: (id) => ({ id: "none", inputs: { length: [...id].length }, outputs: password(id) }),
    },
    RandomString: {
        normalize: normalizeString,
        validate: (inputs) => problemsOf(rulesOf(inputs)),
        computed: ["result"],
        secrets: [],
        generate: (inputs) => {
            const result = randomString(rulesOf(inputs));
            return { id: result, outputs: { result } };
        },
        adopt: (id) => ({ id, inputs: { length: [...id].length }, outputs: { result: id } }),
    },
    RandomId: {
        normalize: (inputs) => ({ ...inputs }),
        validate: (inputs) => wholeNumber(inputs, "byteLength", 1),
        computed: ["b64Std", "b64Url", "dec", "hex"],
        secrets: [],
        generate: (inputs) => identifier(randomBytes(Number(inputs.byteLength)), text(inputs.prefix)),
        adopt: (given) => {
            const comma = given.lastIndexOf(",");
            const prefix = comma < 0 ? undefined : given.slice(0, comma);
            const bytes = Buffer.from(given.slice(comma + 1), "base64url");
            const made = identifier(bytes, prefix ?? "");
            return { ...made, inputs: { byteLength: bytes.length, ...(prefix === undefined ? {} : { prefix }) } };
        },
    },
    RandomBytes: {
        normalize: (inputs) => ({ ...inputs }),
        validate: (inputs) => wholeNumber(inputs, "length", 1),
        computed: ["base64", "hex"],
        secrets: ["base64", "hex"],
        generate: (inputs) => ({ id: "none", outputs: bytes(randomBytes(Number(inputs.length))) }),
        adopt: (id) => {
            const raw = Buffer.from(id, "base64");
            return { id: "none", inputs: { length: raw.length }, outputs: bytes(raw) };
        },
    },
    RandomInteger: {
        normalize: (inputs) => ({ ...inputs }),
        validate: (inputs) => {
            const problems = [...wholeNumber(inputs, "min"), ...wholeNumber(inputs, "max")];
            if (problems.length === 0 && Number(inputs.min) > Number(inputs.max)) problems.push({ property: "min", reason: `is ${inputs.min}, which is more than max (${inputs.max})` });
            return problems;
        },
        computed: ["result"],
        secrets: [],
        generate: (inputs) => {
            const result = integer(Number(inputs.min), Number(inputs.max), inputs.seed);
            return { id: String(result), outputs: { result } };
        },
        adopt: (given) => {
            const [result, min, max, seed] = given.split(",");
            if (result === undefined || min === undefined || max === undefined) return undefined;
            return { id: result, inputs: { min: Number(min), max: Number(max), ...(seed === undefined ? {} : { seed }) }, outputs: { result: Number(result) } };
        },
    },
    RandomPet: {
        normalize: (inputs) => ({ length: 2, separator: "-", ...inputs }),
        validate: (inputs) => (inputs.length === undefined ? [] : wholeNumber(inputs, "length", 1)),
        computed: [],
        secrets: [],
        generate: (inputs) => ({ id: pet(Number(inputs.length), text(inputs.separator), text(inputs.prefix)), outputs: {} }),
    },
    RandomShuffle: {
        normalize: (inputs) => ({ ...inputs }),
        validate: () => [],
        computed: ["results"],
        secrets: [],
        generate: (inputs) => ({ id: "-", outputs: { results: shuffle(inputs) } }),
    },
    RandomUuid: uuid(() => randomUUID()),
    RandomUuid4: uuid(() => randomUUID()),
    RandomUuid7: uuid(uuid7),
};

/** The outputs of a resource that a preview has not made yet. */
export function previewOutputs(kind: Kind, inputs: Props): Props {
    const unknown = Object.fromEntries(kind.computed.map((name) => [name, kind.secrets.includes(name) ? secret(UNKNOWN) : UNKNOWN]));
    return { ...kind.normalize(inputs), ...unknown };
}

function normalizeString(inputs: Props): Props {
    const numeric = inputs.numeric ?? inputs.number ?? true;
    return { lower: true, upper: true, special: true, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0, ...inputs, numeric, number: numeric };
}

function rulesOf(inputs: Props): StringRules {
    const all = normalizeString(inputs);
    return {
        length: Number(all.length),
        lower: all.lower === true,
        upper: all.upper === true,
        numeric: all.numeric === true,
        special: all.special === true,
        minLower: Number(all.minLower),
        minUpper: Number(all.minUpper),
        minNumeric: Number(all.minNumeric),
        minSpecial: Number(all.minSpecial),
        overrideSpecial: text(all.overrideSpecial),
    };
}

function password(result: string): Props {
    // bcrypt reads no more than 72 bytes; the documented hash is that of the first 72.
    const hashed = truncates(result) ? Buffer.from(result).subarray(0, 72).toString() : result;
    return { result, bcryptHash: hashSync(hashed, 10) };
}

function identifier(raw: Buffer, prefix: string): { id: string; outputs: Props } {
    const id = raw.toString("base64url");
    const hex = raw.toString("hex");
    return { id, outputs: { b64Url: prefix + id, b64Std: prefix + raw.toString("base64"), hex: prefix + hex, dec: prefix + BigInt(`0x0${hex}`).toString() } };
}

function bytes(raw: Buffer): Props {
    return { base64: raw.toString("base64"), hex: raw.toString("hex") };
}

/** With a seed the same number every time, though not the number that another implementation makes of that seed. */
function integer(min: number, max: number, seed: Value | undefined): number {
    if (seed === undefined) return min + Math.floor((randomBytes(6).readUIntBE(0, 6) / 2 ** 48) * (max - min + 1));
    return min + Number(BigInt(`0x${createHash("sha256").update(text(seed)).digest("hex")}`) % BigInt(max - min + 1));
}

function shuffle(inputs: Props): Value[] {
    const pool = Array.isArray(inputs.inputs) ? [...inputs.inputs] : [];
    const count = inputs.resultCount === undefined ? pool.length : Number(inputs.resultCount);
    if (pool.length === 0) return [];
    const results: Value[] = [];
    let round: Value[] = [];
    for (let index = 0; index < count; index++) {
        if (round.length === 0) round = [...pool];
        const at = inputs.seed === undefined ? randomInt(round.length) : integer(0, round.length - 1, `${text(inputs.seed)}/${index}`);
        results.push(...round.splice(at, 1));
    }
    return results;
}

function pet(length: number, separator: string, prefix: string): string {
    const choose = (words: readonly string[]): string => words[randomInt(words.length)]!;
    const name = [...Array.from({ length: Math.max(0, length - 2) }, () => choose(ADVERBS)), ...(length > 1 ? [choose(ADJECTIVES)] : []), choose(ANIMALS)];
    return [...(prefix === "" ? [] : [prefix]), ...name].join(separator);
}

function uuid(make: () => string): Kind {
    return {
        normalize: (inputs) => ({ ...inputs }),
        validate: () => [],
        computed: ["result"],
        secrets: [],
        generate: () => {
            const result = make();
            return { id: result, outputs: { result } };
        },
        adopt: (id) => ({ id, inputs: {}, outputs: { result: id } }),
    };
}

/** Milliseconds in the first 48 bits, version and variant, and randomness in the rest. */
function uuid7(): string {
    const raw = randomBytes(16);
    raw.writeUIntBE(Date.now(), 0, 6);
    raw[6] = (raw[6]! & 0x0f) | 0x70;
    raw[8] = (raw[8]! & 0x3f) | 0x80;
    return raw.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function wholeNumber(inputs: Props, property: string, least = -Infinity): { property: string; reason: string }[] {
    const value = inputs[property];
    if (typeof value === "number" && Number.isInteger(value) && value >= least) return [];
    return [{ property, reason: `must be a whole number${least > -Infinity ? ` of at least ${least}` : ""}, but is ${JSON.stringify(value) ?? "missing"}` }];
}

function text(value: Value | undefined): string {
    return value === undefined || value === null ? "" : String(value);
}
