/** Talos Linux: its plugin has no npm package, so what its types take and give is written down here. */
import type { Props } from "../../sdk/values";
import type { Field, Schema, Shape } from "../schema";
import type { Kind, Making, Vendor } from "../vendor";

/** The release whose types these are. */
export const talosVersion = "0.8.1";

const text: Shape = { kind: "string" };
const anything: Shape = { kind: "any" };
const texts: Shape = { kind: "list", of: text };
const credentials: Shape = { kind: "object", fields: { caCertificate: must(text), clientCertificate: must(text), clientKey: must(text) } };

const timeouts = { timeouts: may(anything) };
const ofNode = { node: must(text), endpoint: may(text), clientConfiguration: must(anything), ...timeouts };

const resources: Readonly<Record<string, Schema>> = {
    "talos:machine/secrets:Secrets": {
        inputs: { talosVersion: may(text) },
        outputs: { talosVersion: may(text), machineSecrets: must(anything), clientConfiguration: must(credentials) },
        secrets: ["machineSecrets", "clientConfiguration"],
    },
    "talos:machine/configurationApply:ConfigurationApply": {
        inputs: { ...ofNode, machineConfigurationInput: must(text), configPatches: may(texts), applyMode: may(text, "auto"), onDestroy: may(anything) },
        outputs: { ...ofNode, endpoint: must(text), machineConfigurationInput: must(text), configPatches: may(texts), applyMode: may(text), onDestroy: may(anything), machineConfiguration: must(text) },
        secrets: ["machineConfiguration", "machineConfigurationInput", "clientConfiguration"],
    },
    "talos:machine/bootstrap:Bootstrap": { inputs: ofNode, outputs: { ...ofNode, endpoint: must(text) }, secrets: ["clientConfiguration"] },
    "talos:cluster/kubeconfig:Kubeconfig": {
        inputs: { ...ofNode, certificateRenewalDuration: may(text) },
        outputs: { ...ofNode, endpoint: must(text), certificateRenewalDuration: may(text), kubeconfigRaw: must(text), kubernetesClientConfiguration: must(anything) },
        secrets: ["clientConfiguration", "kubeconfigRaw", "kubernetesClientConfiguration"],
    },
    "talos:imageFactory/schematic:Schematic": { inputs: { schematic: may(text) }, outputs: { schematic: may(text) }, secrets: [] },
};

const APPLY = "talos:machine/configurationApply:ConfigurationApply";
const BOOTSTRAP = "talos:machine/bootstrap:Bootstrap";

const kinds: Record<string, Kind> = {
    "talos:machine/secrets:Secrets": {
        id: ({ seed }) => `machine_secrets-${seed.hex(7)}`,
        immutable: ["talosVersion"],
        outputs: ({ seed }) => ({
            clientConfiguration: { caCertificate: encoded(seed.of("ca").certificate()), clientCertificate: encoded(seed.of("client").certificate()), clientKey: encoded(seed.of("client").privateKey()) },
            machineSecrets: { cluster: { id: seed.base64(32), secret: seed.of("secret").base64(32) }, secrets: { bootstrapToken: `${seed.word(6)}.${seed.of("token").word(16)}`, secretboxEncryptionSecret: seed.of("box").base64(32) }, trustdinfo: { token: `${seed.of("trust").word(6)}.${seed.of("trustd").word(16)}` }, certs: { k8s: pair(seed.of("k8s")), etcd: pair(seed.of("etcd")), os: pair(seed.of("ca")) } },
        }),
    },
    [APPLY]: {
        id: ({ inputs }) => String(inputs.node),
        outputs: ({ inputs }) => ({ endpoint: inputs.node!, machineConfiguration: inputs.machineConfigurationInput! }),
    },
    [BOOTSTRAP]: {
        id: ({ inputs }) => String(inputs.node),
        immutable: ["node"],
        outputs: ({ inputs }) => ({ endpoint: inputs.node! }),
        refuse: ({ inputs, all }) => (all(APPLY).some((applied) => applied.inputs.node === inputs.node) ? undefined : `rpc error: code = Unavailable: ${String(inputs.node)} has no configuration yet`),
    },
    "talos:cluster/kubeconfig:Kubeconfig": {
        id: (making) => String(making.inputs.node),
        immutable: ["node"],
        outputs: (making) => ({ endpoint: making.inputs.node!, kubeconfigRaw: kubeconfig(making), kubernetesClientConfiguration: { host: endpointOf(making), caCertificate: encoded(making.seed.of("ca").certificate()), clientCertificate: encoded(making.seed.certificate()), clientKey: encoded(making.seed.privateKey()) } }),
        refuse: ({ inputs, all }) => (all(BOOTSTRAP).length > 0 ? undefined : `rpc error: code = Unavailable: etcd of ${String(inputs.node)} has not been bootstrapped`),
    },
    "talos:imageFactory/schematic:Schematic": { id: ({ seed, inputs }) => seed.of(String(inputs.schematic)).hex(64) },
};

export const talosSchemas = {
    resource: (token: string): Schema | undefined => resources[token],
    invoke: (): undefined => undefined,
    declares: (): boolean => false,
};

export const talos: Vendor = {
    name: "talos",
    kinds,
    id: ({ seed }) => seed.of("id").hex(16),
    immutable: () => false,
    autonames: false,
    outside: new Set(),
    namesWithoutId: false,
    commonModules: [],
    missing: (name, value) => `${name} ${value} not found`,
    inUse: (object, by) => `${object.id} is in use by ${by.id}`,
    exists: (object) => `${object.id} exists already`,
    invokes: {
        "talos:machine/getConfiguration:getConfiguration": ({ inputs }) => ({ ...inputs, id: String(inputs.clusterName), machineConfiguration: machineConfiguration(inputs) }),
        "talos:client/getConfiguration:getConfiguration": ({ inputs }) => ({ ...inputs, id: String(inputs.clusterName), talosConfig: JSON.stringify({ context: inputs.clusterName, contexts: { [String(inputs.clusterName)]: { endpoints: inputs.endpoints ?? [], nodes: inputs.nodes ?? [] } } }) }),
        "talos:cluster/getHealth:getHealth": ({ inputs }) => ({ ...inputs, id: "cluster_health" }),
        "talos:imageFactory/getUrls:getUrls": ({ inputs }) => ({ ...inputs, id: "factory_urls", urls: { installer: `factory.talos.dev/installer/${String(inputs.schematicId)}:${String(inputs.talosVersion)}`, diskImage: `https://factory.talos.dev/image/${String(inputs.schematicId)}/${String(inputs.talosVersion)}/hcloud-amd64.raw.xz` } }),
    },
};

/** What matters of a machine's configuration: the patches follow the generated document, as the real one merges them. */
function machineConfiguration({ clusterName, clusterEndpoint, machineType, kubernetesVersion = "v1.34.1", configPatches }: Props): string {
    const generated = ["version: v1alpha1", "machine:", `  type: ${String(machineType)}`, "cluster:", `  clusterName: ${String(clusterName)}`, "  controlPlane:", `    endpoint: ${String(clusterEndpoint)}`, `  kubernetesVersion: ${String(kubernetesVersion)}`].join("\n");
    return [generated, ...(Array.isArray(configPatches) ? configPatches.map(String) : [])].join("\n---\n");
}

function endpointOf({ inputs, all }: Making): string {
    const applied = all(APPLY).find((each) => each.inputs.node === inputs.node) ?? all(APPLY)[0];
    return /endpoint: (\S+)/.exec(String(applied?.inputs.machineConfigurationInput ?? ""))?.[1] ?? `https://${String(inputs.endpoint ?? inputs.node)}:6443`;
}

function kubeconfig(making: Making): string {
    const { seed } = making;
    const cluster = /clusterName: (\S+)/.exec(String(making.all(APPLY)[0]?.inputs.machineConfigurationInput ?? ""))?.[1] ?? "talos";
    return [
        "apiVersion: v1", "kind: Config",
        "clusters:", `- name: ${cluster}`, "  cluster:", `    server: ${endpointOf(making)}`, `    certificate-authority-data: ${encoded(seed.of("ca").certificate())}`,
        "users:", `- name: admin@${cluster}`, "  user:", `    client-certificate-data: ${encoded(seed.certificate())}`, `    client-key-data: ${encoded(seed.privateKey())}`,
        "contexts:", `- name: admin@${cluster}`, "  context:", `    cluster: ${cluster}`, "    namespace: default", `    user: admin@${cluster}`, `current-context: admin@${cluster}`, "",
    ].join("\n");
}

function encoded(pem: string): string {
    return Buffer.from(pem).toString("base64");
}

function pair(seed: Making["seed"]): Props {
    return { cert: encoded(seed.certificate()), key: encoded(seed.privateKey()) };
}

function must(shape: Shape): Field {
    return { shape, optional: false };
}

function may(shape: Shape, fallback?: string): Field {
    return { shape, optional: true, ...(fallback === undefined ? {} : { fallback }) };
}
