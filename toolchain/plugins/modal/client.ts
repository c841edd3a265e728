/** Modal's API: gRPC, as the vendor's own clients speak it. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { PluginError } from "../sdk/failure";
import { AppState, BuildStatus, clientVersion, codec, CreationType, Namespace, service } from "./messages";

export const modalApi = "https://api.modal.com:443";

/** A function that starts an HTTP server, and what it runs on. */
export interface WebFunction {
    readonly app: string;
    readonly environment: string;
    /** Lines of a Dockerfile, beginning with FROM. */
    readonly imageCommands: readonly string[];
    /** Files that COPY finds, by name. */
    readonly imageFiles: Readonly<Record<string, string>>;
    readonly module: string;
    readonly function: string;
    readonly port: number;
    readonly gpu?: string | undefined;
    readonly gpus: number;
    readonly cpuMillis: number;
    readonly memoryMb: number;
    readonly timeoutSeconds: number;
    readonly startupSeconds: number;
    readonly minContainers: number;
    readonly maxContainers: number;
    readonly idleSeconds: number;
    readonly concurrentRequests: number;
    readonly secretIds: readonly string[];
}

export interface Deployed {
    readonly appId: string;
    readonly functionId: string;
    readonly imageId: string;
    readonly url: string;
}

/** Refusals that pass by themselves. Each call carries a key by which Modal knows that it is the same call again. */
const passing = new Set<number>([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.INTERNAL, status.UNKNOWN, status.ABORTED]);
const attempts = 6;
const buildLimit = 1_800_000;
const functionTypes = { definition: 2 /* a file */, kind: 2 /* no generator */, webServer: 4, asyncAuto: 4 } as const;

export class ModalClient {
    private readonly grpc: Client;
    private readonly metadata = new Metadata();

    /** @param pause milliseconds before a call is made again */
    constructor(baseUrl: string, token: { readonly id: string; readonly secret: string }, private readonly pause = 500, private readonly timeout = 60_000) {
        const { protocol, host } = new URL(baseUrl);
        this.grpc = new Client(host, protocol === "https:" ? credentials.createSsl() : credentials.createInsecure());
        const headers = { "x-modal-client-type": "1", "x-modal-client-version": clientVersion, "x-modal-token-id": token.id, "x-modal-token-secret": token.secret };
        for (const [key, value] of Object.entries(headers)) this.metadata.set(key, value);
    }

    /** Makes a secret, or gives one of that name these values. */
    async putSecret(name: string, environment: string, values: Readonly<Record<string, string>>): Promise<string> {
        const { secretId } = await this.call<{ secretId: string }>("SecretGetOrCreate", { deploymentName: name, environmentName: environment, objectCreationType: CreationType.OverwriteIfExists, envDict: values });
        return secretId;
    }

    async updateSecret(secretId: string, values: Readonly<Record<string, string>>, gone: readonly string[]): Promise<void> {
        const updates = [...Object.entries(values).map(([key, value]) => ({ key, value })), ...gone.map((key) => ({ key }))];
        await this.call("SecretUpdate", { secretId, updates }, "Empty");
    }

    async secret(secretId: string): Promise<{ name: string; environment: string; keys: readonly string[] } | undefined> {
        const answer = await this.find<{ metadata: { name: string; keys: string[]; environmentName: string } }>("SecretGetInfo", { secretId });
        return answer === undefined ? undefined : { name: answer.metadata.name, environment: answer.metadata.environmentName, keys: answer.metadata.keys };
    }

    async deleteSecret(secretId: string): Promise<void> {
        await this.find("SecretDelete", { secretId }, "Empty");
    }

    /** The app that is deployed under this name; undefined when there is none, or when it was stopped. */
    async app(name: string, environment: string): Promise<{ appId: string; version: number } | undefined> {
        const answer = await this.find<{ appId: string; lifecycle: { appState: number; version: number } | null }>("AppGetByDeploymentName", { name, environmentName: environment });
        if (answer === undefined || answer.appId === "" || answer.lifecycle?.appState === AppState.Stopped || answer.lifecycle?.appState === AppState.Stopping) return undefined;
        return { appId: answer.appId, version: answer.lifecycle?.version ?? 0 };
    }

    /** Builds the image, registers the function and publishes the app. Done again with the same, it changes nothing. */
    async deploy(wanted: WebFunction): Promise<Deployed> {
        const builderVersion = await this.builderVersion(wanted.environment);
        const { appId } = await this.call<{ appId: string }>("AppGetOrCreate", { appName: wanted.app, environmentName: wanted.environment, objectCreationType: CreationType.CreateIfMissing });
        const { appLayout } = await this.call<{ appLayout: { functionIds: Record<string, string> } | null }>("AppGetLayout", { appId });
        const imageId = await this.buildImage(appId, wanted, builderVersion);
        // The vendor's own runtime, which imports the module and starts the server; the same for all customers.
        const { mountId } = await this.call<{ mountId: string }>("MountGetOrCreate", { deploymentName: `modal-client-mount-${clientVersion}`, namespace: Namespace.Global });
        const webhookConfig = { type: functionTypes.webServer, requestedSuffix: "", asyncMode: functionTypes.asyncAuto, webServerPort: wanted.port, webServerStartupTimeout: wanted.startupSeconds, requiresProxyAuth: true };
        const existing = appLayout?.functionIds[wanted.function] ?? "";
        const { functionId } = await this.call<{ functionId: string }>("FunctionPrecreate", { appId, functionName: wanted.function, existingFunctionId: existing, functionType: functionTypes.kind, webhookConfig });
        const created = await this.call<{ functionId: string; handleMetadata: { webUrl: string; definitionId: string } }>("FunctionCreate", {
            appId,
            existingFunctionId: functionId,
            function: {
                moduleName: wanted.module, functionName: wanted.function, implementationName: wanted.function, appName: wanted.app, imageId, mountIds: [mountId], secretIds: [...wanted.secretIds],
                definitionType: functionTypes.definition, functionType: functionTypes.kind, webhookConfig, methodDefinitionsSet: true, mountClientDependencies: true,
                objectDependencies: [imageId, mountId, ...wanted.secretIds].map((objectId) => ({ objectId })),
                resources: { milliCpu: wanted.cpuMillis, memoryMb: wanted.memoryMb, gpuConfig: wanted.gpu === undefined ? {} : { gpuType: wanted.gpu, count: wanted.gpus } },
                timeoutSecs: wanted.timeoutSeconds, startupTimeoutSecs: wanted.startupSeconds, maxConcurrentInputs: wanted.concurrentRequests,
                autoscalerSettings: { minContainers: wanted.minContainers, maxContainers: wanted.maxContainers, scaledownWindow: wanted.idleSeconds },
                warmPoolSize: wanted.minContainers, concurrencyLimit: wanted.maxContainers, taskIdleTimeoutSecs: wanted.idleSeconds,
            },
        });
        await this.call("AppPublish", {
            appId, name: wanted.app, appState: AppState.Deployed, clientVersion,
            functionIds: { [wanted.function]: created.functionId },
            definitionIds: { [created.functionId]: created.handleMetadata.definitionId },
        });
        return { appId, functionId: created.functionId, imageId, url: created.handleMetadata.webUrl };
    }

    async stop(appId: string): Promise<void> {
        await this.find("AppStop", { appId, source: 1 }, "Empty");
    }

    private async builderVersion(environment: string): Promise<string> {
        const { metadata } = await this.call<{ metadata: { settings: { imageBuilderVersion: string } | null } }>("EnvironmentGetOrCreate", { deploymentName: environment, objectCreationType: CreationType.Lookup });
        const version = metadata.settings?.imageBuilderVersion ?? "";
        // Older ones want the runtime's Python packages inside the image.
        if (version !== "PREVIEW" && !(version > "2024.10")) throw new PluginError(`the Modal environment "${environment}" builds images the way of ${version || "no version"}; choose 2025.06 or later in its settings`);
        return version;
    }

    private async buildImage(appId: string, wanted: WebFunction, builderVersion: string): Promise<string> {
        const image = {
            dockerfileCommands: [...wanted.imageCommands],
            contextFiles: Object.entries(wanted.imageFiles).map(([filename, content]) => ({ filename, data: Buffer.from(content) })),
            gpuConfig: {},
        };
        const { imageId, result } = await this.call<{ imageId: string; result: Result | null }>("ImageGetOrCreate", { appId, image, namespace: Namespace.Workspace, builderVersion });
        const built = (result?.status ?? BuildStatus.Pending) === BuildStatus.Pending ? await this.joinBuild(imageId) : result!;
        if (built.status !== BuildStatus.Success) throw new PluginError(`Modal could not build the image of "${wanted.app}": ${built.exception || "see modal.com for its log"}`);
        return imageId;
    }

    /** Follows a build to its end; the stream breaks every minute, and goes on where it was. */
    private async joinBuild(imageId: string): Promise<Result> {
        const log: string[] = [];
        for (const end = Date.now() + buildLimit, seen = { entry: "", broken: 0 }; ; ) {
            try {
                for await (const { result, taskLogs, entryId } of this.stream<{ result: Result | null; taskLogs: { data: string }[]; entryId: string }>("ImageJoinStreaming", { imageId, timeout: 55, lastEntryId: seen.entry })) {
                    if (entryId !== "") seen.entry = entryId;
                    log.push(...taskLogs.map(({ data }) => data));
                    if (result !== null && result.status !== BuildStatus.Pending) return { ...result, exception: result.exception || log.join("").trim().split("\n").slice(-5).join("\n") };
                }
                seen.broken = 0;
            } catch (error) {
                if (!passing.has((error as ServiceError).code) || ++seen.broken >= attempts) throw failure("ImageJoinStreaming", error as ServiceError);
                await sleep(this.pause);
            }
            if (Date.now() >= end) throw new PluginError(`Modal has not built the image ${imageId} after ${buildLimit / 60_000} minutes`);
        }
    }

    /** Like `call`, but undefined when there is no such thing. */
    private async find<Answer extends object>(method: string, asked: object, answer?: string): Promise<Answer | undefined> {
        try {
            return await this.call<Answer>(method, asked, answer);
        } catch (error) {
            if (error instanceof PluginError && error.code === status.NOT_FOUND) return undefined;
            throw error;
        }
    }

    private async call<Answer extends object>(method: string, asked: object, answer = `${method}Response`): Promise<Answer> {
        const [request, response] = [codec<object>(`${method}Request`), codec<Answer>(answer)];
        const key = randomUUID();
        for (let attempt = 1; ; attempt++) {
            const metadata = this.metadata.clone();
            metadata.set("x-idempotency-key", key);
            metadata.set("x-retry-attempt", String(attempt - 1));
            try {
                return await new Promise<Answer>((resolve, reject) => {
                    this.grpc.makeUnaryRequest(service + method, request.encode, response.decode, asked, metadata, { deadline: Date.now() + this.timeout }, (error, value) => (error === null ? resolve(value!) : reject(error)));
                });
            } catch (error) {
                if (!passing.has((error as ServiceError).code) || attempt >= attempts) throw failure(method, error as ServiceError);
                await sleep(Math.min(20_000, this.pause * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2));
            }
        }
    }

    private stream<Answer extends object>(method: string, asked: object): AsyncIterable<Answer> {
        return this.grpc.makeServerStreamRequest(service + method, codec<object>(`${method}Request`).encode, codec<Answer>(`${method}Response`).decode, asked, this.metadata.clone(), { deadline: Date.now() + this.timeout + 60_000 }) as AsyncIterable<Answer>;
    }
}

interface Result {
    readonly status: number;
    readonly exception: string;
}

function failure(method: string, error: ServiceError): PluginError {
    const hint = error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED ? "; does the token for Modal still exist, and may it do this?" : "";
    return new PluginError(`Modal refused ${method} (${status[error.code]}): ${error.details || error.message}${hint}`, error.code);
}
