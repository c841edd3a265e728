/** Puts a provider on gRPC, as the engine expects a plugin: it prints its port and serves until it is ended. */
import { flushCompileCache } from "node:module";
import { Server, ServerCredentials, status, type handleUnaryCall, type ServerUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Message } from "google-protobuf";
import { PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { rootOf, touches } from "./diff";
import { connectEngine, silent, type Engine } from "./engine";
import { PluginError, toServiceError } from "./failure";
import type { CheckRequest, CheckResult, DiffRequest, DiffResult, Provider } from "./provider";
import { fromStruct, toStruct, type Props, type Value } from "./values";
import { watchParent } from "./watchdog";

const MESSAGE_LIMIT = 400 * 1024 * 1024;

/** Starts a plugin process for `provider`; the address of the engine is its last argument. */
export async function serve(provider: Provider): Promise<void> {
    const address = process.argv.slice(2).filter((argument) => !argument.startsWith("-")).pop();
    // A plugin that was started by hand for debugging has no engine to talk to.
    const port = await listen(provider, address === undefined ? silent : connectEngine(address));
    watchParent();
    // Node keeps what it has compiled (NODE_COMPILE_CACHE) at its end; the engine ends a plugin without notice.
    setTimeout(flushCompileCache, 1_000).unref();
    process.stdout.write(`${port}\n`);
}

/** Serves on a free port of the loopback interface. */
export async function listen(provider: Provider, engine: Engine): Promise<number> {
    const server = createServer();
    server.addService(ResourceProviderService, handlers(provider, () => engine));
    return bind(server);
}

export interface Attachable {
    port: number;
    close(): void;
}

/** Serves a provider in this very process, for an engine that is told of it and tells its own address when it attaches. */
export async function attachable(provider: Provider): Promise<Attachable> {
    const server = createServer();
    let engine = silent;
    server.addService(ResourceProviderService, handlers(provider, () => engine, (address) => void (engine = connectEngine(address))));
    return { port: await bind(server), close: () => server.forceShutdown() };
}

export function createServer(): Server {
    return new Server({ "grpc.max_receive_message_length": MESSAGE_LIMIT, "grpc.max_send_message_length": MESSAGE_LIMIT });
}

export function bind(server: Server): Promise<number> {
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
    });
}

function handlers(provider: Provider, engine: () => Engine, attach: (address: string) => void = () => undefined): UntypedServiceImplementation {
    return {
        handshake: unary<pb.ProviderHandshakeRequest, pb.ProviderHandshakeResponse>(async () => {
            const response = new pb.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        getPluginInfo: unary<Empty, PluginInfo>(async () => new PluginInfo().setVersion(provider.version)),
        getSchema: unary<pb.GetSchemaRequest, pb.GetSchemaResponse>(async () => new pb.GetSchemaResponse().setSchema(JSON.stringify({ name: provider.name, version: provider.version }))),
        checkConfig: unary<pb.CheckRequest, pb.CheckResponse>(async (request) => {
            const asked = checkRequest(request);
            return checkResponse(provider.checkConfig === undefined ? { inputs: asked.news } : await provider.checkConfig(asked));
        }),
        diffConfig: unary<pb.DiffRequest, pb.DiffResponse>(async (request) => {
            if (provider.diffConfig === undefined) return new pb.DiffResponse();
            return diffResponse(await provider.diffConfig(diffRequest(request)));
        }),
        configure: unary<pb.ConfigureRequest, pb.ConfigureResponse>(async (request) => {
            await provider.configure?.(configuration(request), engine());
            const response = new pb.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        check: unary<pb.CheckRequest, pb.CheckResponse>(async (request) => checkResponse(await provider.check(checkRequest(request)))),
        diff: unary<pb.DiffRequest, pb.DiffResponse>(async (request) => diffResponse(await provider.diff(diffRequest(request)))),
        create: unary<pb.CreateRequest, pb.CreateResponse>(async (request) => {
            const { id, outputs } = await provider.create({ ...resource(request), inputs: fromStruct(request.getProperties()), preview: request.getPreview(), timeout: request.getTimeout() * 1000 });
            const response = new pb.CreateResponse();
            response.setId(id);
            response.setProperties(toStruct(outputs));
            return response;
        }),
        update: unary<pb.UpdateRequest, pb.UpdateResponse>(async (request) => {
            const { outputs } = await provider.update({
                ...resource(request),
                id: request.getId(),
                oldInputs: fromStruct(request.getOldInputs()),
                oldOutputs: fromStruct(request.getOlds()),
                inputs: fromStruct(request.getNews()),
                preview: request.getPreview(),
                timeout: request.getTimeout() * 1000,
            });
            return new pb.UpdateResponse().setProperties(toStruct(outputs));
        }),
        read: unary<pb.ReadRequest, pb.ReadResponse>(async (request) => {
            const found = await provider.read({ ...resource(request), id: request.getId(), inputs: fromStruct(request.getInputs()), outputs: fromStruct(request.getProperties()) });
            const response = new pb.ReadResponse();
            if (found === undefined) return response;
            response.setId(found.id);
            response.setInputs(toStruct(found.inputs));
            response.setProperties(toStruct(found.outputs));
            return response;
        }),
        delete: unary<pb.DeleteRequest, Empty>(async (request) => {
            await provider.delete({ ...resource(request), id: request.getId(), inputs: fromStruct(request.getOldInputs()), outputs: fromStruct(request.getProperties()), timeout: request.getTimeout() * 1000 });
            return new Empty();
        }),
        invoke: unary<pb.InvokeRequest, pb.InvokeResponse>(async (request) => {
            if (provider.invoke === undefined) throw new PluginError(`the ${provider.name} plugin has no function ${request.getTok()}`, status.UNIMPLEMENTED);
            const answer = await provider.invoke(request.getTok(), fromStruct(request.getArgs()));
            const response = new pb.InvokeResponse();
            if ("result" in answer) response.setReturn(toStruct(answer.result));
            else response.setFailuresList(failures(answer.failures));
            return response;
        }),
        cancel: unary<Empty, Empty>(async () => {
            provider.cancel?.();
            return new Empty();
        }),
        attach: unary<PluginAttach, Empty>(async (request) => {
            attach(request.getAddress());
            return new Empty();
        }),
    };
}

/** A gRPC handler from an asynchronous function; what it throws becomes the failure of the call. */
export function unary<Request extends Message, Response extends Message>(work: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>): handleUnaryCall<Request, Response> {
    return (call, callback) => {
        work(call.request, call).then(
            (response) => callback(null, response),
            (error: unknown) => callback(toServiceError(error)),
        );
    };
}

function resource(request: { getUrn(): string; getType(): string; getName(): string }): { urn: string; type: string; name: string } {
    return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

function checkRequest(request: pb.CheckRequest): CheckRequest {
    const naming = request.getAutonaming();
    return {
        ...resource(request),
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        seed: request.getRandomseed_asU8(),
        proposedName: naming?.getProposedName() || undefined,
        namingDisabled: naming?.getMode() === pb.CheckRequest.AutonamingOptions.Mode.DISABLE,
    };
}

function checkResponse(result: CheckResult): pb.CheckResponse {
    const response = new pb.CheckResponse();
    response.setInputs(toStruct(result.inputs));
    response.setFailuresList(failures(result.failures ?? []));
    return response;
}

function failures(list: { property: string; reason: string }[]): pb.CheckFailure[] {
    return list.map(({ property, reason }) => new pb.CheckFailure().setProperty(property).setReason(reason));
}

function diffRequest(request: pb.DiffRequest): DiffRequest {
    return { ...resource(request), id: request.getId(), oldInputs: fromStruct(request.getOldInputs()), oldOutputs: fromStruct(request.getOlds()), newInputs: fromStruct(request.getNews()) };
}

const KINDS = {
    add: [pb.PropertyDiff.Kind.ADD, pb.PropertyDiff.Kind.ADD_REPLACE],
    delete: [pb.PropertyDiff.Kind.DELETE, pb.PropertyDiff.Kind.DELETE_REPLACE],
    update: [pb.PropertyDiff.Kind.UPDATE, pb.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function diffResponse(result: DiffResult): pb.DiffResponse {
    const replaces = result.replaces ?? [];
    const paths = [...result.changes.keys()];
    const response = new pb.DiffResponse();
    response.setChanges(paths.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE);
    response.setDiffsList([...new Set(paths.map(rootOf))]);
    response.setReplacesList(replaces);
    response.setDeletebeforereplace(result.deleteBeforeReplace === true);
    response.setHasdetaileddiff(true);
    for (const [path, change] of result.changes) {
        const forced = replaces.some((replaced) => touches(path, replaced));
        response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(KINDS[change][forced ? 1 : 0]).setInputdiff(true));
    }
    return response;
}

/** Configuration arrives typed from newer engines; as a last resort each variable is JSON, or else plain text. */
function configuration(request: pb.ConfigureRequest): Props {
    const args = request.getArgs();
    const props: Props = args === undefined ? Object.fromEntries(request.getVariablesMap().toObject(true).map(([key, text]) => [key.slice(key.lastIndexOf(":") + 1), text])) : fromStruct(args);
    return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, parsed(value)]));
}

function parsed(value: Value): Value {
    if (typeof value !== "string" || !/^\s*(true|false|\{|\[|-?\d+(\.\d+)?\s*$)/.test(value)) return value;
    try {
        return JSON.parse(value) as Value;
    } catch {
        return value;
    }
}
