/**
 * A Kubernetes of our own on Hetzner Cloud: Talos Linux on three control planes and pools of workers in a private
 * network, a load balancer for the API inside and one for people outside. Nobody can log in to a machine.
 */
import type { Provider as HetznerProvider } from "@pulumi/hcloud/provider";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../parts/component";
import { resolveTalosHetznerArgs, type ResolvedTalosHetznerArgs, type TalosHetznerArgs } from "./args";
import { balancers } from "./balancers";
import { firewalls } from "./firewall";
import { asText, commonPatches, controlPlanePatches, schematic, workerPatches, type MachineConfigArgs } from "./machine-config";
import { addressPlan, privateNetwork, type AddressPlan } from "./network";
import { controlPlanes, egressGateway, sshKey, workers, type Machine } from "./servers";
import { Bootstrap, clientConfiguration, ConfigurationApply, installerImage, Kubeconfig, machineConfiguration, Schematic, Secrets, type Provider as TalosProvider } from "./talos";
import { podCidr, serviceCidr, machineManifests, nameServers, etcdBackupNamespace, talosLogPort } from "./constants";

export type { TalosHetznerArgs } from "./args";

/** The two clouds it speaks to. */
export interface TalosHetznerProviders {
    readonly hcloud: HetznerProvider;
    readonly talos: TalosProvider;
}

export class TalosHetzner extends pulumi.ComponentResource {
    /** For whoever runs this program: reaches the API server from an address that the firewall lets in. Secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** For `talosctl`, with all control planes in it. Secret. */
    readonly talosconfig: pulumi.Output<string>;
    /** Changes when the cluster is another one. */
    readonly identifier: pulumi.Output<string>;
    /** Where people come in: what the A record points to. */
    readonly appAddress: pulumi.Output<string>;

    constructor(name: string, args: TalosHetznerArgs, providers: TalosHetznerProviders, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:TalosHetzner", name, {}, { ...opts, providers: { ...providers } });
        const settings = resolveTalosHetznerArgs(args, (problems) => refuse(this, "TalosHetzner", name, problems));
        const { place } = settings;
        const plan = addressPlan(settings.network.cidr, place.pools.map((pool) => pool.name));

        const network = privateNetwork(this, name, settings, plan);
        const walls = firewalls(this, name, settings);
        const { api, appAddress } = balancers(this, name, settings, plan, network);
        const shared = { settings, plan, network, firewalls: walls, sshKey: sshKey(this, name, settings.sshPublicKey) };
        const egress = egressGateway(this, name, shared);

        const secrets = new Secrets(`${name}-secrets`, { talosVersion: settings.talosVersion }, { parent: this, protect: settings.protect });
        const configure = machineConfigurations(this, name, settings, plan, secrets);
        const control = controlPlanes(this, name, shared);
        const addresses = control.map(({ server }) => server.ipv4Address);
        const applied = control.map((machine) => apply(this, secrets, machine, configure.controlPlane(addresses), { node: machine.server.ipv4Address }, [api]));
        const first = { node: addresses[0]!, endpoint: addresses[0]!, clientConfiguration: secrets.clientConfiguration };
        const bootstrap = new Bootstrap(`${name}-bootstrap`, { ...first, timeouts: { create: "10m" } }, { parent: this, dependsOn: applied });

        for (const pool of place.pools) {
            const configuration = configure.worker(pool.name);
            for (const machine of workers(this, name, pool, { ...shared, configuration, after: [egress] })) {
                // The first configuration is in the user data; this brings every later one, through a control plane.
                apply(this, secrets, machine, configuration, { node: machine.privateAddress, endpoint: addresses[0]! }, [bootstrap]);
            }
        }

        const kubeconfig = new Kubeconfig(`${name}-kubeconfig`, { ...first, certificateRenewalDuration: "720h", timeouts: { create: "10m" } }, { parent: this, dependsOn: [bootstrap] });
        // It names the load balancer inside; whoever runs this is outside, and let in by the firewall.
        const outside = settings.apiNames[0] ?? addresses[0]!;
        this.kubeconfig = pulumi.secret(pulumi.interpolate`${outside}`.apply((host) => kubeconfig.kubeconfigRaw.apply((text) => text.replaceAll(`https://${plan.apiBalancer}:6443`, `https://${host}:6443`))));
        this.talosconfig = clientConfiguration({ clusterName: name, clientConfiguration: secrets.clientConfiguration, endpoints: addresses, nodes: control.map((machine) => machine.privateAddress) }, { parent: this });
        this.identifier = secrets.id;
        this.appAddress = appAddress;
        this.registerOutputs({ kubeconfig: this.kubeconfig, talosconfig: this.talosconfig, appAddress });
    }
}

/** The configuration of each kind of machine, made from the secrets and the patches. */
function machineConfigurations(parent: pulumi.Resource, name: string, settings: ResolvedTalosHetznerArgs, plan: AddressPlan, secrets: Secrets) {
    const image = new Schematic(`${name}-schematic`, { schematic: schematic() }, { parent });
    const installer = installerImage({ schematicId: image.id, talosVersion: settings.talosVersion });
    const argsWith = (apiNames: readonly string[]): MachineConfigArgs => ({
        network: { cidr: settings.network.cidr, router: plan.router, nameServers },
        apiNames: [...settings.apiNames, plan.apiBalancer, ...apiNames],
        podCidr,
        serviceCidr,
        manifests: machineManifests,
        backupNamespaces: [etcdBackupNamespace],
        logPort: talosLogPort,
    });
    const make = (machineType: "controlplane" | "worker", patches: pulumi.Input<string[]>): pulumi.Output<string> => machineConfiguration({
        clusterName: name,
        clusterEndpoint: `https://${plan.apiBalancer}:6443`,
        machineType,
        machineSecrets: secrets.machineSecrets,
        configPatches: pulumi.all([patches, installer]).apply(([texts, installImage]) => [...texts, JSON.stringify({ machine: { install: { image: installImage } } })]),
        talosVersion: settings.talosVersion,
        kubernetesVersion: settings.kubernetesVersion,
    }, { parent });
    return {
        controlPlane: (addresses: pulumi.Output<string>[]) => make("controlplane", pulumi.all(addresses).apply((names) => asText([...commonPatches(argsWith(names)), ...controlPlanePatches(argsWith(names))]))),
        worker: (pool: string) => make("worker", asText([...commonPatches(argsWith([])), ...workerPatches(argsWith([]), pool)])),
    };
}

function apply(parent: pulumi.Resource, secrets: Secrets, machine: Machine, configuration: pulumi.Output<string>, where: { readonly node: pulumi.Input<string>; readonly endpoint?: pulumi.Input<string> }, after: readonly pulumi.Resource[]): ConfigurationApply {
    return new ConfigurationApply(`${machine.name}-configuration`, {
        ...where,
        clientConfiguration: secrets.clientConfiguration,
        machineConfigurationInput: configuration,
        // A machine that goes leaves etcd and its disk behind in order.
        onDestroy: { graceful: true, reset: true, reboot: false },
        timeouts: { create: "10m", update: "10m" },
    }, { parent, dependsOn: [machine.server, ...after] });
}
