/** Vault and External Secrets of the blueprint hetzner on a Kubernetes of this machine, and a few verbs for what they hold. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { repository } from "../../toolchain/core/paths";
import { run } from "../../toolchain/core/run";
import { contextName, importImages, kubernetesProvisions } from "../../toolchain/kubernetes";
import type { KubeObject } from "../../toolchain/kubernetes/api";
import { findInstallation } from "../../toolchain/kubernetes/installation";
import { findPrograms } from "../../toolchain/kubernetes/programs";
import { eventually, serverPod, TestCluster } from "../../toolchain/kubernetes/testing/harness";
import { forward } from "../../toolchain/local-port/forwarder";
import type { Graph } from "../golden/graph";
import { definitions } from "../support/definitions";
import { externalSecretsImage, externalSecretsObjects, type ExternalSecretsValues } from "../support/externalSecrets";
import { selfSigned, VaultCommand, vaultImage, vaultObjects, type VaultSecret, type VaultValues } from "../support/vault";

const minute = 60_000;
const { resources } = JSON.parse(readFileSync(join(repository, "tests", "golden", "hetzner.json"), "utf8")) as Graph;
const vault = "vault";
const script = join(repository, "ops", "vault-setup.sh");
/** Where the nodes of the stack are, and with them its API server. */
const stackNodes = "10.0.0.0/24";

/** Namespace of the controller, and its service account there. */
export const controller = "external-secrets";

interface Store extends KubeObject {
    readonly spec: { readonly conditions: readonly { readonly namespaces: readonly string[] }[]; readonly provider: { readonly vault: { readonly server: string; readonly path: string } } };
}

export interface ExternalSecret extends KubeObject {
    readonly spec: {
        readonly target: { readonly name: string; readonly template?: { readonly type?: string; readonly data: Readonly<Record<string, string>> } };
        readonly data: readonly { readonly secretKey: string; readonly remoteRef: { readonly key: string; readonly property: string } }[];
    };
}

interface Certificate extends KubeObject {
    readonly spec: { readonly commonName: string; readonly secretName: string; readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] };
}

interface Condition {
    readonly type: string;
    readonly status: string;
    readonly message: string;
}

/** What the script takes out of Secrets when it is told to: each name in Vault, the Secret, and the key in it. */
export const adopted = [...readFileSync(script, "utf8").matchAll(/^ {4}(\S+) \d+ (\S+) (\S+)$/gm)].map(([, name, secret, key]) => ({ name: name!, secret: secret!, key: key! }));

/** The stack's one store, and everything that it takes from there. */
export const store = objectsOf<Store>("ClusterSecretStore")[0]!;
export const wanted = objectsOf<ExternalSecret>("ExternalSecret");
export const engine = store.spec.provider.vault.path;

export class VaultDeployment extends TestCluster {
    private readonly authority = join(this.home, "vault.crt");
    private door: Server | undefined;
    private share = "";
    /** With the token that Vault gave when it was initialised. */
    operator!: VaultCommand;

    /** A cluster with everything around the secrets, and a Vault that nobody has initialised. */
    async prepare(): Promise<void> {
        const images = [await vaultImage(), await externalSecretsImage()];
        const files = (await definitions()).filter((file) => file.includes("external-secrets-external-secrets"));
        for (const provision of await kubernetesProvisions()) await provision.ensure(() => undefined);
        await this.start();
        const [ofVault, ofController] = (await importImages(images, () => undefined, this.home)).map(({ reference }) => reference);
        await this.ask("apply", "--server-side", ...files.flatMap((file) => ["-f", file]));
        await this.ask("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all");

        const places = new Set([vault, controller, ...store.spec.conditions.flatMap(({ namespaces }) => namespaces), ...wanted.map(({ metadata }) => metadata.namespace!)]);
        await this.apply(...objectsOf("Namespace").filter(({ metadata }) => places.has(metadata.name)), { apiVersion: "v1", kind: "Namespace", metadata: { name: "stranger" } });
        const rules = objectsOf("NetworkPolicy").filter(({ metadata }) => [vault, controller].includes(metadata.namespace!));
        await this.apply(...(JSON.parse(JSON.stringify(rules).replaceAll(stackNodes, `${findInstallation(this.home)!.network.nodeAddress}/32`)) as object[]));

        const { commonName, dnsNames, ipAddresses, secretName } = objectsOf<Certificate>("Certificate").find(({ metadata }) => metadata.namespace === vault)!.spec;
        const { certificate, key } = await selfSigned(this.authority, commonName, [...dnsNames.map((name) => `DNS:${name}`), ...ipAddresses.map((address) => `IP:${address}`)]);
        await this.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: secretName, namespace: vault }, type: "kubernetes.io/tls", stringData: { "tls.crt": certificate, "tls.key": key, "ca.crt": certificate } });
        await this.apply(...vaultObjects(vault, ofVault!, valuesOf<VaultValues>(vault)), ...externalSecretsObjects(controller, ofController!, valuesOf<ExternalSecretsValues>(controller)));
        this.door = await forward({ kubeconfig: join(this.home, "kubeconfig"), context: contextName, namespace: vault, service: "vault-internal", port: 8200 }, 0);
        await this.ask("rollout", "status", "--namespace", controller, "deployment/external-secrets", "--timeout=50s");
    }

    override async remove(): Promise<void> {
        this.door?.close();
        await super.remove();
    }

    /** kubectl that must succeed. */
    async ask(...args: string[]): Promise<string> {
        const { code, stdout, stderr } = await this.kubectl(...args);
        assert.equal(code, 0, stderr);
        return stdout;
    }

    /** Vault's command for who has this token. */
    async command(token?: string): Promise<VaultCommand> {
        return VaultCommand.at(`https://127.0.0.1:${(this.door!.address() as AddressInfo).port}`, this.authority, token);
    }

    /** One key share: that of a transit seal is in a Vault of somebody else. */
    async initialise(): Promise<void> {
        const anybody = await this.command();
        await eventually("Vault to answer", async () => (await anybody.sealed()) !== undefined, 3 * minute);
        const made = await anybody.json<{ unseal_keys_b64: [string]; root_token: string }>("operator", "init", "-key-shares=1", "-key-threshold=1", "-format=json");
        this.share = made.unseal_keys_b64[0];
        this.operator = await this.command(made.root_token);
    }

    async open(): Promise<void> {
        await this.operator.run("operator", "unseal", this.share);
        await eventually("Vault to be active", async () => (await this.pod(vault, "vault-0")).metadata.labels?.["vault-active"] === "true", minute);
    }

    /**
     * The repository's own, as it is, with a kubectl that leads to this cluster.
     * @param answers what somebody types in
     * @param token whose it is run with; else the operator's
     */
    async setUp(args: readonly string[] = [], { answers, token }: { readonly answers?: string; readonly token?: string } = {}): Promise<void> {
        const env = { ...this.operator.environment, ...(token === undefined ? {} : { VAULT_TOKEN: token }), PATH: `${this.operator.environment.PATH}:${(await findPrograms()).kubernetes}`, KUBECONFIG: join(this.home, "kubeconfig") };
        await run(script, args, { env, input: answers, secret: true });
    }

    /** Everything in the engine that the stack reads. */
    async stored(): Promise<Record<string, VaultSecret>> {
        return this.operator.secrets(engine);
    }

    /** The pods that the name in the store leads to. */
    async behind(server: string): Promise<string[]> {
        const [, service, namespace] = /^https:\/\/([^.]+)\.([^.]+)\.svc:8200$/.exec(server) ?? [];
        const { items } = await this.client.get<{ items: { endpoints?: { targetRef: { name: string } }[] }[] }>(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D${service}`);
        return items.flatMap(({ endpoints }) => (endpoints ?? []).map(({ targetRef }) => targetRef.name));
    }

    /** "yes" or "no": whether a new pod in this namespace can open each of these connections. */
    async reaches(namespace: string, ...services: readonly (readonly [host: string, port: number])[]): Promise<string[]> {
        await this.apply(serverPod(namespace, "probe", this.image));
        await this.running(namespace, "probe");
        const asked = (host: string, port: number) => this.evaluate(namespace, "probe", `const end=text=>{console.log(text);process.exit()};require("net").connect(${port},"${host}").on("connect",()=>end("yes")).on("error",({code})=>end(code));setTimeout(()=>end("no"),5000)`);
        return Promise.all(services.map(([host, port]) => asked(host, port)));
    }

    /** Waits until a store or an ExternalSecret is ready or is not. */
    async settled({ kind, metadata: { name, namespace } }: KubeObject, status: "True" | "False"): Promise<Condition> {
        const path = `/apis/external-secrets.io/v1/${namespace === undefined ? "" : `namespaces/${namespace}/`}${kind!.toLowerCase()}s/${name}`;
        return eventually(`${kind} ${namespace ?? ""}/${name} to be ready: ${status}`, async () => {
            const found = (await this.client.get<{ status?: { conditions?: Condition[] } }>(path)).status?.conditions?.find(({ type }) => type === "Ready");
            return found?.status === status ? found : undefined;
        }, 2 * minute);
    }

    /** What is done within the hour anyway. */
    async refresh({ metadata }: ExternalSecret): Promise<void> {
        await this.ask("annotate", "--overwrite", "--namespace", metadata.namespace!, `externalsecret/${metadata.name}`, `force-sync=${Date.now()}`);
    }

    /** The Secret that it has made. */
    async written({ metadata, spec }: ExternalSecret): Promise<{ readonly type: string; readonly data: Readonly<Record<string, string>> }> {
        const { type, data } = await this.client.get<{ type: string; data: Record<string, string> }>(`/api/v1/namespaces/${metadata.namespace}/secrets/${spec.target.name}`);
        return { type, data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()])) };
    }
}

/** What has to be in the Secret: the values by their keys, or what its template makes of them. */
export function expected({ spec }: ExternalSecret, stored: Readonly<Record<string, VaultSecret>>): Record<string, string> {
    const values = Object.fromEntries(spec.data.map(({ secretKey, remoteRef }) => [secretKey, stored[remoteRef.key]!.data[remoteRef.property]!]));
    if (spec.target.template === undefined) return values;
    return Object.fromEntries(Object.entries(spec.target.template.data).map(([key, text]) => [key, text.replace(/\{\{ index \. "([^"]+)" \}\}/g, (_, name: string) => values[name]!)]));
}

/** The stack's objects of a kind. */
function objectsOf<T extends KubeObject>(kind: string): T[] {
    return resources.filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${kind}`)).map(({ inputs }) => inputs as T);
}

/** The values that the stack gives to a chart. */
function valuesOf<T>(chart: string): T {
    return (resources.find(({ type, name }) => type.endsWith(":Release") && name === chart)!.inputs as { values: T }).values;
}
