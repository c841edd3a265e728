/**
 * The messages of Modal's API that this plugin uses, with the field numbers of the vendor's client for Python, 1.6.4
 * (modal_proto/api_pb2.py). Modal publishes no description of its API, so this is where it is written down.
 */
import { Root, type INamespace } from "protobufjs";

export const clientVersion = "1.6.4";
export const service = "/modal.client.ModalClient/";

export const enum CreationType { Lookup = 0, CreateIfMissing = 1, OverwriteIfExists = 3 }
export const enum Namespace { Workspace = 1, Global = 3 }
export const enum AppState { Deployed = 3, Stopping = 4, Stopped = 5 }
export const enum BuildStatus { Pending = 0, Success = 1 }

const text = (id: number) => ({ type: "string", id });
const number = (id: number) => ({ type: "uint32", id });
const flag = (id: number) => ({ type: "bool", id });
const message = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id });
const map = (id: number) => ({ keyType: "string", type: "string", id });

const description: INamespace = {
    nested: {
        Empty: { fields: {} },
        EnvironmentGetOrCreateRequest: { fields: { deploymentName: text(1), objectCreationType: message("int32", 2) } },
        EnvironmentGetOrCreateResponse: { fields: { environmentId: text(1), metadata: message("EnvironmentMetadata", 2) } },
        EnvironmentMetadata: { fields: { name: text(1), settings: message("EnvironmentSettings", 2) } },
        EnvironmentSettings: { fields: { imageBuilderVersion: text(1) } },

        SecretGetOrCreateRequest: { fields: { deploymentName: text(1), environmentName: text(3), objectCreationType: message("int32", 4), envDict: map(5) } },
        SecretGetOrCreateResponse: { fields: { secretId: text(1) } },
        SecretUpdateRequest: { fields: { secretId: text(1), updates: list("SecretUpdate", 2) } },
        SecretUpdate: { fields: { key: text(1), value: { ...text(2), options: { proto3_optional: true } } } },
        SecretGetInfoRequest: { fields: { secretId: text(1) } },
        SecretGetInfoResponse: { fields: { metadata: message("SecretMetadata", 1) } },
        SecretMetadata: { fields: { name: text(1), keys: list("string", 3), environmentName: text(4) } },
        SecretDeleteRequest: { fields: { secretId: text(1) } },

        AppGetOrCreateRequest: { fields: { appName: text(1), environmentName: text(2), objectCreationType: message("int32", 3) } },
        AppGetOrCreateResponse: { fields: { appId: text(1) } },
        AppGetByDeploymentNameRequest: { fields: { name: text(2), environmentName: text(4) } },
        AppGetByDeploymentNameResponse: { fields: { appId: text(1), lifecycle: message("AppLifecycle", 4) } },
        AppLifecycle: { fields: { appState: message("int32", 1), version: message("int32", 6) } },
        AppGetLayoutRequest: { fields: { appId: text(1) } },
        AppGetLayoutResponse: { fields: { appLayout: message("AppLayout", 1) } },
        AppLayout: { fields: { functionIds: map(2) } },
        AppPublishRequest: { fields: { appId: text(1), name: text(2), deploymentTag: text(3), appState: message("int32", 4), functionIds: map(5), definitionIds: map(7), clientVersion: text(9) } },
        AppPublishResponse: { fields: { url: text(1) } },
        AppStopRequest: { fields: { appId: text(1), source: message("int32", 2) } },

        MountGetOrCreateRequest: { fields: { deploymentName: text(1), namespace: message("int32", 2) } },
        MountGetOrCreateResponse: { fields: { mountId: text(1) } },

        Image: { fields: { dockerfileCommands: list("string", 6), contextFiles: list("ImageContextFile", 7), gpuConfig: message("GpuConfig", 16) } },
        ImageContextFile: { fields: { filename: text(1), data: { type: "bytes", id: 2 } } },
        ImageGetOrCreateRequest: { fields: { image: message("Image", 2), appId: text(4), namespace: message("int32", 8), builderVersion: text(9) } },
        ImageGetOrCreateResponse: { fields: { imageId: text(1), result: message("GenericResult", 2) } },
        ImageJoinStreamingRequest: { fields: { imageId: text(1), timeout: { type: "float", id: 2 }, lastEntryId: text(3) } },
        ImageJoinStreamingResponse: { fields: { result: message("GenericResult", 1), taskLogs: list("TaskLogs", 2), entryId: text(3) } },
        TaskLogs: { fields: { data: text(1) } },
        GenericResult: { fields: { status: message("int32", 1), exception: text(2) } },

        Function: {
            fields: {
                moduleName: text(1), functionName: text(2), mountIds: list("string", 3), imageId: text(4), definitionType: message("int32", 7), functionType: message("int32", 8),
                resources: message("Resources", 9), secretIds: list("string", 10), webhookConfig: message("WebhookConfig", 15), concurrencyLimit: number(19), timeoutSecs: number(21),
                taskIdleTimeoutSecs: number(25), warmPoolSize: number(27), appName: text(31), maxConcurrentInputs: number(34), objectDependencies: list("ObjectDependency", 43),
                methodDefinitionsSet: flag(75), autoscalerSettings: message("AutoscalerSettings", 79), mountClientDependencies: flag(82), startupTimeoutSecs: number(86), implementationName: text(90),
            },
        },
        ObjectDependency: { fields: { objectId: text(1) } },
        Resources: { fields: { memoryMb: number(2), milliCpu: number(3), gpuConfig: message("GpuConfig", 4) } },
        GpuConfig: { fields: { count: number(2), gpuType: text(4) } },
        AutoscalerSettings: { fields: { minContainers: number(1), maxContainers: number(2), scaledownWindow: number(5) } },
        WebhookConfig: { fields: { type: message("int32", 1), requestedSuffix: text(4), asyncMode: message("int32", 5), webServerPort: number(7), webServerStartupTimeout: { type: "float", id: 8 }, requiresProxyAuth: flag(10) } },
        FunctionPrecreateRequest: { fields: { appId: text(1), functionName: text(2), existingFunctionId: text(3), functionType: message("int32", 4), webhookConfig: message("WebhookConfig", 5) } },
        FunctionPrecreateResponse: { fields: { functionId: text(1) } },
        FunctionCreateRequest: { fields: { function: message("Function", 1), appId: text(2), existingFunctionId: text(7) } },
        FunctionCreateResponse: { fields: { functionId: text(1), handleMetadata: message("FunctionHandleMetadata", 5) } },
        FunctionHandleMetadata: { fields: { webUrl: text(28), definitionId: text(42) } },
    },
};

const types = Root.fromJSON(description);

/** The messages of one call. */
export interface Codec<Asked extends object, Answered extends object> {
    encode(value: Asked): Buffer;
    decode(bytes: Buffer): Answered;
}

export function codec<T extends object>(name: string): Codec<T, T> {
    const type = types.lookupType(name);
    return {
        encode(value) {
            const wrong = type.verify(value);
            if (wrong !== null) throw new Error(`${name}: ${wrong}`);
            return Buffer.from(type.encode(type.create(value)).finish());
        },
        decode: (bytes) => type.toObject(type.decode(bytes), { defaults: true, longs: Number, bytes: Buffer }) as T,
    };
}
