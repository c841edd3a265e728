/** Kubernetes objects as Pulumi resources, by server-side apply. */
import { diff } from "../sdk/diff";
import { silent, type Engine } from "../sdk/engine";
import { InitFailed, PluginError } from "../sdk/failure";
import type { CheckRequest, CheckResult, CreateRequest, DeleteRequest, DiffRequest, DiffResult, Provider, ReadRequest, UpdateRequest } from "../sdk/provider";
import { concealProps, hasUnknown, isObject, reveal, revealProps, type Path, type Props } from "../sdk/values";
import { Client } from "./client";
import { Cluster, type ClusterAccess } from "./cluster";
import { decodeManifests } from "./decode";
import { ApiError, explain, NoSuchKind, Unreachable } from "./errors";
import { concealObject, inputsForImport, inputsFrom, outputsOf, OWNER } from "./live";
import { assignName, fieldManager, isAutonamed } from "./naming";
import { annotation, asObject, asProps, idOf, referenceOf, typeToken, withoutNulls, type KubeObject, type Reference } from "./objects";
import { fromDryRun, fromInputs } from "./preview";
import { awaitReady, checkReadiness, timeoutOf, type Waiting } from "./readiness";
import { awaitGone, remove } from "./removal";
import { replacedBy, sameName } from "./replacement";
import { builtInScope } from "./scope";
import { differentCluster, readSettings, unsupported, type Settings } from "./settings";

/** How long a real operation puts up with an API server that does not answer, e.g. because it restarts. */
const PATIENCE = 20_000;
/** How long a custom resource waits for its definition, which may have been created a moment ago. */
const DEFINITION_PATIENCE = 30_000;

/** From the provider's configuration to a cluster. @throws Error when it names none */
export type Connect = (config: Props) => { settings: Settings; cluster: ClusterAccess };

const toApiServer: Connect = (config) => {
    const settings = readSettings(config);
    return { settings, cluster: new Cluster(new Client(settings.kubeconfig, settings.origin)) };
};

export class KubernetesProvider implements Provider {
    readonly name = "kubernetes";
    private engine: Engine = silent;
    private settings: Settings | undefined;
    private cluster: ClusterAccess | undefined;
    /** Why there is no cluster to talk to, if so: told when one is really needed, so that previews work without. */
    private problem: Unreachable | undefined;
    private stopping = false;
    private warnedUnreachable = false;
    /** The object that the state holds for a URN, as far as this run has come across it. */
    private readonly recorded = new Map<string, string>();

    constructor(readonly version: string, private readonly connect: Connect = toApiServer) {}

    async checkConfig({ news }: CheckRequest): Promise<CheckResult> {
        return { inputs: news, failures: unsupported(news) };
    }

    async diffConfig({ oldInputs, newInputs }: DiffRequest): Promise<DiffResult> {
        const changes = diff(revealProps(oldInputs), revealProps(newInputs));
        const moved = changes.size > 0 && differentCluster(oldInputs, newInputs);
        return { changes, replaces: moved ? [...changes.keys()] : [] };
    }

    async configure(config: Props, engine: Engine): Promise<void> {
        this.engine = engine;
        try {
            ({ settings: this.settings, cluster: this.cluster } = this.connect(config));
        } catch (error) {
            this.problem = new Unreachable(undefined, "", error);
        }
    }

    async check({ urn, name, type, olds, news, seed, proposedName, namingDisabled }: CheckRequest): Promise<CheckResult> {
        const secrets = new Set<Path>();
        const inputs = withoutNulls(revealProps(news, secrets)) as Props;
        const token = typeToken(type);
        inputs.apiVersion ??= token.apiVersion;
        inputs.kind ??= token.kind;
        if (inputs.metadata === undefined) inputs.metadata = {};
        if (!isObject(inputs.metadata)) return { inputs: news };
        const replacing = Object.keys(olds).length === 0 && this.recorded.has(urn);
        const refused = isPatch(type, inputs) ? missingName(inputs) : assignName(inputs, revealProps(olds), { name, urn, seed, proposedName, namingDisabled, replacing });
        if (refused !== undefined) return { inputs: news, failures: [{ property: "metadata.name", reason: refused }] };
        await this.assignNamespace(inputs);
        return { inputs: concealProps(inputs, secrets) };
    }

    async diff({ urn, type, oldInputs, oldOutputs, newInputs }: DiffRequest): Promise<DiffResult> {
        const [before, after] = [withIdentity(revealProps(oldInputs), oldOutputs), revealProps(newInputs)];
        const uid = isObject(oldOutputs.metadata) ? oldOutputs.metadata.uid : undefined;
        if (typeof uid === "string") this.recorded.set(urn, uid);
        const changes = diff(before, after);
        const settings = this.settings;
        const replaces = isPatch(type, after) ? [] : replacedBy(changes, before, after, { mutableSecrets: settings?.mutableSecrets ?? false, mutableConfigMaps: settings?.mutableConfigMaps ?? false });
        if (after.kind === "Job" && annotation(after, "pulumi.com/replaceUnready") === "true" && (await this.isUnready(after))) {
            const path = `metadata.annotations["pulumi.com/replaceUnready"]`;
            changes.set(path, "update");
            replaces.push(path);
        }
        return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && !isAutonamed(after) && sameName(before, after) };
    }

    async create(request: CreateRequest): Promise<{ id: string; outputs: Props }> {
        const secrets = new Set<Path>();
        const inputs = revealProps(request.inputs, secrets);
        const id = hasUnknown(inputs.metadata) ? "" : idOf(asObject(inputs).metadata);
        if (request.preview) return { id: "", outputs: await this.preview(request, inputs, secrets, true) };
        try {
            await this.connected().waitForKind(String(inputs.apiVersion), String(inputs.kind), DEFINITION_PATIENCE, () => this.stopping);
            const object = await this.complete(inputs);
            await this.makeWay(request, object);
            const live = await this.write(request, object, secrets, inputs, "created");
            return { id: idOf(live.metadata), outputs: outputsOf(live, inputs, secrets, fieldManager(request.urn)) };
        } catch (error) {
            throw explain(error, `${String(inputs.kind)} ${id}`);
        }
    }

    async update(request: UpdateRequest): Promise<{ outputs: Props }> {
        const secrets = new Set<Path>();
        const inputs = revealProps(request.inputs, secrets);
        try {
            if (request.preview) return { outputs: await this.preview(request, inputs, secrets, false) };
            const live = await this.write(request, await this.complete(inputs), secrets, inputs, "updated");
            return { outputs: outputsOf(live, inputs, secrets, managerOf(request.urn, request.oldOutputs)) };
        } catch (error) {
            if (error instanceof Unreachable && this.settings?.skipUpdateUnreachable) return { outputs: request.oldOutputs };
            throw explain(error, `${String(inputs.kind)} ${request.id}`);
        }
    }

    async read({ urn, type, id, inputs: given, outputs }: ReadRequest): Promise<{ id: string; inputs: Props; outputs: Props } | undefined> {
        const secrets = new Set<Path>();
        const inputs = revealProps(given, secrets);
        let live: KubeObject | undefined;
        const cluster = this.connected();
        try {
            live = await cluster.find(await this.referenceFrom(type, id, revealProps(outputs), inputs), PATIENCE);
        } catch (error) {
            if (error instanceof Unreachable && this.settings?.deleteUnreachable) return undefined;
            throw explain(error, id);
        }
        if (live === undefined) return undefined;
        const known = Object.keys(inputs).length > 0;
        const found = known ? inputsFrom(live, inputs) : inputsForImport(live);
        const state = { id: idOf(live.metadata), inputs: concealObject(found, secrets), outputs: outputsOf(live, found, secrets, managerOf(urn, outputs)) };
        const progress = known && !isPatch(type, inputs) ? await checkReadiness(live, cluster) : undefined;
        // Recorded with the resource: the next up then waits until it is ready, instead of calling it unchanged.
        if (progress !== undefined && progress.state !== "ready") throw new InitFailed(state.id, state.outputs, state.inputs, [`"${state.id}" is not ready: ${progress.message}`]);
        return state;
    }

    async delete({ urn, type, id, inputs, outputs, timeout }: DeleteRequest): Promise<void> {
        const state = { ...revealProps(inputs), ...revealProps(outputs) };
        try {
            const cluster = this.connected();
            const reference = await this.referenceFrom(type, id, state, {});
            const found = await cluster.find(reference, PATIENCE);
            if (found === undefined) return;
            if (isPatch(type, state)) return await this.relinquish(urn, reference, outputs);
            const owner = found.metadata.annotations?.[OWNER];
            if (owner !== undefined && owner !== urn) {
                this.engine.warn(urn, `${found.kind} ${id} is left in place: it now belongs to ${owner}`);
                return;
            }
            await remove(found, reference, cluster, this.waiting(urn, timeout, found));
        } catch (error) {
            if (error instanceof ApiError && error.notFound) return;
            if (error instanceof Unreachable && this.settings?.deleteUnreachable) return;
            throw explain(error, id);
        }
    }

    async invoke(token: string, args: Props): Promise<{ result: Props }> {
        const { text, defaultNamespace } = revealProps(args);
        if (token === "kubernetes:yaml:decode" && typeof text === "string") return { result: { result: decodeManifests(text, typeof defaultNamespace === "string" ? defaultNamespace : undefined) } };
        throw new PluginError(`this machine's stand-in for the Kubernetes plugin cannot do ${token}; install the official plugin for that`);
    }

    cancel(): void {
        this.stopping = true;
    }

    private connected(): ClusterAccess {
        if (this.cluster === undefined) throw this.problem ?? new Unreachable(undefined, "", "the provider was not configured");
        return this.cluster;
    }

    /** What the API server would make of the inputs; the inputs themselves where it cannot be asked. */
    private async preview(request: CreateRequest, inputs: Props, secrets: ReadonlySet<Path>, creating: boolean): Promise<Props> {
        const fallback = (): Props => ({ ...concealObject(fromInputs(inputs), secrets), __inputs: concealObject(inputs, secrets) });
        if (hasUnknown(inputs)) return fallback();
        try {
            const object = await this.complete(inputs);
            const existing = creating && !isPatch(request.type, inputs) ? await this.connected().find(referenceOf(object)) : undefined;
            if (existing !== undefined) {
                // Either it will have been deleted by then, or the real run will say what is wrong.
                if (existing.metadata.annotations?.[OWNER] !== request.urn && existing.metadata.deletionTimestamp === undefined && !this.settings?.upsert) {
                    this.engine.warn(request.urn, `${object.kind} ${idOf(object.metadata)} exists already and does not belong to this resource; creating it will fail unless it is deleted or imported first`);
                }
                return fallback();
            }
            const dry = await this.connected().apply(object, { fieldManager: fieldManager(request.urn), force: creating || this.forced(inputs), dryRun: true });
            return concealObject({ ...fromDryRun(outputsOf(dry, inputs, new Set(), fieldManager(request.urn)), inputs, creating), __inputs: inputs }, secrets);
        } catch (error) {
            if (error instanceof Unreachable) this.warnUnreachable(request.urn, error);
            else if (!(error instanceof NoSuchKind || (error instanceof ApiError && error.namespaceMissing))) throw explain(error, `${String(inputs.kind)} ${request.name}`);
            return fallback();
        }
    }

    /** Applies the object and waits until it is ready. */
    private async write(request: CreateRequest, object: KubeObject, secrets: ReadonlySet<Path>, inputs: Props, done: string): Promise<KubeObject> {
        const patch = isPatch(request.type, inputs);
        const manager = "oldOutputs" in request ? managerOf(request.urn, (request as UpdateRequest).oldOutputs) : fieldManager(request.urn);
        const owned = patch ? object : { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [OWNER]: request.urn } } };
        const force = this.forced(inputs) || (!("oldOutputs" in request) && !patch && !this.settings?.upsert);
        const applied = await this.connected().apply(owned, { fieldManager: manager, force, dryRun: false, patience: PATIENCE });
        if (patch) return applied;
        const { live, failure } = await awaitReady(applied, this.connected(), this.waiting(request.urn, request.timeout, object));
        if (failure === undefined) return live;
        const id = idOf(live.metadata);
        const reason = `resource "${id}" was successfully ${done}, but the Kubernetes API server reported that it failed to fully initialize or become live: ${failure}`;
        throw new InitFailed(id, outputsOf(live, inputs, secrets, manager), request.inputs, [reason]);
    }

    /** Makes sure that creating `object` does not take over what someone else made. */
    private async makeWay(request: CreateRequest, object: KubeObject): Promise<void> {
        if (isPatch(request.type, asProps(object)) || this.settings?.upsert) return;
        const cluster = this.connected();
        const { kind } = object;
        const existing = await cluster.find(referenceOf(object), PATIENCE);
        if (existing === undefined) return;
        if (existing.metadata.deletionTimestamp !== undefined) return awaitGone(existing, referenceOf(object), cluster, this.waiting(request.urn, request.timeout, object));
        const own = existing.metadata.annotations?.[OWNER] === request.urn;
        const id = idOf(object.metadata);
        if (own && existing.metadata.uid !== this.recorded.get(request.urn)) {
            this.engine.progress(request.urn, `${kind} ${id} was already created by an interrupted run`);
            return;
        }
        if (own) throw new PluginError(`${kind} ${id} exists already: it is the object to be replaced. Let it be deleted first (resource option deleteBeforeReplace), or give the new one another name.`);
        throw new PluginError(`resource ${id} was not successfully created by the Kubernetes API server: ${kind} "${object.metadata.name}" already exists. Import it (pulumi import ${request.type} ${request.name} ${id}), delete it, or choose another name.`);
    }

    /** Gives up the fields that a Patch resource had set, without touching the object otherwise. */
    private async relinquish(urn: string, reference: Reference, outputs: Props): Promise<void> {
        const { apiVersion, kind, name, namespace } = reference;
        await this.connected().apply({ apiVersion, kind, metadata: { name, namespace } }, { fieldManager: managerOf(urn, outputs), force: false, dryRun: false, patience: PATIENCE });
    }

    private async assignNamespace(inputs: Props): Promise<void> {
        const metadata = inputs.metadata as Props;
        const namespaced = await this.isNamespaced(String(inputs.apiVersion), String(inputs.kind));
        if (namespaced === true && metadata.namespace === undefined) metadata.namespace = this.settings?.namespace ?? "default";
        if (namespaced === false) delete metadata.namespace;
    }

    /** Nothing, when it cannot be known now. */
    private async isNamespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
        const scope = builtInScope(apiVersion, kind);
        if (scope !== undefined) return scope === "namespaced";
        try {
            return await this.cluster?.namespaced(apiVersion, kind);
        } catch (error) {
            if (error instanceof NoSuchKind || error instanceof Unreachable) return undefined;
            throw error;
        }
    }

    /** The object as it is sent: with a namespace, if its kind has turned out to need one only after `check`. */
    private async complete(inputs: Props): Promise<KubeObject> {
        const object = structuredClone(inputs);
        this.connected();
        await this.assignNamespace(object);
        return asObject(object);
    }

    private async isUnready(inputs: Props): Promise<boolean> {
        try {
            const live = await this.connected().find(referenceOf(asObject(inputs)));
            return live !== undefined && (await checkReadiness(live, this.connected())).state !== "ready";
        } catch {
            // The question decides between update and replacement only; the operation itself will report what is wrong.
            return false;
        }
    }

    /** Which object a resource is: from its state, else from its type and identifier. */
    private async referenceFrom(type: string, id: string, outputs: Props, inputs: Props): Promise<Reference> {
        const token = typeToken(type);
        const apiVersion = String(outputs.apiVersion ?? inputs.apiVersion ?? token.apiVersion);
        const kind = String(outputs.kind ?? inputs.kind ?? token.kind);
        const slash = id.indexOf("/");
        const namespace = slash >= 0 ? id.slice(0, slash) : (await this.isNamespaced(apiVersion, kind)) ? this.settings?.namespace : undefined;
        return { apiVersion, kind, name: id.slice(slash + 1), namespace };
    }

    private forced(inputs: Props): boolean {
        const given = annotation(inputs, "pulumi.com/patchForce");
        return given === undefined ? (this.settings?.patchForce ?? false) : given === "true";
    }

    private waiting(urn: string, timeout: number, object: KubeObject): Waiting {
        return { timeout: timeoutOf(timeout, object.metadata.annotations), stopped: () => this.stopping, tell: (message) => this.engine.progress(urn, message) };
    }

    private warnUnreachable(urn: string, error: Unreachable): void {
        if (this.warnedUnreachable) return;
        this.warnedUnreachable = true;
        this.engine.warn(urn, `${error.message} The preview is limited to what the program says.`);
    }
}

/** A resource such as DeploymentPatch, which sets fields of an object that it does not own. */
function isPatch(type: string, object: Props): boolean {
    return type.slice(type.lastIndexOf(":") + 1) === `${String(object.kind)}Patch`;
}

function missingName(inputs: Props): string | undefined {
    return isObject(inputs.metadata) && inputs.metadata.name ? undefined : "is required for a Patch resource: it must name an existing object";
}

/** The manager that owns the fields, also when another version of the plugin chose its name. */
function managerOf(urn: string, outputs: Props): string {
    const recorded = reveal(outputs.__fieldManager ?? null);
    return typeof recorded === "string" ? recorded : fieldManager(urn);
}

/** Old inputs with the namespace that the object turned out to have, so that learning it later is no change. */
function withIdentity(inputs: Props, outputs: Props): Props {
    const [given, actual] = [inputs.metadata, outputs.metadata];
    if (!isObject(given) || !isObject(actual) || given.namespace !== undefined || actual.namespace === undefined) return inputs;
    return { ...inputs, metadata: { ...given, namespace: reveal(actual.namespace) } };
}
