/** A simulated cloud as a Pulumi provider. */
import { setTimeout as sleep } from "node:timers/promises";
import { diff, rootOf } from "../sdk/diff";
import { silent, type Engine } from "../sdk/engine";
import { InitFailed, PluginError } from "../sdk/failure";
import type { CheckFailureOr, CheckRequest, CheckResult, CreateRequest, DeleteRequest, DiffRequest, DiffResult, Provider, ReadRequest, UpdateRequest } from "../sdk/provider";
import { concealProps, hasUnknown, isObject, pathOf, revealProps, UNKNOWN, type Path, type Props, type Value } from "../sdk/values";
import { Cloud, handlesOf, keyOf } from "./cloud";
import { foreseenOutputs, outputsOf } from "./fabricate";
import { Faults, type FaultPlanOfRun, type Operation, type Rule } from "./faults";
import { answer } from "./invoke";
import type { Journal, View } from "./journal";
import type { Schema, Schemas } from "./schema";
import { Seed } from "./seed";
import type { CloudObject, Kind, Making, Vendor } from "./vendor";

/** How long an operation looks for an object that it refers to and cannot see yet. */
const PATIENCE = 20_000;
/** Tries against an API that is down. */
const TRIES = 5;

export class CloudProvider implements Provider {
    private config: Props = {};
    private engine: Engine = silent;
    private stopping = false;
    private readonly faults: Faults;
    /** The object that the state holds for a URN, as far as this run has come across it. */
    private readonly recorded = new Map<string, string>();

    constructor(private readonly vendor: Vendor, readonly version: string, private readonly schemas: Pick<Schemas, "resource" | "invoke" | "declares">, private readonly journal: Journal, plan: FaultPlanOfRun) {
        this.faults = new Faults(plan, journal);
    }

    get name(): string {
        return this.vendor.name;
    }

    async configure(config: Props, engine: Engine): Promise<void> {
        this.config = revealProps(config);
        this.engine = engine;
    }

    async check({ type, name, urn, olds, news, seed, proposedName }: CheckRequest): Promise<CheckResult> {
        const marks = new Set<Path>();
        const inputs = withoutNulls(revealProps(news, marks));
        const schema = this.schemaOf(type);
        const kind = this.kindOf(type);
        const before = revealProps(olds);
        const filled: string[] = [];
        for (const [field, value] of Object.entries({ ...defaultsOf(schema), ...kind.defaults })) {
            if (inputs[field] !== undefined) continue;
            inputs[field] = value;
            filled.push(field);
        }
        if (this.vendor.autonames && inputs.name === undefined && isAutonamed(schema)) {
            const kept = Array.isArray(before.__defaults) && before.__defaults.includes("name") ? before.name : undefined;
            const replacing = Object.keys(olds).length === 0 && this.recorded.has(urn);
            inputs.name = kept ?? proposedName ?? `${name}-${new Seed(replacing ? Buffer.from(seed).toString("hex") : urn).hex(7)}`.toLowerCase();
            filled.push("name");
        }
        if (filled.length > 0) inputs.__defaults = filled.sort();
        const failures = Object.entries(schema.inputs).filter(([field, { optional }]) => !optional && inputs[field] === undefined).map(([field]) => ({ property: field, reason: `Missing required property "${field}"` }));
        for (const [field, value] of Object.entries(inputs)) {
            const declared = schema.inputs[field];
            if (declared !== undefined && !hasUnknown(value) && !couldBe(value, declared.shape.kind)) failures.push({ property: field, reason: `expected a ${declared.shape.kind}, got ${JSON.stringify(value).slice(0, 60)}` });
        }
        if (!hasUnknown(inputs)) failures.push(...(kind.check?.(inputs) ?? []));
        return { inputs: concealProps(inputs, marks), failures };
    }

    async diff({ urn, type, id, oldInputs, newInputs }: DiffRequest): Promise<DiffResult> {
        this.recorded.set(urn, id);
        const [before, after] = [withoutDefaults(revealProps(oldInputs)), withoutDefaults(revealProps(newInputs))];
        const changes = diff(before, after);
        const schema = this.schemaOf(type);
        const kind = this.kindOf(type);
        const special = new Set(kind.replacedBy?.(before, after) ?? []);
        const replaces = [...changes.keys()].filter((path) => {
            const root = rootOf(path);
            const field = schema.inputs[root];
            if (special.has(root) || kind.immutable?.includes(root)) return true;
            if (field === undefined || kind.mutable?.includes(root)) return false;
            return field.immutable === true || this.vendor.immutable(type, root, field);
        });
        const autonamed = Array.isArray(newInputs.__defaults) && newInputs.__defaults.includes("name");
        // Old and new cannot exist side by side when they bear the same name.
        return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && !autonamed && this.clash(type, schema, kind, urn, before, after) };
    }

    async create({ type, name, urn, inputs: given, preview }: CreateRequest): Promise<{ id: string; outputs: Props }> {
        const marks = new Set<Path>();
        const inputs = withoutDefaults(revealProps(given, marks));
        const [schema, kind] = [this.schemaOf(type), this.kindOf(type)];
        if (preview) return { id: "", outputs: this.conceal(foreseenOutputs(this.vendor, kind, schema, this.journal.read((view) => this.making(view, { type, name, urn, inputs }))), schema, marks) };
        const rule = await this.begin("create", type, name, urn);
        if (rule?.fault === "kill-before") await this.faults.kill();
        const object = await this.patiently(() => this.journal.change((change) => {
            const cloud = this.cloud(change, Date.now());
            const own = cloud.ofUrn(urn).filter(([, found]) => !found.superseded);
            const [, left] = own.find(([, found]) => found.id !== this.recorded.get(urn)) ?? [];
            if (left !== undefined) {
                // An interrupted run has made it, and nobody was told.
                const adopted = this.remake(change, left, inputs, cloud);
                change.put(keyOf(this.vendor, type, adopted.id), adopted as unknown as Props);
                return adopted;
            }
            const quota = this.faults.quotaOf(type);
            if (quota !== undefined && cloud.all(type).length >= quota) throw new PluginError(quotaReached(this.vendor, type, quota));
            const references = cloud.references(type, inputs);
            const count = Number(change.get(`made|${urn}`)?.count ?? 0);
            const made = this.make(change, { type, name, urn, inputs, seed: `${urn}#${count}`, created: Date.now(), references });
            const key = keyOf(this.vendor, type, made.id);
            const existing = change.get(key) as unknown as CloudObject | undefined;
            if (existing !== undefined && !kind.shared) throw new PluginError(this.vendor.exists(existing));
            const refused = kind.refuse?.(this.making(change, { type, name, urn, inputs }));
            if (refused !== undefined) throw new PluginError(refused);
            if (rule?.fault === "eventual") made.visibleFrom = Date.now() + (rule.milliseconds ?? 2000);
            for (const [oldKey, old] of own) change.put(oldKey, { ...old, superseded: true } as unknown as Props);
            change.put(key, made as unknown as Props);
            change.put(`made|${urn}`, { count: count + 1 });
            return made;
        }));
        this.recorded.set(urn, object.id);
        await this.end(rule, object, schema, marks, given, "created");
        return { id: object.id, outputs: this.conceal(object.outputs, schema, marks) };
    }

    async update({ type, name, urn, id, inputs: given, oldOutputs, preview }: UpdateRequest): Promise<{ outputs: Props }> {
        const marks = new Set<Path>();
        const inputs = withoutDefaults(revealProps(given, marks));
        const schema = this.schemaOf(type);
        if (preview) return { outputs: this.conceal(updated(schema, revealProps(oldOutputs), inputs), schema, marks) };
        const rule = await this.begin("update", type, name, urn);
        if (rule?.fault === "kill-before") await this.faults.kill();
        const object = await this.patiently(() => this.journal.change((change) => {
            const found = change.get(keyOf(this.vendor, type, id)) as unknown as CloudObject | undefined;
            if (found === undefined) throw new PluginError(this.vendor.missing(type, id));
            const changed = this.remake(change, found, inputs, this.cloud(change, Date.now()));
            change.put(keyOf(this.vendor, type, id), changed as unknown as Props);
            return changed;
        }));
        await this.end(rule, object, schema, marks, given, "updated");
        return { outputs: this.conceal(object.outputs, schema, marks) };
    }

    async read({ type, name, urn, id, inputs: given, outputs }: ReadRequest): Promise<{ id: string; inputs: Props; outputs: Props } | undefined> {
        await this.begin("read", type, name, urn);
        const object = this.journal.read((view) => view.get(keyOf(this.vendor, type, id)) as unknown as CloudObject | undefined);
        if (object === undefined) return undefined;
        const schema = this.schemaOf(type);
        const marks = new Set<Path>();
        const inputs = revealProps(given, marks);
        revealProps(outputs, marks);
        // What the program does not decide is no difference, whatever became of it.
        const found = Object.keys(inputs).length === 0 ? object.inputs : Object.fromEntries(Object.entries(inputs).flatMap(([field, value]): [string, Value][] => (field === "__defaults" ? [[field, value]] : field in object.inputs ? [[field, object.inputs[field]!]] : [])));
        return { id, inputs: concealProps(found, marks), outputs: this.conceal(object.outputs, schema, marks) };
    }

    async delete({ type, name, urn, id }: DeleteRequest): Promise<void> {
        const rule = await this.begin("delete", type, name, urn);
        if (rule?.fault === "kill-before") await this.faults.kill();
        await this.patiently(() => this.journal.change((change) => {
            const key = keyOf(this.vendor, type, id);
            const object = change.get(key) as unknown as CloudObject | undefined;
            if (object === undefined) return;
            if (this.kindOf(type).shared && object.urn !== urn) return;
            const protectedBy = ["deletionProtection", "deleteProtection", "deletionProtectionEnabled"].find((field) => object.inputs[field] === true);
            if (protectedBy !== undefined) throw new PluginError(`${type} ${id} is protected: set ${protectedBy} to false and deploy that first, then it can be deleted`);
            if (object.inputs.deletionPolicy === "PREVENT") throw new PluginError(`${type} ${id} is protected: its deletionPolicy is PREVENT`);
            const [user] = this.cloud(change, Infinity).usersOf(key).filter((each) => each.urn !== urn || each.id !== id);
            if (user !== undefined) throw new PluginError(this.vendor.inUse(object, user));
            change.remove(key);
        }));
        if (rule?.fault === "kill-after") await this.faults.kill();
        if (rule?.fault === "timeout" || rule?.fault === "after") throw new PluginError(`timeout while waiting for ${type} ${id} to be deleted`);
    }

    async invoke(token: string, args: Props): Promise<CheckFailureOr<Props>> {
        const inputs = revealProps(args);
        const schema = this.schemas.invoke(token);
        return this.journal.read((view) => {
            const making = this.making(view, { type: token, name: token.slice(token.lastIndexOf(":") + 1), urn: `${token} ${JSON.stringify(inputs)}`, inputs });
            return answer(this.vendor, token, schema, making);
        });
    }

    cancel(): void {
        this.stopping = true;
    }

    /** What a new object would be, or an existing one with other inputs. */
    private make(view: View, what: { type: string; name: string; urn: string; inputs: Props; seed: string; created: number; references: string[] }): CloudObject {
        const { type, name, urn, inputs, seed, created, references } = what;
        const [schema, kind] = [this.schemaOf(type), this.kindOf(type)];
        const making = this.making(view, { type, name, urn, inputs, seed, created });
        const outputs = outputsOf(this.vendor, kind, schema, making);
        const id = kind.id?.(making, outputs) ?? this.vendor.id(making, schema, outputs);
        const after = this.vendor.afterwards?.(making, id, schema) ?? {};
        for (const [field, value] of Object.entries(after)) if (field in schema.outputs && inputs[field] === undefined) outputs[field] = value;
        return { type, id, urn, inputs, outputs, handles: handlesOf(id, outputs, inputs), references, seed, created };
    }

    private remake(view: View, object: CloudObject, inputs: Props, cloud: Cloud): CloudObject {
        const { type, urn, seed, created } = object;
        const name = urn.slice(urn.lastIndexOf("::") + 2);
        const made = this.make(view, { type, name, urn, inputs, seed, created, references: cloud.references(type, inputs) });
        // Its identifier is for life.
        return { ...made, id: object.id, handles: handlesOf(object.id, made.outputs, inputs), ...(object.superseded ? { superseded: true } : {}) };
    }

    private making(view: View, what: { type: string; name: string; urn: string; inputs: Props; seed?: string; created?: number }): Making {
        const cloud = this.cloud(view, Date.now());
        const { type, name, urn, inputs, seed = urn, created = Date.now() } = what;
        return { type, name, urn, inputs, config: this.config, seed: new Seed(seed), now: new Date(created), find: (value, wanted) => cloud.find(value, wanted), all: (wanted) => cloud.all(wanted) };
    }

    private cloud(view: View, now: number): Cloud {
        return new Cloud(this.vendor, view, now, (type, base) => this.schemas.declares(type, base, this.vendor.commonModules));
    }

    /** Latency, and what goes wrong before anything is done. */
    private async begin(operation: Operation, type: string, name: string, urn: string): Promise<Rule | undefined> {
        for (let tries = 1; ; tries++) {
            await this.faults.delay();
            const rule = await this.faults.meet(operation, type, name);
            if (rule?.fault === "quota") throw new PluginError(quotaReached(this.vendor, type, undefined));
            if (rule?.fault === "denied") throw new PluginError(`Error 403: permission to ${operation} ${type} is denied`);
            if (rule?.fault !== "unavailable") return rule;
            if (tries >= TRIES || this.stopping) throw new PluginError(`Error 503: the service is unavailable; gave up on ${type} ${name} after ${tries} tries`);
            this.engine.progress(urn, "the service is unavailable; trying again");
            await sleep(50 * 2 ** tries);
        }
    }

    /** What goes wrong after it is done. */
    private async end(rule: Rule | undefined, object: CloudObject, schema: Schema, marks: ReadonlySet<Path>, inputs: Props, done: string): Promise<void> {
        if (rule?.fault === "kill-after") await this.faults.kill();
        if (rule?.fault === "after") throw new InitFailed(object.id, this.conceal(object.outputs, schema, marks), inputs, [`${object.type} ${object.id} was ${done}, but it failed to start; it is kept, and the next up repairs it`]);
        if (rule?.fault === "timeout") throw new PluginError(`timeout while waiting for ${object.type} ${object.id} to be ${done}`);
    }

    /** Again and again while something that was just made cannot be seen yet. */
    private async patiently<T>(work: () => Promise<T>): Promise<T> {
        const until = Date.now() + PATIENCE;
        for (;;) {
            try {
                return await work();
            } catch (error) {
                const hidden = this.journal.read((view) => view.list(`${this.vendor.name}|`).some(([, object]) => Number(object.visibleFrom ?? 0) > Date.now()));
                if (!hidden || this.stopping || Date.now() > until) throw error;
            }
            await sleep(200);
        }
    }

    /** Whether a replacement would have the identifier of what it replaces. */
    private clash(type: string, schema: Schema, kind: Kind, urn: string, before: Props, after: Props): boolean {
        if (hasUnknown(after)) return before.name !== undefined && before.name === after.name;
        return this.journal.read((view) => {
            const id = (inputs: Props, seed: string) => {
                const making = this.making(view, { type, name: "", urn, inputs, seed });
                return kind.id?.(making, inputs) ?? this.vendor.id(making, schema, inputs);
            };
            return id(before, "before") === id(after, "after");
        });
    }

    private conceal(outputs: Props, schema: Schema, marks: ReadonlySet<Path>): Props {
        return concealProps(outputs, new Set([...marks, ...schema.secrets.map((name) => pathOf(name))]));
    }

    private schemaOf(type: string): Schema {
        const schema = this.schemas.resource(type);
        if (schema === undefined) throw new PluginError(`the simulated ${this.vendor.name} knows no resource of type ${type}: its package declares none`);
        return schema;
    }

    private kindOf(type: string): Kind {
        return this.vendor.kinds[type] ?? {};
    }
}

/** Defaults that real providers fill into the inputs: those that are stated, of what the cloud does not decide itself. */
function defaultsOf(schema: Schema): Props {
    return Object.fromEntries(Object.entries(schema.inputs).flatMap(([name, field]): [string, Value][] => {
        const output = schema.outputs[name];
        return field.fallback !== undefined && output?.optional === true ? [[name, field.fallback]] : [];
    }));
}

/** A name that need not be given and always is there in the end. */
function isAutonamed(schema: Schema): boolean {
    return schema.inputs.name?.optional === true && schema.outputs.name?.optional === false;
}

/** The outputs after an update, as far as a preview can tell. */
function updated(schema: Schema, before: Props, inputs: Props): Props {
    const outputs: Props = { ...before };
    for (const name of Object.keys(schema.inputs)) {
        const field = schema.outputs[name];
        if (inputs[name] !== undefined) outputs[name] = isObject(inputs[name]) && isObject(before[name]) ? { ...before[name], ...inputs[name] } : inputs[name];
        else if (field?.optional) delete outputs[name];
    }
    // They follow from what has changed.
    for (const name of ["fingerprint", "etag", "labelFingerprint"]) if (name in outputs) outputs[name] = UNKNOWN;
    return outputs;
}

function quotaReached(vendor: Vendor, type: string, limit: number | undefined): string {
    const kind = type.slice(type.lastIndexOf(":") + 1);
    return `Error 403: quota of ${vendor.name} for ${kind} exceeded${limit === undefined ? "" : `: limit ${limit}`}`;
}

function couldBe(value: Value, kind: string): boolean {
    if (kind === "list") return Array.isArray(value);
    if (kind === "object" || kind === "map") return isObject(value);
    return kind === "any" || (typeof value !== "object" && (kind !== "number" || !Number.isNaN(Number(value))));
}

function withoutDefaults({ __defaults: _, ...rest }: Props): Props {
    return rest;
}

function withoutNulls(props: Props): Props {
    return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== null));
}
