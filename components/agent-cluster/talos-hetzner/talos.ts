/**
 * The resources and functions of the Talos plugin that this project uses, typed by hand: its SDK is in no npm registry.
 * Names, tokens and parameters are those of the official plugin (pulumiverse/pulumi-talos), which Pulumi downloads itself.
 */
import * as pulumi from "@pulumi/pulumi";

/** The release of the plugin that these types describe. */
export const pluginVersion = "0.8.1";
const plugin = { version: pluginVersion, pluginDownloadURL: "github://api.github.com/pulumiverse" } as const;

/** What talks to the Talos API. The key is secret. */
export interface ClientConfiguration {
    readonly caCertificate: string;
    readonly clientCertificate: string;
    readonly clientKey: string;
}

/** The secrets of a whole cluster; nobody but the plugin looks inside. */
export type MachineSecrets = Readonly<Record<string, unknown>>;

/** How long a step may take, as Go writes it: `10m`. */
interface Timeouts {
    readonly create?: pulumi.Input<string>;
    readonly update?: pulumi.Input<string>;
}

export class Provider extends pulumi.ProviderResource {
    constructor(name: string, opts?: pulumi.ResourceOptions) {
        super("talos", name, {}, { ...opts, ...plugin });
    }
}

/** Keys and certificates of a cluster, made once and kept in the state. */
export class Secrets extends pulumi.CustomResource {
    declare readonly machineSecrets: pulumi.Output<MachineSecrets>;
    declare readonly clientConfiguration: pulumi.Output<ClientConfiguration>;

    constructor(name: string, args: { readonly talosVersion?: pulumi.Input<string> }, opts?: pulumi.CustomResourceOptions) {
        // The plugin marks the keys inside; the whole is kept secret here, so that no part of it can slip out.
        const secret = { additionalSecretOutputs: ["machineSecrets", "clientConfiguration"] };
        super("talos:machine/secrets:Secrets", name, { ...args, machineSecrets: undefined, clientConfiguration: undefined }, options(opts, secret));
    }
}

export interface ConfigurationApplyArgs {
    /** Address of the machine, seen from `endpoint`. */
    readonly node: pulumi.Input<string>;
    /** Address that the Talos API is reached at. @default `node` */
    readonly endpoint?: pulumi.Input<string>;
    readonly clientConfiguration: pulumi.Input<ClientConfiguration>;
    readonly machineConfigurationInput: pulumi.Input<string>;
    readonly configPatches?: pulumi.Input<pulumi.Input<string>[]>;
    /** @default auto: without a reboot where that is possible */
    readonly applyMode?: pulumi.Input<"auto" | "reboot" | "no_reboot" | "staged">;
    readonly onDestroy?: pulumi.Input<{ readonly graceful?: boolean; readonly reboot?: boolean; readonly reset?: boolean }>;
    readonly timeouts?: pulumi.Input<Timeouts>;
}

/** Gives a machine its configuration, and each change of it. */
export class ConfigurationApply extends pulumi.CustomResource {
    constructor(name: string, args: ConfigurationApplyArgs, opts?: pulumi.CustomResourceOptions) {
        const inputs = { ...args, machineConfigurationInput: pulumi.secret(args.machineConfigurationInput), clientConfiguration: pulumi.secret(args.clientConfiguration) };
        super("talos:machine/configurationApply:ConfigurationApply", name, { ...inputs, machineConfiguration: undefined }, options(opts, { additionalSecretOutputs: ["machineConfiguration", "machineConfigurationInput"] }));
    }
}

export interface BootstrapArgs {
    readonly node: pulumi.Input<string>;
    readonly endpoint?: pulumi.Input<string>;
    readonly clientConfiguration: pulumi.Input<ClientConfiguration>;
    readonly timeouts?: pulumi.Input<Timeouts>;
}

/** Starts etcd on the first control plane; once in the life of a cluster. */
export class Bootstrap extends pulumi.CustomResource {
    constructor(name: string, args: BootstrapArgs, opts?: pulumi.CustomResourceOptions) {
        super("talos:machine/bootstrap:Bootstrap", name, { ...args, clientConfiguration: pulumi.secret(args.clientConfiguration) }, options(opts));
    }
}

/** The administrator's kubeconfig, renewed before its certificate ends. */
export class Kubeconfig extends pulumi.CustomResource {
    declare readonly kubeconfigRaw: pulumi.Output<string>;

    constructor(name: string, args: BootstrapArgs & { readonly certificateRenewalDuration?: pulumi.Input<string> }, opts?: pulumi.CustomResourceOptions) {
        super("talos:cluster/kubeconfig:Kubeconfig", name, { ...args, clientConfiguration: pulumi.secret(args.clientConfiguration), kubeconfigRaw: undefined }, options(opts, { additionalSecretOutputs: ["kubeconfigRaw", "kubernetesClientConfiguration"] }));
    }
}

/** The set of system extensions that the machine image carries; `id` names it at the image factory. */
export class Schematic extends pulumi.CustomResource {
    constructor(name: string, args: { readonly schematic: pulumi.Input<string> }, opts?: pulumi.CustomResourceOptions) {
        super("talos:imageFactory/schematic:Schematic", name, { ...args }, options(opts));
    }
}

export interface MachineConfigurationArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly clusterEndpoint: pulumi.Input<string>;
    readonly machineType: "controlplane" | "worker";
    readonly machineSecrets: pulumi.Input<MachineSecrets>;
    readonly configPatches?: pulumi.Input<pulumi.Input<string>[]>;
    readonly talosVersion?: pulumi.Input<string>;
    readonly kubernetesVersion?: pulumi.Input<string>;
}

/** The configuration of one kind of machine; secret. */
export function machineConfiguration(args: MachineConfigurationArgs, opts?: pulumi.InvokeOutputOptions): pulumi.Output<string> {
    const inputs = { ...args, machineSecrets: pulumi.secret(args.machineSecrets), docs: false, examples: false };
    const result = pulumi.runtime.invokeOutput<{ machineConfiguration: string }>("talos:machine/getConfiguration:getConfiguration", inputs, { ...opts, ...plugin });
    return pulumi.secret(result.machineConfiguration);
}

/** What `talosctl` reads: addresses and the client's key; secret. */
export function clientConfiguration(args: { readonly clusterName: pulumi.Input<string>; readonly clientConfiguration: pulumi.Input<ClientConfiguration>; readonly endpoints: pulumi.Input<string>[]; readonly nodes: pulumi.Input<string>[] }, opts?: pulumi.InvokeOutputOptions): pulumi.Output<string> {
    const result = pulumi.runtime.invokeOutput<{ talosConfig: string }>("talos:client/getConfiguration:getConfiguration", args, { ...opts, ...plugin });
    return pulumi.secret(result.talosConfig);
}

/** The installer image of a schematic at the image factory: what upgrades of the machines pull. */
export function installerImage({ schematicId, talosVersion }: { readonly schematicId: pulumi.Input<string>; readonly talosVersion: string }): pulumi.Output<string> {
    return pulumi.interpolate`factory.talos.dev/hcloud-installer/${schematicId}:${talosVersion}`;
}

function options(given: pulumi.CustomResourceOptions | undefined, more: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
    return pulumi.mergeOptions({ ...plugin, ...more }, given);
}
