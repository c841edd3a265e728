/**
 * Who did what: the API servers' audit log, the Talos API's log and every sign-in, kept in Loki in a bucket that
 * nobody can empty, with an alarm when rights change that should not.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { talosLogPort } from "../agent-cluster/talos-hetzner/constants";
import { common, fixedName, refuse } from "../parts/component";
import type { Bucket } from "./buckets";
import { release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface AuditArgs {
    readonly home: PlatformHome;
    readonly storageClass: string;
    readonly bucket: Bucket;
    /** Days that logs are kept. @default 90 */
    readonly retentionDays?: number;
    /** Accounts that may change rights: the pipeline's and the break-glass ones. Anybody else raises an alarm. */
    readonly mayChangeRights: readonly string[];
    /** Where alarms go. @default Alertmanager of Monitoring */
    readonly alertmanager?: string;
    readonly askedBy?: readonly Door[];
}

/** Where Grafana finds it. */
export const lokiAddress = "http://loki.loki.svc:3100";

export class Audit extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: AuditArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Audit", name, {}, opts);
        const { home, bucket, storageClass, retentionDays = 90, mayChangeRights, alertmanager = "http://alertmanager-operated.monitoring.svc:9093" } = args;
        refuse(this, "Audit", name, [
            ...(retentionDays >= 30 ? [] : [`retentionDays: ${retentionDays} are less than an investigation takes; keep at least 30`]),
            ...(mayChangeRights.length > 0 ? [] : ["mayChangeRights: with nobody in it every deployment raises an alarm"]),
            ...mayChangeRights.filter((account) => /["\\|()[\]*+?^$]/.test(account)).map((account) => `mayChangeRights: "${account}" has a character that no account has`),
        ]);
        const space = new PlatformNamespace("loki", {
            home,
            level: "restricted",
            keepsData: true,
            incoming: [{ to: "itself" }, { to: { namespace: "monitoring" }, ports: [3100] }, { to: { namespace: "log-collector" }, ports: [3100] }, ...(args.askedBy ?? [])],
            outgoing: [{ to: "itself" }, { to: { namespace: "monitoring" }, ports: [9093] }, { to: "internet", ports: [443] }],
        }, { parent: this });
        const credentials = new k8s.core.v1.Secret(`${name}-bucket`, { metadata: { name: "bucket", namespace: space.namespace, labels: { ...common } }, stringData: pulumi.secret({ AWS_ACCESS_KEY_ID: bucket.accessKey, AWS_SECRET_ACCESS_KEY: bucket.secretKey }) }, fixedName(this));
        const rules = new k8s.core.v1.ConfigMap(`${name}-rules`, { metadata: { name: "audit-rules", namespace: space.namespace, labels: { ...common } }, data: { "audit.yaml": JSON.stringify(auditRules(mayChangeRights)) } }, fixedName(this));
        this.ready = release(this, name, {
            home,
            chart: "loki",
            namespace: space,
            values: {
                deploymentMode: "Monolithic",
                loki: {
                    auth_enabled: false,
                    commonConfig: { replication_factor: 3 },
                    schemaConfig: { configs: [{ from: "2026-01-01", store: "tsdb", object_store: "s3", schema: "v13", index: { prefix: "index_", period: "24h" } }] },
                    storage: { type: "s3", bucketNames: { chunks: bucket.bucket, ruler: bucket.bucket }, s3: { endpoint: bucket.endpoint, region: bucket.region, s3ForcePathStyle: true } },
                    limits_config: { retention_period: `${retentionDays * 24}h`, reject_old_samples: true, reject_old_samples_max_age: "168h" },
                    compactor: { retention_enabled: true, delete_request_store: "s3" },
                    rulerConfig: { alertmanager_url: alertmanager, enable_alertmanager_v2: true, ring: { kvstore: { store: "inmemory" } }, storage: { type: "local", local: { directory: "/etc/loki/rules" } }, rule_path: "/tmp/loki/scratch" },
                },
                singleBinary: {
                    replicas: 3,
                    persistence: { storageClass, size: "20Gi" },
                    extraEnvFrom: [{ secretRef: { name: "bucket" } }],
                    extraVolumes: [{ name: "audit-rules", configMap: { name: "audit-rules" } }],
                    extraVolumeMounts: [{ name: "audit-rules", mountPath: "/etc/loki/rules/fake", readOnly: true }],
                    resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "1000m", memory: "2Gi" } },
                },
                gateway: { enabled: false },
                chunksCache: { enabled: false },
                resultsCache: { enabled: false },
                test: { enabled: false },
                lokiCanary: { enabled: false },
                minio: { enabled: false },
            },
        }, { dependsOn: [credentials, rules] });

        // It reads log files of the machines: the audit log of the API server lies there and nowhere else.
        const collectors = new PlatformNamespace("log-collector", {
            home,
            level: "privileged",
            incoming: [{ to: { namespace: "monitoring" }, ports: [12345] }],
            // Talos sends what its own services say to this port of the machine.
            outgoing: [{ to: { namespace: "loki" }, ports: [3100] }, { to: "api-server" }],
        }, { parent: this });
        release(this, `${name}-collector`, {
            home,
            chart: "alloy",
            namespace: collectors,
            values: {
                controller: { type: "daemonset", tolerations: [{ operator: "Exists" }], volumes: { extra: [{ name: "audit", hostPath: { path: "/var/log/audit/kube", type: "DirectoryOrCreate" } }] } },
                alloy: {
                    // Talos speaks plain lines over TCP, and what reads them is not yet called stable.
                    stabilityLevel: "experimental",
                    mounts: { varlog: true, extra: [{ name: "audit", mountPath: "/var/log/audit/kube", readOnly: true }] },
                    extraPorts: [{ name: "talos", port: talosLogPort, targetPort: talosLogPort, hostPort: talosLogPort, protocol: "TCP" }],
                    configMap: { content: collectorConfig() },
                    securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH"] } },
                },
            },
        }, { dependsOn: [this.ready] });
        this.registerOutputs({});
    }
}

/** What the collector reads and where it goes: the language of Grafana Alloy. */
export function collectorConfig(): string {
    return `
local.file_match "kubernetes_audit" {
  path_targets = [{ __path__ = "/var/log/audit/kube/*.log", job = "kubernetes-audit", node = sys.env("HOSTNAME") }]
}
loki.source.file "kubernetes_audit" {
  targets    = local.file_match.kubernetes_audit.targets
  forward_to = [loki.process.kubernetes_audit.receiver]
}
loki.process "kubernetes_audit" {
  stage.json   { expressions = { verb = "verb", group = "objectRef.apiGroup", resource = "objectRef.resource" } }
  stage.labels { values = { verb = "", group = "", resource = "" } }
  forward_to = [loki.write.loki.receiver]
}
otelcol.receiver.tcplog "talos" {
  listen_address = "0.0.0.0:${talosLogPort}"
  output { logs = [otelcol.exporter.loki.talos.input] }
}
otelcol.exporter.loki "talos" {
  forward_to = [loki.process.talos.receiver]
}
loki.process "talos" {
  stage.json          { expressions = { service = "\\"talos-service\\"" } }
  stage.labels        { values = { service = "" } }
  stage.static_labels { values = { job = "talos" } }
  forward_to = [loki.write.loki.receiver]
}
discovery.kubernetes "pods" {
  role = "pod"
}
discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_name"]
    target_label  = "job"
  }
  rule {
    source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_name", "__meta_kubernetes_pod_uid"]
    separator     = "_"
    target_label  = "__path__"
    replacement   = "/var/log/pods/$1/*/*.log"
  }
}
local.file_match "pods" {
  path_targets = discovery.relabel.pods.output
}
loki.source.file "pods" {
  targets    = local.file_match.pods.targets
  forward_to = [loki.process.pods.receiver]
}
loki.process "pods" {
  stage.cri {}
  forward_to = [loki.write.loki.receiver]
}
loki.write "loki" {
  endpoint { url = "${lokiAddress}/loki/api/v1/push" }
}
`.trimStart();
}

/** Alarms on what the audit log says. */
export function auditRules(mayChangeRights: readonly string[]) {
    const changes = '{job="kubernetes-audit", group="rbac.authorization.k8s.io", verb=~"create|update|patch|delete|deletecollection"}';
    const known = mayChangeRights.map((account) => account.replaceAll(".", "\\.")).join("|");
    return {
        groups: [{
            name: "audit",
            rules: [
                {
                    alert: "RightsChanged",
                    expr: `sum by (user, verb, kind, name) (count_over_time(${changes} | json user="user.username", kind="objectRef.resource", name="objectRef.name", stage="stage" | stage="ResponseComplete" | user!~\`${known}\` [5m])) > 0`,
                    labels: { severity: "critical" },
                    annotations: { summary: "{{ $labels.user }} changed rights: {{ $labels.verb }} {{ $labels.kind }} {{ $labels.name }}", runbook: "docs/runbooks/hetzner.md#rightschanged" },
                },
                {
                    alert: "AuditLogSilent",
                    expr: 'absent_over_time({job="kubernetes-audit"}[15m])',
                    labels: { severity: "critical" },
                    annotations: { summary: "No audit log has arrived for a quarter of an hour", runbook: "docs/runbooks/hetzner.md#auditlogsilent" },
                },
                {
                    alert: "SignInsFail",
                    expr: 'sum(count_over_time({job="authentik"} |= "login_failed" [5m])) > 20',
                    labels: { severity: "warning" },
                    annotations: { summary: "More than 20 sign-ins failed in 5 minutes", runbook: "docs/runbooks/hetzner.md#signinsfail" },
                },
            ],
        }],
    };
}
