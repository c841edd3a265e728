/** Measures and alerts: Prometheus, Alertmanager, Grafana, and the rules and dashboards that others hand in. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface MonitoringArgs {
    readonly home: PlatformHome;
    /** StorageClass of the measures. @default the cluster's default */
    readonly storageClass?: string;
    /** How long measures are kept. @default 15d */
    readonly retention?: string;
    readonly size?: string;
    /** Services to ask: their namespace, labels and ports by number. */
    readonly asks: readonly { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>>; readonly port: number; readonly path?: string }[];
    /** Groups of alert and recording rules, as Prometheus reads them. */
    readonly rules: Readonly<Record<string, unknown>>;
    /** Dashboards by name, as Grafana's JSON. */
    readonly dashboards: Readonly<Record<string, unknown>>;
    /** Sign-in with an OIDC provider; absent: Grafana's own first user, with a generated password in its Secret. */
    readonly signIn?: { readonly issuer: string; readonly address: string; readonly secret: string };
    /** Further sources of Grafana. @default none */
    readonly sources?: readonly { readonly name: string; readonly type: string; readonly url: string }[];
    /** A Secret with Alertmanager's configuration under `alertmanager.yaml`. @default alerts are shown and go nowhere */
    readonly receivers?: string;
    /** The machines' own measures: needs a namespace in which pods see the machine. @default false */
    readonly machines?: boolean;
    /** Who may open Grafana: the private gateway. @default nobody */
    readonly openedBy?: readonly Door[];
}

export class Monitoring extends pulumi.ComponentResource {
    /** ServiceMonitors and PrometheusRules can be made. */
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Monitoring", name, {}, opts);
        const { home, storageClass, retention = "15d", size = "50Gi", signIn, machines = false, openedBy = [] } = args;
        const space = new PlatformNamespace("monitoring", {
            home,
            // The exporter that measures machines reads their /proc and /sys.
            level: machines ? "privileged" : "restricted",
            keepsData: true,
            incoming: [{ to: "itself" }, { to: { cidrs: home.apiServer.cidrs }, ports: [10250] }, ...openedBy],
            outgoing: [{ to: "itself" }, { to: "cluster" }, { to: "api-server" }, { to: { cidrs: home.apiServer.cidrs }, ports: [2381, 9100, 10250, 10257, 10259] }, { to: "internet", ports: [443] }],
        }, { parent: this });
        const volume = (wanted: string) => ({ spec: { ...(storageClass === undefined ? {} : { storageClassName: storageClass }), accessModes: ["ReadWriteOnce"], resources: { requests: { storage: wanted } } } });
        const everywhere = { podMonitorSelectorNilUsesHelmValues: false, serviceMonitorSelectorNilUsesHelmValues: false, ruleSelectorNilUsesHelmValues: false, probeSelectorNilUsesHelmValues: false };
        this.ready = release(this, name, {
            home,
            chart: "kube-prometheus-stack",
            namespace: space,
            timeout: 900,
            values: {
                prometheus: {
                    podDisruptionBudget: { enabled: true },
                    prometheusSpec: { ...everywhere, replicas: 2, retention, enableFeatures: ["exemplar-storage"], storageSpec: { volumeClaimTemplate: volume(size) }, resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "4Gi" } } },
                },
                alertmanager: {
                    podDisruptionBudget: { enabled: true },
                    alertmanagerSpec: { replicas: 3, storage: { volumeClaimTemplate: volume("2Gi") }, ...(args.receivers === undefined ? {} : { useExistingSecret: true, configSecret: args.receivers }) },
                },
                prometheusOperator: { admissionWebhooks: { failurePolicy: "Fail" } },
                nodeExporter: { enabled: machines },
                // Cilium does its work.
                kubeProxy: { enabled: false },
                grafana: grafanaValues(signIn, args.sources ?? []),
            },
        });
        for (const one of args.asks) {
            custom(this, `${name}-asks-${one.name}`, {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PodMonitor",
                name: one.name,
                namespace: space.namespace,
                spec: { namespaceSelector: { matchNames: [one.namespace] }, selector: { matchLabels: { ...one.labels } }, podMetricsEndpoints: [{ portNumber: one.port, path: one.path ?? "/metrics", interval: "30s" }] },
            }, { dependsOn: [this.ready] });
        }
        for (const [group, rules] of Object.entries(args.rules)) {
            custom(this, `${name}-rules-${group}`, { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", name: group, namespace: space.namespace, spec: rules }, { dependsOn: [this.ready] });
        }
        for (const [dashboard, definition] of Object.entries(args.dashboards)) {
            new k8s.core.v1.ConfigMap(`${name}-dashboard-${dashboard}`, {
                // Grafana's sidecar loads what carries this label.
                metadata: { name: `dashboard-${dashboard}`, namespace: space.namespace, labels: { ...common, grafana_dashboard: "1" } },
                data: { [`${dashboard}.json`]: JSON.stringify(definition) },
            }, fixedName(this));
        }
        this.registerOutputs({});
    }
}

function grafanaValues(signIn: MonitoringArgs["signIn"], sources: NonNullable<MonitoringArgs["sources"]>): pulumi.Inputs {
    return {
        replicas: 1,
        defaultDashboardsEnabled: true,
        additionalDataSources: sources.map((source) => ({ ...source, access: "proxy" })),
        ...(signIn === undefined ? {} : {
            envValueFrom: { OIDC_CLIENT_SECRET: { secretKeyRef: { name: signIn.secret, key: "client-secret" } } },
            "grafana.ini": {
                server: { root_url: signIn.address },
                // No account that only Grafana knows.
                auth: { disable_login_form: true, oauth_auto_login: true },
                "auth.basic": { enabled: false },
                "auth.generic_oauth": {
                    enabled: true,
                    name: "authentik",
                    client_id: "grafana",
                    client_secret: "$__env{OIDC_CLIENT_SECRET}",
                    scopes: "openid profile email groups",
                    auth_url: `${signIn.issuer}/application/o/authorize/`,
                    token_url: `${signIn.issuer}/application/o/token/`,
                    api_url: `${signIn.issuer}/application/o/userinfo/`,
                    role_attribute_path: "contains(groups[*], 'platform-admins') && 'Admin' || contains(groups[*], 'platform-operators') && 'Editor' || 'Viewer'",
                    use_pkce: true,
                },
            },
        }),
    };
}
