/**
 * policy-controller for real: the version that the chart installs, built from its Go modules, and what the chart makes of
 * the values that the component gives it. The chart itself is in no package registry.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, repository } from "../../toolchain/core/paths";
import { scratchImage, type ImageArchive } from "../../toolchain/images";
import { goBuild } from "../../toolchain/pulumi/go";
import { policyControllerVersion } from "./definitions";

const modules = join(repository, "tests", "support", "go", "policy-controller");

/** Its image; the first call on a machine builds the program, which takes minutes. */
export async function policyControllerImage(): Promise<ImageArchive> {
    return scratchImage("policy-controller", [{ path: "webhook", from: await program(), executable: true }], ["/webhook"]);
}

/** Whether the program has been built on this machine. */
export function policyControllerIsBuilt(): boolean {
    return existsSync(folder());
}

async function program(): Promise<string> {
    await goBuild({ title: "policy-controller", module: modules, packages: ["github.com/sigstore/policy-controller/cmd/webhook"], ldflags: "-s -w", folder: folder(), scratch: 3e9 }, () => undefined);
    return join(folder(), "webhook");
}

function folder(): string {
    const digest = createHash("sha256").update(readFileSync(join(modules, "go.sum"))).digest("hex").slice(0, 12);
    return cacheFolder("programs", `policy-controller-${policyControllerVersion}-${digest}`);
}

/** What is read of the values of the component. */
export interface ChartValues {
    readonly cosign: { readonly webhookName: string; readonly webhookTimeoutSeconds: { readonly mutating: number; readonly validating: number } };
    readonly webhook: {
        readonly failurePolicy: string;
        readonly namespaceSelector: object;
        readonly configData: Readonly<Record<string, string>>;
        readonly extraArgs: Readonly<Record<string, unknown>>;
        readonly podSecurityContext: { readonly enabled: boolean };
        readonly securityContext: { readonly enabled: boolean };
        readonly resources: object;
    };
}

/** The chart's objects under these values, with one replica. */
export function chartObjects(namespace: string, image: string, { cosign, webhook }: ChartValues): object[] {
    const name = "policy-controller";
    const labels = { "app.kubernetes.io/name": name };
    const meta = (of: string) => ({ name: of, namespace, labels });
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const rbac = "rbac.authorization.k8s.io";
    const configurations = [cosign.webhookName, "defaulting.clusterimagepolicy.sigstore.dev", "validating.clusterimagepolicy.sigstore.dev"];
    const hook = (kind: "Mutating" | "Validating", of: string, more: object) => ({
        apiVersion: "admissionregistration.k8s.io/v1", kind: `${kind}WebhookConfiguration`, metadata: { name: of, labels },
        webhooks: [{ name: of, admissionReviewVersions: ["v1"], sideEffects: "None", clientConfig: { service: { name: "webhook", namespace } }, ...more }],
    });
    const enabled = ({ enabled: on, ...context }: { readonly enabled: boolean }) => (on ? { securityContext: context } : {});
    const probe = (path: string) => ({ httpGet: { port: 8443, scheme: "HTTPS", path, httpHeaders: [{ name: "k-kubelet-probe", value: "webhook" }] }, periodSeconds: 1, failureThreshold: 30 });
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(name) },
        { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name, labels }, rules: clusterRules(configurations, namespace) },
        { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata: { name, labels }, roleRef: { apiGroup: rbac, kind: "ClusterRole", name }, subjects },
        { apiVersion: `${rbac}/v1`, kind: "Role", metadata: meta(name), rules: ownRules },
        { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata: meta(name), roleRef: { apiGroup: rbac, kind: "Role", name }, subjects },
        { apiVersion: "v1", kind: "Secret", metadata: meta("webhook-certs") },
        ...["config-image-policies", "config-sigstore-keys", "logging"].map((of) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: meta(of) })),
        { apiVersion: "v1", kind: "ConfigMap", metadata: meta("config-policy-controller"), data: webhook.configData },
        { apiVersion: "v1", kind: "Service", metadata: meta("webhook"), spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: 8443 }] } },
        hook("Mutating", cosign.webhookName, { failurePolicy: webhook.failurePolicy, namespaceSelector: webhook.namespaceSelector, timeoutSeconds: cosign.webhookTimeoutSeconds.mutating, reinvocationPolicy: "IfNeeded" }),
        hook("Validating", cosign.webhookName, { failurePolicy: webhook.failurePolicy, namespaceSelector: webhook.namespaceSelector, timeoutSeconds: cosign.webhookTimeoutSeconds.validating }),
        hook("Mutating", configurations[1]!, { failurePolicy: "Fail", matchPolicy: "Equivalent" }),
        hook("Validating", configurations[2]!, { failurePolicy: "Fail", matchPolicy: "Equivalent" }),
        {
            apiVersion: "apps/v1", kind: "Deployment", metadata: meta(name),
            spec: {
                replicas: 1, selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        serviceAccountName: name, terminationGracePeriodSeconds: 1, ...enabled(webhook.securityContext),
                        containers: [{
                            name, image, imagePullPolicy: "IfNotPresent", args: Object.entries(webhook.extraArgs).map(([key, value]) => `-${key}=${String(value)}`),
                            env: [
                                { name: "SYSTEM_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                                ...Object.entries({ CONFIG_LOGGING_NAME: "logging", CONFIG_OBSERVABILITY_NAME: "observability", METRICS_DOMAIN: "sigstore.dev/policy", WEBHOOK_NAME: "webhook", HOME: "/home/nonroot" }).map(([key, value]) => ({ name: key, value })),
                            ],
                            ports: [{ containerPort: 8443 }], readinessProbe: probe("/readyz"), livenessProbe: probe("/healthz"), resources: webhook.resources, ...enabled(webhook.podSecurityContext),
                            volumeMounts: [{ name: "home", mountPath: "/home/nonroot" }],
                        }],
                        volumes: [{ name: "home", emptyDir: {} }],
                    },
                },
            },
        },
    ];
}

function clusterRules(configurations: readonly string[], namespace: string): object[] {
    const rule = (apiGroups: string[], resources: string[], verbs: string[], resourceNames?: readonly string[]) => ({ apiGroups, resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) });
    const hooks = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
    return [
        rule([""], ["events"], ["create", "patch"]),
        rule(["admissionregistration.k8s.io"], hooks, ["list", "watch"]),
        rule(["admissionregistration.k8s.io"], hooks, ["get", "update", "delete"], configurations),
        rule([""], ["namespaces"], ["get", "list"], [namespace]),
        rule([""], ["namespaces/finalizers"], ["update"], [namespace]),
        rule([""], ["serviceaccounts", "secrets"], ["get"]),
        rule(["policy.sigstore.dev"], ["clusterimagepolicies", "clusterimagepolicies/status", "trustroots", "trustroots/status"], ["get", "list", "update", "watch", "patch"]),
        rule(["apiextensions.k8s.io"], ["customresourcedefinitions"], ["get", "list", "watch", "update"]),
    ];
}

const ownRules = [
    { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get", "list", "create", "update", "patch", "watch"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "list", "create", "update", "delete", "patch", "watch"] },
];
