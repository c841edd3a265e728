/** The program's side of the Fly.io plugin. */
import * as pulumi from "@pulumi/pulumi";
import { vendorVersion } from "../sdk/vendorVersion";

export interface FlyProviderArgs {
    /** An API token; secret. @default the environment variable FLY_API_TOKEN */
    readonly token?: pulumi.Input<string>;
    /** Address of the API, for a proxy or a test. @default https://api.machines.dev/v1 */
    readonly baseUrl?: pulumi.Input<string>;
}

export class Provider extends pulumi.ProviderResource {
    constructor(name: string, args: FlyProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        super("fly", name, { ...args }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["token"] }, opts));
    }
}

export interface AppArgs {
    /** Unique among all customers of Fly.io. Another name replaces the app. */
    readonly name: pulumi.Input<string>;
    /** Slug of the organization that pays. */
    readonly organization: pulumi.Input<string>;
    /** A private network of its own. @default that of the organization */
    readonly network?: pulumi.Input<string>;
}

/** A named group of machines. It has no public address: machines reach others and are reached over the tailnet. */
export class App extends pulumi.CustomResource {
    declare readonly name: pulumi.Output<string>;
    declare readonly organization: pulumi.Output<string>;
    declare readonly network: pulumi.Output<string | undefined>;
    declare readonly status: pulumi.Output<string>;

    constructor(name: string, args: AppArgs, opts?: pulumi.CustomResourceOptions) {
        super("fly:index:App", name, { network: undefined, ...args, status: undefined }, pulumi.mergeOptions({ version: vendorVersion }, opts));
    }
}

export interface SecretsArgs {
    /** Name of the app. */
    readonly app: pulumi.Input<string>;
    /** Secrets by the name of the environment variable in which each machine finds them. */
    readonly values: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

/** The secrets of an app. Machines get them when they are made or updated: give them `version`. */
export class Secrets extends pulumi.CustomResource {
    declare readonly app: pulumi.Output<string>;
    declare readonly values: pulumi.Output<Record<string, string>>;
    declare readonly version: pulumi.Output<number>;
    declare readonly digests: pulumi.Output<Record<string, string>>;

    constructor(name: string, args: SecretsArgs, opts?: pulumi.CustomResourceOptions) {
        super("fly:index:Secrets", name, { app: args.app, values: pulumi.secret(args.values), version: undefined, digests: undefined }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["values"] }, opts));
    }
}

export interface MachineFile {
    /** Absolute path in the machine. */
    readonly path: pulumi.Input<string>;
    /** What is in it; or: */
    readonly content?: pulumi.Input<string>;
    /** The name of a secret that holds its content in base64. */
    readonly secret?: pulumi.Input<string>;
}

export interface MachineSidecar {
    readonly name: pulumi.Input<string>;
    /** By digest. */
    readonly image: pulumi.Input<string>;
    /** Empty: the image's own. */
    readonly command: pulumi.Input<readonly pulumi.Input<string>[]>;
    readonly environment: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
}

export interface MachineArgs {
    /** Name of the app. Another one replaces the machine. */
    readonly app: pulumi.Input<string>;
    /** Unique in the app. Another name replaces the machine. */
    readonly name: pulumi.Input<string>;
    /** Three letters, e.g. fra. Another region replaces the machine. */
    readonly region: pulumi.Input<string>;
    /** By digest. */
    readonly image: pulumi.Input<string>;
    /** @default shared */
    readonly cpuKind?: pulumi.Input<"shared" | "performance">;
    /** @default 1 */
    readonly cpus?: pulumi.Input<number>;
    /** A multiple of 256. @default 256 */
    readonly memoryMb?: pulumi.Input<number>;
    /** Settings; no secrets. @default none */
    readonly environment?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
    /** Containers beside the image, in the same network, with the same secrets. @default none */
    readonly sidecars?: pulumi.Input<readonly pulumi.Input<MachineSidecar>[]>;
    /** @default the image's own command */
    readonly command?: pulumi.Input<readonly pulumi.Input<string>[]>;
    /** @default none */
    readonly files?: pulumi.Input<readonly pulumi.Input<MachineFile>[]>;
    /** The output `version` of the app's secrets, so that a new secret reaches the machine. */
    readonly secretsVersion?: pulumi.Input<number>;
    /** Where GET `healthPath` answers 200. @default no check */
    readonly healthPort?: pulumi.Input<number>;
    /** @default /health */
    readonly healthPath?: pulumi.Input<string>;
    /** Seconds between being asked to stop and being killed. @default 30 */
    readonly stopSeconds?: pulumi.Input<number>;
}

/** A virtual machine that runs one image and is started again whenever it ends. */
export class Machine extends pulumi.CustomResource {
    declare readonly app: pulumi.Output<string>;
    declare readonly name: pulumi.Output<string>;
    declare readonly region: pulumi.Output<string>;
    declare readonly image: pulumi.Output<string>;
    declare readonly machineId: pulumi.Output<string>;
    declare readonly privateIp: pulumi.Output<string>;
    declare readonly instanceId: pulumi.Output<string>;
    declare readonly state: pulumi.Output<string>;

    constructor(name: string, args: MachineArgs, opts?: pulumi.CustomResourceOptions) {
        super("fly:index:Machine", name, { ...args, machineId: undefined, privateIp: undefined, instanceId: undefined, state: undefined }, pulumi.mergeOptions({ version: vendorVersion }, opts));
    }
}
