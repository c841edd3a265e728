/**
 * Vault for real: server and command, built from their Go modules without the pages for browsers and, by Vault's own tag
 * `minimal`, without the plugins that need the libraries of every cloud. The one plugin of these that the blueprints ask
 * for, which knows pods by their Kubernetes identity, is built beside it in the version that Vault would have taken in.
 * A tool of the tests: nothing of it is distributed. The chart is in no package registry: below is what it makes of the
 * values that the component gives it, with one copy and with a seal that a key share opens.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, repository } from "../../toolchain/core/paths";
import { run, tryRun } from "../../toolchain/core/run";
import { scratchImage, type ImageArchive } from "../../toolchain/images";
import { goBuild } from "../../toolchain/pulumi/go";

/**
 * Its repository builds it with the sdk of a folder of its own, which no other module can have. This is the newest whose
 * published sdk is one that it compiles with: 1.21.2 to 1.21.4 need a state between two published ones.
 */
export const vaultVersion = "1.21.1";

const modules = join(repository, "tests", "support", "go", "vault");
const plugin = "vault-plugin-auth-kubernetes";

/** Folder with the programs; the first call on a machine builds them, which takes ten minutes of processor. */
export async function vaultPrograms(): Promise<string> {
    const packages = ["github.com/hashicorp/vault", `github.com/hashicorp/${plugin}/cmd/${plugin}`];
    await goBuild({ title: "Vault", module: modules, packages, tags: ["minimal"], ldflags: "-s -w", folder: folder(), scratch: 6e9 }, () => undefined);
    return folder();
}

export async function vaultImage(): Promise<ImageArchive> {
    const programs = await vaultPrograms();
    const files = [["bin", "vault"], ["plugins", plugin]] as const;
    return scratchImage("vault", files.map(([of, name]) => ({ path: `${of}/${name}`, from: join(programs, name), executable: true })), ["/bin/vault"]);
}

function folder(): string {
    const digest = createHash("sha256").update(readFileSync(join(modules, "go.sum"))).digest("hex").slice(0, 12);
    return cacheFolder("programs", `vault-${vaultVersion}-${digest}`);
}

/** Vault's own command, as somebody has it who operates Vault. */
export class VaultCommand {
    private constructor(private readonly programs: string, readonly environment: Readonly<Record<string, string>>) {}

    static async at(address: string, authority: string, token = ""): Promise<VaultCommand> {
        const programs = await vaultPrograms();
        return new VaultCommand(programs, { PATH: `${programs}:${process.env.PATH}`, VAULT_ADDR: address, VAULT_CACERT: authority, VAULT_TOKEN: token });
    }

    run(...args: string[]): Promise<string> {
        return run(join(this.programs, "vault"), args, { env: this.environment, secret: true, timeout: 60_000 });
    }

    async json<T>(...args: string[]): Promise<T> {
        return JSON.parse(await this.run(...args)) as T;
    }

    /** Whether it has to be opened; nothing when it does not answer. */
    async sealed(): Promise<boolean | undefined> {
        const { stdout } = await tryRun(join(this.programs, "vault"), ["status", "-format=json"], { env: this.environment, timeout: 60_000 });
        return stdout === "" ? undefined : (JSON.parse(stdout) as { sealed: boolean }).sealed;
    }

    /** What the tag `minimal` leaves out is made known to the server, under the name of the one that is left out. */
    async register(): Promise<void> {
        const digest = createHash("sha256").update(readFileSync(join(this.programs, plugin))).digest("hex");
        await this.run("plugin", "register", `-sha256=${digest}`, `-command=${plugin}`, "auth", "kubernetes");
    }

    /** Everything that is under one engine: each secret with its version. */
    async secrets(engine: string): Promise<Record<string, VaultSecret>> {
        const names = await this.json<string[]>("kv", "list", "-format=json", engine);
        return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await this.json<{ data: VaultSecret }>("kv", "get", "-format=json", `${engine}/${name}`)).data] as const)));
    }
}

export interface VaultSecret {
    readonly data: Readonly<Record<string, string>>;
    readonly metadata: { readonly version: number };
}

/**
 * A certificate that is its own authority, as cert-manager's issuer `selfSigned` makes one.
 * @param file where the certificate is put, beside its key
 */
export async function selfSigned(file: string, commonName: string, names: readonly string[]): Promise<{ readonly certificate: string; readonly key: string }> {
    await run("openssl", [
        "req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", "90", "-keyout", `${file}.key`, "-out", file, "-subj", `/CN=${commonName}`,
        "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature,keyEncipherment", "-addext", `subjectAltName=${names.join(",")}`,
    ]);
    return { certificate: readFileSync(file, "utf8"), key: readFileSync(`${file}.key`, "utf8") };
}

/** What is read of the values of the component. */
export interface VaultValues {
    readonly server: {
        readonly logFormat: string;
        readonly resources: object;
        readonly statefulSet: { readonly securityContext: { readonly pod: object; readonly container: object } };
        readonly extraEnvironmentVars: Readonly<Record<string, string>>;
        readonly volumes: readonly { readonly name: string }[];
        readonly volumeMounts: readonly { readonly name: string }[];
        readonly ha: { readonly raft: { readonly config: string } };
    };
}

/** The chart's objects under these values. */
export function vaultObjects(namespace: string, image: string, { server }: VaultValues): object[] {
    const name = "vault";
    const labels = { "app.kubernetes.io/name": name, component: "server" };
    const meta = (of: string) => ({ name: of, namespace, labels });
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const rbac = "rbac.authorization.k8s.io";
    const service = (of: string, more: object) => ({ apiVersion: "v1", kind: "Service", metadata: meta(of), spec: { publishNotReadyAddresses: true, ports: [{ name: "https", port: 8200 }, { name: "https-internal", port: 8201 }], ...more } });
    const field = (of: string, fieldPath: string) => ({ name: of, valueFrom: { fieldRef: { fieldPath } } });
    const own = ["data", "home", "tmp"];
    const given = <T extends { readonly name: string }>(all: readonly T[]) => all.filter((one) => one.name !== "seal");
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name) },
        { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata: { name: "vault-server-binding" }, roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "system:auth-delegator" }, subjects },
        { apiVersion: `${rbac}/v1`, kind: "Role", metadata: meta("vault-discovery-role"), rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "watch", "list", "update", "patch"] }] },
        { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata: meta("vault-discovery-rolebinding"), roleRef: { apiGroup: rbac, kind: "Role", name: "vault-discovery-role" }, subjects },
        { apiVersion: "v1", kind: "ConfigMap", metadata: meta("vault-config"), data: { "vault.hcl": configuration(server.ha.raft.config) } },
        service("vault-internal", { clusterIP: "None", selector: labels }),
        service("vault-active", { selector: { ...labels, "vault-active": "true" } }),
        {
            apiVersion: "apps/v1", kind: "StatefulSet", metadata: meta(name),
            spec: {
                replicas: 1, serviceName: "vault-internal", selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: name, terminationGracePeriodSeconds: 10, securityContext: server.statefulSet.securityContext.pod,
                        containers: [{
                            name, image, imagePullPolicy: "IfNotPresent", args: ["server", "-config=/vault/config"], resources: server.resources, securityContext: server.statefulSet.securityContext.container,
                            env: [
                                field("POD_IP", "status.podIP"), field("VAULT_K8S_POD_NAME", "metadata.name"), field("VAULT_K8S_NAMESPACE", "metadata.namespace"), field("VAULT_RAFT_NODE_ID", "metadata.name"),
                                ...Object.entries({ ...server.extraEnvironmentVars, VAULT_API_ADDR: "https://$(POD_IP):8200", VAULT_CLUSTER_ADDR: "https://$(VAULT_K8S_POD_NAME).vault-internal:8201", VAULT_LOG_FORMAT: server.logFormat, HOME: "/home/vault" }).map(([key, value]) => ({ name: key, value })),
                            ],
                            ports: [{ containerPort: 8200 }, { containerPort: 8201 }],
                            readinessProbe: { exec: { command: ["/bin/vault", "status"] }, periodSeconds: 2, timeoutSeconds: 5 },
                            volumeMounts: [{ name: "config", mountPath: "/vault/config" }, { name: "data", mountPath: "/vault/data" }, { name: "home", mountPath: "/home/vault" }, { name: "tmp", mountPath: "/tmp" }, ...given(server.volumeMounts)],
                        }],
                        volumes: [{ name: "config", configMap: { name: "vault-config" } }, ...own.map((of) => ({ name: of, emptyDir: {} })), ...given(server.volumes)],
                    },
                },
            },
        },
    ];
}

/** The blueprint's own, with the line that the chart adds and the folder of the plugin, and without the seal: its key is in another Vault. */
function configuration(config: string): string {
    const [seal] = /^seal "\w+" \{\n(?: .*\n)*\}\n/m.exec(config) ?? [];
    if (seal === undefined) throw new Error(`no seal in ${config}`);
    return `disable_mlock = true\nplugin_directory = "/plugins"\n${config.replace(seal, "")}`;
}
