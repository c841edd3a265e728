/** Modal's API in memory, over gRPC, for tests. A build takes one broken stream and a second one. */
import { Server, ServerCredentials, status, type MethodDefinition, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from "@grpc/grpc-js";
import { AppState, codec, CreationType, service } from "../messages";

export const modalToken = { id: "ak-test", secret: "as-test" } as const;

interface AppRecord {
    readonly id: string;
    state: number;
    version: number;
    functionIds: Record<string, string>;
}

export class ModalWorld {
    readonly apps = new Map<string, AppRecord>();
    readonly secrets = new Map<string, { name: string; environment: string; values: Record<string, string> }>();
    readonly functions = new Map<string, Record<string, unknown>>();
    readonly images = new Map<string, { dockerfileCommands: string[]; contextFiles: { filename: string; data: Buffer }[] }>();
    readonly asked: string[] = [];
    /** Answers to the next calls that are no success. */
    readonly troubles: { code: status; details: string }[] = [];
    builderVersion = "2025.06";
    buildFailure = "";
    private readonly server = new Server();
    private readonly keys = new Set<string>();
    private streams = 0;
    private count = 0;

    async listen(): Promise<string> {
        this.server.addService(
            Object.fromEntries([...Object.keys(this.calls), "ImageJoinStreaming"].map((name) => [name, definition(name)])),
            { ...Object.fromEntries(Object.entries(this.calls).map(([name, work]) => [name, this.unary(name, work)])), ImageJoinStreaming: (call: ServerWritableStream<object, object>) => this.join(call) },
        );
        const port = await new Promise<number>((resolve, reject) => this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, found) => (error ? reject(error) : resolve(found))));
        return `http://127.0.0.1:${port}`;
    }

    close(): void {
        this.server.forceShutdown();
    }

    private unary(name: string, work: (asked: never) => object) {
        return (call: ServerUnaryCall<object, object>, done: sendUnaryData<object>): void => {
            this.asked.push(name);
            const header = (key: string): string => String(call.metadata.get(key)[0] ?? "");
            if (header("x-modal-token-id") !== modalToken.id || header("x-modal-token-secret") !== modalToken.secret) return done({ code: status.UNAUTHENTICATED, details: "Token validation failed" });
            this.keys.add(header("x-idempotency-key"));
            const trouble = this.troubles.shift();
            if (trouble !== undefined) return done(trouble);
            try {
                done(null, work.call(this, call.request as never));
            } catch (error) {
                done({ code: status.NOT_FOUND, details: (error as Error).message });
            }
        };
    }

    private readonly calls: Readonly<Record<string, (asked: never) => object>> = {
        EnvironmentGetOrCreate: () => ({ metadata: { name: "main", settings: { imageBuilderVersion: this.builderVersion } } }),
        SecretGetOrCreate: ({ deploymentName, environmentName, envDict, objectCreationType }: { deploymentName: string; environmentName: string; envDict: Record<string, string>; objectCreationType: number }) => {
            if (objectCreationType !== CreationType.OverwriteIfExists) throw new Error("not asked to be made");
            const [id] = [...this.secrets].find(([, one]) => one.name === deploymentName) ?? [`st-${++this.count}`];
            this.secrets.set(id, { name: deploymentName, environment: environmentName, values: envDict });
            return { secretId: id };
        },
        SecretUpdate: ({ secretId, updates }: { secretId: string; updates: { key: string; value: string | null }[] }) => {
            const { values } = this.secret(secretId);
            for (const { key, value } of updates) value === null ? delete values[key] : (values[key] = value);
            return {};
        },
        SecretGetInfo: ({ secretId }: { secretId: string }) => {
            const { name, environment, values } = this.secret(secretId);
            return { metadata: { name, environmentName: environment, keys: Object.keys(values) } };
        },
        SecretDelete: ({ secretId }: { secretId: string }) => {
            this.secret(secretId);
            this.secrets.delete(secretId);
            return {};
        },
        AppGetOrCreate: ({ appName }: { appName: string }) => {
            const app = this.apps.get(appName);
            if (app !== undefined && app.state !== AppState.Stopped) return { appId: app.id };
            const made = { id: `ap-${++this.count}`, state: 0, version: 0, functionIds: {} };
            this.apps.set(appName, made);
            return { appId: made.id };
        },
        AppGetByDeploymentName: ({ name }: { name: string }) => {
            const app = this.apps.get(name);
            if (app === undefined) throw new Error(`App '${name}' not found`);
            return { appId: app.id, lifecycle: { appState: app.state, version: app.version } };
        },
        AppGetLayout: ({ appId }: { appId: string }) => ({ appLayout: { functionIds: this.app(appId).functionIds } }),
        AppPublish: ({ appId, appState, functionIds }: { appId: string; appState: number; functionIds: Record<string, string> }) => {
            const app = this.app(appId);
            Object.assign(app, { state: appState, version: app.version + 1, functionIds });
            return { url: `https://modal.com/apps/acme/main/deployed/${appId}` };
        },
        AppStop: ({ appId }: { appId: string }) => {
            this.app(appId).state = AppState.Stopped;
            return {};
        },
        MountGetOrCreate: ({ deploymentName }: { deploymentName: string }) => ({ mountId: `mo-${deploymentName}` }),
        ImageGetOrCreate: ({ image }: { image: { dockerfileCommands: string[]; contextFiles: { filename: string; data: Buffer }[] } }) => {
            const key = `im-${JSON.stringify(image.dockerfileCommands).length}-${image.contextFiles.map(({ data }) => data.length).join("-")}`;
            const built = this.images.has(key);
            this.images.set(key, image);
            return { imageId: key, ...(built ? { result: { status: 1 } } : {}) };
        },
        FunctionPrecreate: ({ existingFunctionId }: { existingFunctionId: string }) => ({ functionId: existingFunctionId || `fu-${++this.count}` }),
        FunctionCreate: ({ existingFunctionId, function: given }: { existingFunctionId: string; function: Record<string, unknown> }) => {
            this.functions.set(existingFunctionId, given);
            return { functionId: existingFunctionId, handleMetadata: { webUrl: `https://acme--${given.appName as string}-${given.functionName as string}.modal.run`, definitionId: `de-${existingFunctionId}` } };
        },
    };

    private join(call: ServerWritableStream<object, object>): void {
        if (++this.streams === 1) {
            call.write({ entryId: "1-0", taskLogs: [{ data: "Step 1\n" }] });
            return void call.emit("error", { code: status.UNAVAILABLE, details: "stream reset" });
        }
        call.write({ entryId: "2-0", taskLogs: [{ data: "no such package\n" }] });
        call.write({ result: this.buildFailure === "" ? { status: 1 } : { status: 2, exception: this.buildFailure } });
        call.end();
    }

    private secret(id: string) {
        const found = this.secrets.get(id);
        if (found === undefined) throw new Error(`Secret ${id} not found`);
        return found;
    }

    private app(id: string): AppRecord {
        const found = [...this.apps.values()].find((one) => one.id === id);
        if (found === undefined) throw new Error(`App ${id} not found`);
        return found;
    }
}

const empty = new Set(["SecretUpdate", "SecretDelete", "AppStop"]);

function definition(name: string): MethodDefinition<object, object> {
    const [request, response] = [codec<object>(`${name}Request`), codec<object>(empty.has(name) ? "Empty" : `${name}Response`)];
    return { path: service + name, requestStream: false, responseStream: name === "ImageJoinStreaming", requestSerialize: request.encode, requestDeserialize: request.decode, responseSerialize: response.encode, responseDeserialize: response.decode };
}
