/**
 * A provider that has no cluster behind it: what it is told to make, it has made, and it counts.
 * The engine, the language host and the pack are real in these tests; what a cluster would answer is not their matter.
 */
import * as grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import plugin from "@pulumi/pulumi/proto/plugin_pb";
import provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Handler = (request: never) => unknown;

export interface EchoProvider {
    readonly port: number;
    /** URNs of what was really made, previews not counted. */
    readonly made: string[];
    /** The inputs of each, as they came from the engine. */
    readonly inputs: ReadonlyMap<string, unknown>;
    stop(): void;
}

/** Starts the provider; attach it with `PULUMI_DEBUG_PROVIDERS=kubernetes:<port>`. */
export async function startEchoProvider(): Promise<EchoProvider> {
    const made: string[] = [];
    const inputs = new Map<string, unknown>();
    const handlers: Record<string, Handler> = {
        handshake: () => fill(new provider.ProviderHandshakeResponse(), response => response.setAcceptSecrets(true)),
        getPluginInfo: () => fill(new plugin.PluginInfo(), response => response.setVersion("4.34.2")),
        attach: () => new Empty(),
        cancel: () => new Empty(),
        checkConfig: (request: provider.CheckRequest) => fill(new provider.CheckResponse(), response => response.setInputs(request.getNews())),
        diffConfig: () => new provider.DiffResponse(),
        configure: () => fill(new provider.ConfigureResponse(), response => response.setSupportspreview(true)),
        check: (request: provider.CheckRequest) => fill(new provider.CheckResponse(), response => response.setInputs(request.getNews())),
        create: (request: provider.CreateRequest) => {
            if (!request.getPreview()) {
                made.push(request.getUrn());
                inputs.set(request.getUrn(), request.getProperties()?.toJavaScript());
            }
            return fill(new provider.CreateResponse(), response => {
                response.setId(request.getPreview() ? "" : "made");
                response.setProperties(request.getProperties() ?? Struct.fromJavaScript({}));
            });
        },
        diff: (request: provider.DiffRequest) => fill(new provider.DiffResponse(), response => {
            const [before, now] = [request.getOlds(), request.getNews()].map(struct => JSON.stringify(sorted(struct?.toJavaScript())));
            response.setChanges(before === now ? provider.DiffResponse.DiffChanges.DIFF_NONE : provider.DiffResponse.DiffChanges.DIFF_SOME);
        }),
        update: (request: provider.UpdateRequest) => fill(new provider.UpdateResponse(), response => {
            if (!request.getPreview()) inputs.set(request.getUrn(), request.getNews()?.toJavaScript());
            response.setProperties(request.getNews() ?? Struct.fromJavaScript({}));
        }),
        delete: () => new Empty(),
    };
    const server = new grpc.Server();
    const service = providerGrpc.ResourceProviderService as unknown as grpc.ServiceDefinition;
    const methods = Object.keys(service).filter(name => handlers[name]);
    server.addService(service, Object.fromEntries(methods.map(name => [name, answer(handlers[name]!)])));
    const port = await new Promise<number>((resolve, reject) => server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
    return { port, made, inputs, stop: () => server.forceShutdown() };
}

function answer(handler: Handler): grpc.UntypedHandleCall {
    return ((call, done) => done(null, handler(call.request))) as grpc.handleUnaryCall<never, unknown> as unknown as grpc.UntypedHandleCall;
}

function fill<T>(message: T, change: (message: T) => void): T {
    change(message);
    return message;
}

/** With all keys in order, so that equal things read alike. */
function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
