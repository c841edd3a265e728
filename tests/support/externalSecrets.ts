/**
 * External Secrets Operator for real: its controller, built from its Go module with Vault as the only provider and
 * passwords as the only generator, and what the chart makes of the values that the component gives it. The webhook and the
 * one that makes its certificate are left out: they judge objects, and hand out nothing.
 * The blueprints' chart installs a later one (components/platform/charts.ts: 2.9.0). This is the newest whose source is one
 * module: later ones are cut into modules that name each other by folder, and the module proxy does not have these. The
 * objects are the same, of external-secrets.io/v1.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../toolchain/core/paths";
import { scratchImage, type ImageArchive } from "../../toolchain/images";
import { goBuild } from "../../toolchain/pulumi/go";
import { externalSecrets, sourceOf } from "./definitions";

/** The files of the module that take everything in which there is, and what is kept of it. */
const registers = { "pkg/provider/register/register.go": "pkg/provider/vault", "pkg/generator/register/register.go": "pkg/generator/password" };

/** Its image; the first call on a machine builds the program, which takes minutes. */
export async function externalSecretsImage(): Promise<ImageArchive> {
    await build();
    return scratchImage("external-secrets", [{ path: "external-secrets", from: join(folder(), "external-secrets"), executable: true }], ["/external-secrets"]);
}

/** With every provider it would be twice as many packages, some of them the largest there are. */
async function build(): Promise<void> {
    if (existsSync(folder())) return;
    const module = await mkdtemp(join(tmpdir(), "agent-platform-external-secrets-"));
    try {
        await cp(await sourceOf(externalSecrets), module, { recursive: true });
        for (const [file, kept] of Object.entries(registers)) {
            const lines = readFileSync(join(module, file), "utf8").split("\n");
            writeFileSync(join(module, file), lines.filter((line) => !line.includes('_ "') || line.endsWith(`/${kept}"`)).join("\n"));
        }
        await goBuild({ title: "External Secrets", module, packages: ["."], ldflags: "-s -w", folder: folder(), scratch: 4e9 }, () => undefined);
    } finally {
        await rm(module, { recursive: true, force: true });
    }
}

function folder(): string {
    return cacheFolder("programs", `external-secrets-${externalSecrets.version.slice(1)}`);
}

/** What is read of the values of the component. */
export interface ExternalSecretsValues {
    readonly replicaCount: number;
    readonly leaderElect: boolean;
    readonly processClusterExternalSecret: boolean;
}

/** The chart's objects for the controller under these values. */
export function externalSecretsObjects(namespace: string, image: string, values: ExternalSecretsValues): object[] {
    const name = "external-secrets";
    const labels = { "app.kubernetes.io/name": name };
    const meta = (of: string) => ({ name: of, namespace, labels });
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const rbac = "rbac.authorization.k8s.io";
    const args = [`--enable-leader-election=${values.leaderElect}`, `--enable-cluster-external-secret-reconciler=${values.processClusterExternalSecret}`, "--concurrent=1", "--metrics-addr=:8080", "--loglevel=info"];
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name) },
        { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name: `${name}-controller`, labels }, rules: clusterRules },
        { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata: { name: `${name}-controller`, labels }, roleRef: { apiGroup: rbac, kind: "ClusterRole", name: `${name}-controller` }, subjects },
        { apiVersion: `${rbac}/v1`, kind: "Role", metadata: meta(`${name}-leaderelection`), rules: ownRules },
        { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata: meta(`${name}-leaderelection`), roleRef: { apiGroup: rbac, kind: "Role", name: `${name}-leaderelection` }, subjects },
        {
            apiVersion: "apps/v1", kind: "Deployment", metadata: meta(name),
            spec: {
                replicas: values.replicaCount, selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: name, terminationGracePeriodSeconds: 5,
                        containers: [{
                            name, image, imagePullPolicy: "IfNotPresent", args, ports: [{ name: "metrics", containerPort: 8080 }],
                            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
                        }],
                    },
                },
            },
        },
    ];
}

const group = "external-secrets.io";
const kinds = ["secretstores", "clustersecretstores", "externalsecrets", "pushsecrets", "clusterpushsecrets"];
const generators = "acraccesstokens cloudsmithaccesstokens clustergenerators ecrauthorizationtokens fakes gcraccesstokens githubaccesstokens quayaccesstokens passwords sshkeys stssessiontokens uuids vaultdynamicsecrets webhooks grafanas mfas".split(" ");

const rule = (apiGroups: readonly string[], resources: readonly string[], verbs: readonly string[]) => ({ apiGroups, resources, verbs });

const clusterRules = [
    rule([group], kinds, ["get", "list", "watch"]),
    rule([group], kinds.flatMap((kind) => [kind, `${kind}/status`]), ["get", "update", "patch"]),
    rule([`generators.${group}`], ["generatorstates"], ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]),
    rule([`generators.${group}`], generators, ["get", "list", "watch"]),
    rule([""], ["serviceaccounts", "namespaces", "configmaps"], ["get", "list", "watch"]),
    rule([""], ["secrets"], ["get", "list", "watch", "create", "update", "delete", "patch"]),
    rule([""], ["serviceaccounts/token"], ["create"]),
    rule([""], ["events"], ["create", "patch"]),
    rule([group], ["externalsecrets", "pushsecrets"], ["create", "update", "delete"]),
];

const ownRules = [
    rule([""], ["configmaps"], ["get", "create", "update", "patch"]),
    rule(["coordination.k8s.io"], ["leases"], ["get", "create", "update", "patch"]),
];
