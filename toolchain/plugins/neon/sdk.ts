/** The program's side of the Neon plugin. */
import * as pulumi from "@pulumi/pulumi";
import { vendorVersion } from "../sdk/vendorVersion";

export interface NeonProviderArgs {
    /** An API key of an organization; secret. @default the environment variable NEON_API_KEY */
    readonly apiKey?: pulumi.Input<string>;
    /** Address of the API, for a proxy or a test. @default https://console.neon.tech/api/v2 */
    readonly baseUrl?: pulumi.Input<string>;
}

export class Provider extends pulumi.ProviderResource {
    constructor(name: string, args: NeonProviderArgs = {}, opts?: pulumi.ResourceOptions) {
        super("neon", name, { ...args }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["apiKey"] }, opts));
    }
}

export interface ProjectArgs {
    readonly name: pulumi.Input<string>;
    /** E.g. aws-eu-central-1. Another region replaces the project, with its data. */
    readonly region: pulumi.Input<string>;
    /** 14 to 18; another version replaces the project, with its data. @default 17 */
    readonly postgresVersion?: pulumi.Input<number>;
    /** `org-…`; needed with a personal API key. @default the organization of the key */
    readonly organization?: pulumi.Input<string>;
    /** Its one database. */
    readonly database: pulumi.Input<string>;
    /** The owner of that database. */
    readonly role: pulumi.Input<string>;
    /** How far back any moment can be restored. @default 604800, a week */
    readonly historySeconds?: pulumi.Input<number>;
    /** @default 0.25 */
    readonly minComputeUnits?: pulumi.Input<number>;
    /** @default 2 */
    readonly maxComputeUnits?: pulumi.Input<number>;
    /** Seconds without a query until it sleeps; -1: never. @default -1 */
    readonly suspendSeconds?: pulumi.Input<number>;
    /** Who may connect. @default everybody who knows the password */
    readonly allowedAddresses?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** A Postgres at Neon with one database and its owner. Connections are always encrypted. */
export class Project extends pulumi.CustomResource {
    declare readonly name: pulumi.Output<string>;
    declare readonly region: pulumi.Output<string>;
    declare readonly postgresVersion: pulumi.Output<number>;
    declare readonly database: pulumi.Output<string>;
    declare readonly role: pulumi.Output<string>;
    declare readonly branchId: pulumi.Output<string>;
    declare readonly endpointId: pulumi.Output<string>;
    declare readonly host: pulumi.Output<string>;
    /** With the owner's password; secret. */
    declare readonly connectionUri: pulumi.Output<string>;

    constructor(name: string, args: ProjectArgs, opts?: pulumi.CustomResourceOptions) {
        super("neon:index:Project", name, { ...args, branchId: undefined, endpointId: undefined, host: undefined, connectionUri: undefined }, pulumi.mergeOptions({ version: vendorVersion, additionalSecretOutputs: ["connectionUri"] }, opts));
    }
}
