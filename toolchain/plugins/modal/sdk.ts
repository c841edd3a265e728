/** The program's side of the Modal plugin. */
import * as pulumi from "@pulumi/pulumi";
import { vendorVersion } from "../sdk/vendorVersion";

export interface ModalProviderArgs {
    /** Id of a token, `ak-…`; secret. @default the environment variable MODAL_TOKEN_ID */
    readonly tokenId?: pulumi.Input<string>;
    /** Its secret, `as-…`; secret. @default the environment variable MODAL_TOKEN_SECRET */
    readonly tokenSecret?: pulumi.Input<string>;
    /** Address of the API, for a proxy or a test. @default https://api.modal.com:443 */
    readonly baseUrl?: pulumi.Input<string>;
}

export class Provider extends pulumi.ProviderResource {
    constructor(name: string, args: ModalProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        super("modal", name, { ...args }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["tokenId", "tokenSecret"] }, opts));
    }
}

export interface SecretArgs {
    /** A secret of this name that exists is overwritten. Another name replaces it. */
    readonly name: pulumi.Input<string>;
    /** @default main */
    readonly environment?: pulumi.Input<string>;
    /** Secrets by the name of the environment variable in which a function finds them. */
    readonly values: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** A named group of secrets that functions are given. */
export class Secret extends pulumi.CustomResource {
    declare readonly name: pulumi.Output<string>;
    declare readonly environment: pulumi.Output<string>;
    declare readonly values: pulumi.Output<Record<string, string>>;
    declare readonly secretId: pulumi.Output<string>;

    constructor(name: string, args: SecretArgs, opts?: pulumi.CustomResourceOptions) {
        super("modal:index:Secret", name, { ...args, values: pulumi.secret(args.values), secretId: undefined }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["values"] }, opts));
    }
}

export interface WebAppArgs {
    /** Another name replaces the app. */
    readonly name: pulumi.Input<string>;
    /** @default main */
    readonly environment?: pulumi.Input<string>;
    /** Lines of a Dockerfile that begin with FROM; the image needs a Python. */
    readonly imageCommands: pulumi.Input<readonly pulumi.Input<string>[]>;
    /** Texts by file name, for COPY. @default none */
    readonly imageFiles?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
    /** The module in the image that has the function. */
    readonly module: pulumi.Input<string>;
    /** It starts a server on `port` and returns. */
    readonly function: pulumi.Input<string>;
    readonly port: pulumi.Input<number>;
    /** @default no GPU */
    readonly gpu?: pulumi.Input<"T4" | "L4" | "A10G" | "L40S" | "A100" | "A100-80GB" | "H100" | "H200" | "B200">;
    /** GPUs of each container. @default 1 */
    readonly gpus?: pulumi.Input<number>;
    /** @default 1000 */
    readonly cpuMillis?: pulumi.Input<number>;
    /** @default 1024 */
    readonly memoryMb?: pulumi.Input<number>;
    /** Longest time for one request. @default 300 */
    readonly timeoutSeconds?: pulumi.Input<number>;
    /** Longest time until the server answers. @default 120 */
    readonly startupSeconds?: pulumi.Input<number>;
    /** Containers that are always there. @default 0 */
    readonly minContainers?: pulumi.Input<number>;
    /** @default 5 */
    readonly maxContainers?: pulumi.Input<number>;
    /** Seconds without a request until a container goes. @default 60 */
    readonly idleSeconds?: pulumi.Input<number>;
    /** Requests that one container has in hand at a time. @default 1 */
    readonly concurrentRequests?: pulumi.Input<number>;
    /** @default none */
    readonly secretIds?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** An app of one function that serves HTTP, for callers that have a proxy token of the workspace. */
export class WebApp extends pulumi.CustomResource {
    declare readonly name: pulumi.Output<string>;
    declare readonly environment: pulumi.Output<string>;
    declare readonly appId: pulumi.Output<string>;
    declare readonly functionId: pulumi.Output<string>;
    declare readonly imageId: pulumi.Output<string>;
    declare readonly url: pulumi.Output<string>;

    constructor(name: string, args: WebAppArgs, opts?: pulumi.CustomResourceOptions) {
        super("modal:index:WebApp", name, { ...args, appId: undefined, functionId: undefined, imageId: undefined, url: undefined }, pulumi.mergeOptions({ version: vendorVersion }, opts));
    }
}
