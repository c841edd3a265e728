/**
 * A provider made of kinds of resources, each a small object: what it takes, what it makes, what cannot be changed in place.
 * The provider does what is the same for all: unknown values, secrets, differences, import.
 */
import { z } from "zod";
import { diff } from "./diff";
import { PluginError } from "./failure";
import type { Provider, Resource } from "./provider";
import { conceal, equal, hasUnknown, isObject, pathOf, reveal, revealProps, secret, UNKNOWN, type Path, type Props, type Value } from "./values";

/** Inputs as they are checked: a zod object, so that each is described and none goes unchecked. */
export type Shape = z.ZodObject<z.ZodRawShape>;

export interface Kind<Client, Inputs = Props> {
    /** What the program gives; the descriptions complete the sentence "must be …". */
    readonly inputs: Shape;
    /** Outputs beside the inputs; unknown until it is made. */
    readonly computed: readonly string[];
    /** Properties that are secret, wherever they come from. */
    readonly secrets: readonly string[];
    /** Inputs that cannot be changed in place. */
    readonly replaces: readonly string[];
    /** The vendor allows a name only once, so the old one goes first. */
    readonly deleteBeforeReplace?: boolean;
    /** Computed outputs that another value of these inputs does not change, so that what hangs on them stays as it is in a preview. */
    readonly stable?: readonly string[];
    create(client: Client, inputs: Inputs, resource: Resource): Promise<{ id: string; outputs: Props }>;
    update(client: Client, id: string, inputs: Inputs, before: { inputs: Inputs; outputs: Props }, resource: Resource): Promise<Props>;
    /** As it is now; undefined when it is gone. Without inputs it is being imported. */
    read(client: Client, id: string, inputs: Inputs | undefined): Promise<{ inputs: Props; outputs: Props } | undefined>;
    delete(client: Client, id: string, inputs: Inputs, timeout: number): Promise<void>;
}

export interface KindsOptions<Client> {
    readonly name: string;
    readonly version: string;
    /** Configuration of the provider, checked like the inputs of a resource. */
    readonly config: Shape;
    /** Last part of the type token → kind. */
    readonly kinds: Readonly<Record<string, Kind<Client, never>>>;
    /** The client for a configuration. @throws PluginError when something is missing, e.g. a token */
    connect(config: Props): Client;
}

export function providerOf<Client>(options: KindsOptions<Client>): Provider {
    let client: Client | undefined;
    let config: Props = {};
    const kindOf = (type: string): Kind<Client> => {
        const kind = options.kinds[type.slice(type.lastIndexOf(":") + 1)];
        if (kind === undefined) throw new PluginError(`the ${options.name} plugin knows no resource of type ${type}; it has ${Object.keys(options.kinds).join(", ")}`);
        return kind as unknown as Kind<Client>;
    };
    /** Late, so that a preview of what does not exist yet needs no token. */
    const connected = (): Client => (client ??= options.connect(config));

    return {
        name: options.name,
        version: options.version,
        async checkConfig({ news }) {
            return { inputs: news, failures: failuresOf(options.config, withoutVersion(revealProps(news))) };
        },
        async configure(given) {
            config = revealProps(given);
        },
        async check({ type, news }) {
            const kind = kindOf(type);
            const marks = new Set<Path>();
            const inputs = revealProps(news, marks);
            return { inputs: concealed(withDefaults(kind.inputs, inputs), marks, kind), failures: failuresOf(kind.inputs, inputs) };
        },
        async diff({ type, oldInputs, newInputs }) {
            const kind = kindOf(type);
            const changes = diff(revealProps(oldInputs), revealProps(newInputs));
            return { changes, replaces: [...kind.replaces], deleteBeforeReplace: kind.deleteBeforeReplace === true };
        },
        async create({ type, urn, name, inputs: given, preview }) {
            const kind = kindOf(type);
            const marks = new Set<Path>();
            const inputs = revealProps(given, marks);
            if (preview) return { id: "", outputs: concealed({ ...unknown(kind.computed), ...inputs }, marks, kind) };
            const { id, outputs } = await kind.create(connected(), inputs, { urn, type, name });
            return { id, outputs: concealed({ ...inputs, ...outputs }, marks, kind) };
        },
        async update({ type, urn, name, id, oldInputs, oldOutputs, inputs: given, preview }) {
            const kind = kindOf(type);
            const marks = new Set<Path>();
            const inputs = revealProps(given, marks);
            const before = { inputs: revealProps(oldInputs), outputs: revealProps(oldOutputs) };
            if (preview) {
                const kept = Object.fromEntries((kind.stable ?? []).flatMap((key) => (key in before.outputs ? [[key, before.outputs[key]!]] : [])));
                return { outputs: concealed({ ...unknown(kind.computed), ...kept, ...inputs }, marks, kind) };
            }
            const outputs = await kind.update(connected(), id, inputs, before, { urn, type, name });
            return { outputs: concealed({ ...inputs, ...outputs }, marks, kind) };
        },
        async read({ type, id, inputs: given, outputs: known }) {
            const kind = kindOf(type);
            const marks = new Set<Path>();
            const inputs = revealProps(given, marks);
            const importing = Object.keys(inputs).length === 0;
            const found = await kind.read(connected(), id, importing ? undefined : inputs);
            if (found === undefined) return undefined;
            const now = { ...inputs, ...found.inputs };
            return { id, inputs: concealed(now, marks, kind), outputs: concealed({ ...revealProps(known), ...now, ...found.outputs }, marks, kind) };
        },
        async delete({ type, id, inputs, timeout }) {
            await kindOf(type).delete(connected(), id, revealProps(inputs), timeout);
        },
    };
}

/** Those of `actual` that the program set, so that a refresh shows drift and not what the vendor fills in by itself. */
export function drift(inputs: Props, actual: Props): Props {
    return Object.fromEntries(Object.keys(inputs).flatMap((key) => (key in actual && !equal(inputs[key], actual[key]) ? [[key, actual[key]!]] : [])));
}

function unknown(computed: readonly string[]): Props {
    return Object.fromEntries(computed.map((key) => [key, UNKNOWN]));
}

/** Marks what came as a secret, and what is one by its nature. */
function concealed(props: Props, marks: ReadonlySet<Path>, kind: Pick<Kind<unknown>, "secrets">): Props {
    const own = new Set([...marks].filter((path) => !kind.secrets.some((key) => path === pathOf(key) || path.startsWith(`${pathOf(key)}/`))));
    const marked = conceal(props, own);
    if (!isObject(marked)) return props;
    return Object.fromEntries(Object.entries(marked).map(([key, value]) => [key, kind.secrets.includes(key) ? secret(reveal(value)) : value]));
}

/** Every property on its own, so that one that is not known yet does not hide a mistake in another. */
function failuresOf(shape: Shape, given: Props): { property: string; reason: string }[] {
    const fields = shape.shape as Record<string, z.ZodType>;
    const failures = Object.keys(given).filter((key) => !(key in fields)).map((key) => ({ property: key, reason: `is no property of this resource; there are ${Object.keys(fields).join(", ")}` }));
    for (const [key, field] of Object.entries(fields)) {
        if (hasUnknown(given[key])) continue;
        const result = field.safeParse(given[key]);
        if (result.success) continue;
        const [issue] = result.error.issues;
        const where = issue === undefined || issue.path.length === 0 ? "" : ` (at ${issue.path.join(".")}: ${issue.message})`;
        failures.push({ property: key, reason: given[key] === undefined ? `is missing: ${field.description}` : `must be ${field.description}${where}` });
    }
    return failures;
}

function withDefaults(shape: Shape, given: Props): Props {
    const fields = shape.shape as Record<string, z.ZodType>;
    const filled: Props = { ...given };
    for (const [key, field] of Object.entries(fields)) {
        if (given[key] !== undefined) continue;
        const result = field.safeParse(undefined);
        if (result.success && result.data !== undefined) filled[key] = result.data as Value;
    }
    return filled;
}

/** The engine adds the plugin's version to the configuration. */
function withoutVersion({ version: _version, ...rest }: Props): Props {
    return rest;
}
