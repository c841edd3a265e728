/**
 * The end of an ephemeral deployment without anybody's help: a CronJob in its namespace that deletes the namespace when its
 * time is over. What the state of the stack remembers after that, `npm run ephemeral -- reap` clears away.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../../topology/network-policies";
import { fixedName, labelsOf } from "../../parts/component";
import { containerSecurity, podSecurity } from "../../parts/pod";
import type { Lifetime } from "../args";
import { expiryAnnotation } from "../life";

export interface EndOfLifeArgs {
    readonly namespace: pulumi.Output<string>;
    /** Makes what belongs to the whole cluster go with the namespace. */
    readonly ends: Pick<k8s.types.input.meta.v1.ObjectMeta, "ownerReferences">;
    /** Any image with Node in it; that of the application is on every machine already. */
    readonly image: pulumi.Input<string>;
    readonly priorityClassName: pulumi.Input<string>;
    readonly apiServer: NonNullable<Lifetime["apiServer"]>;
}

const called = "end-of-life";
const credentials = "/run/secrets/kubernetes.io/serviceaccount";
/** A namespace lives so much longer than it was meant to, at most. */
const schedule = "*/10 * * * *";

export class EndOfLife extends pulumi.ComponentResource {
    constructor(name: string, { namespace, ends, image, priorityClassName, apiServer }: EndOfLifeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:EndOfLife", name, {}, opts);
        const labels = labelsOf(called, "AgentCluster");
        const metadata = { name: called, namespace, labels };
        const owned = { name: pulumi.interpolate`${namespace}-${called}`, labels, ...ends };
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const role = new k8s.rbac.v1.ClusterRole(`${name}-role`, { metadata: owned, rules: [{ apiGroups: [""], resources: ["namespaces"], resourceNames: [namespace], verbs: ["get", "delete"] }] }, fixedName(this));
        const binding = new k8s.rbac.v1.ClusterRoleBinding(`${name}-binding`, {
            metadata: owned,
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
            subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
        }, fixedName(this));
        const wall = new k8s.networking.v1.NetworkPolicy(`${name}-policy`, {
            metadata,
            // The API server has no pods: its address, behind that of its Service.
            spec: { podSelector: { matchLabels: { [nameLabel]: called } }, policyTypes: ["Ingress", "Egress"], egress: [{ to: [{ ipBlock: { cidr: apiServer.cidr } }], ports: [{ port: apiServer.port, protocol: "TCP" }] }] },
        }, fixedName(this));
        const script = new k8s.core.v1.ConfigMap(`${name}-script`, { metadata, data: { "letGo.mjs": readFileSync(join(__dirname, "letGo.mjs"), "utf8") } }, fixedName(this));
        new k8s.batch.v1.CronJob(`${name}-job`, {
            metadata,
            spec: {
                schedule,
                timeZone: "Etc/UTC",
                concurrencyPolicy: "Forbid",
                startingDeadlineSeconds: 300,
                successfulJobsHistoryLimit: 1,
                failedJobsHistoryLimit: 1,
                jobTemplate: {
                    spec: {
                        backoffLimit: 1,
                        activeDeadlineSeconds: 120,
                        template: {
                            metadata: { labels },
                            spec: {
                                serviceAccountName: account.metadata.name,
                                automountServiceAccountToken: false,
                                enableServiceLinks: false,
                                restartPolicy: "Never",
                                priorityClassName,
                                securityContext: podSecurity("app"),
                                containers: [{
                                    name: called,
                                    image,
                                    imagePullPolicy: "IfNotPresent",
                                    command: ["/usr/local/bin/node", "/script/letGo.mjs", namespace, expiryAnnotation, credentials],
                                    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
                                    securityContext: containerSecurity,
                                    volumeMounts: [{ name: "script", mountPath: "/script", readOnly: true }, { name: "credentials", mountPath: credentials, readOnly: true }],
                                }],
                                volumes: [
                                    { name: "script", configMap: { name: script.metadata.name } },
                                    { name: "credentials", projected: { defaultMode: 0o440, sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 600 } }, { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } }] } },
                                ],
                            },
                        },
                    },
                },
            },
        }, fixedName(this, { dependsOn: [wall, binding] }));
        this.registerOutputs({});
    }
}
