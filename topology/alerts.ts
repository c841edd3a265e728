/** The alert rules of a deployment, of its promises and of document 001's thresholds, as a PrometheusRule holds them. */
import { placeOf } from "./derive";
import { compileObjectives, messagesPerReplica } from "./objectives";
import { copiesOf, runsInCluster } from "./stores";
import type { Topology } from "./types";

export type Severity = "critical" | "warning";

/** One rule, in the shape of monitoring.coreos.com/v1. */
export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: { readonly severity: Severity };
    readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface AlertGroup {
    readonly name: string;
    readonly rules: readonly AlertRule[];
}

/** Names of the metrics that rules ask: those of the application, of kube-state-metrics, of the kubelet, of KEDA and of CloudNativePG. */
const requests = "http_request_duration_seconds";
const runbooks = "docs/runbooks";

/** Groups for the spec of a PrometheusRule; only rules that this topology can answer. */
export function alertsOf(topology: Topology): AlertGroup[] {
    const inCluster = topology.places.some((place) => place.kind === "kubernetes");
    return [
        { name: "agent-platform-services", rules: serviceRules(topology, inCluster) },
        { name: "agent-platform-resources", rules: inCluster ? resourceRules(topology) : [] },
        { name: "agent-platform-data", rules: dataRules(topology, inCluster) },
        { name: "agent-platform-promises", rules: promiseRules(topology) },
    ].filter((group) => group.rules.length > 0);
}

/** Every alert that can be, each with its page under docs/runbooks. */
export function runbookOf(alert: string): string {
    return `${runbooks}/${alert.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()}.md`;
}

function rule(alert: string, severity: Severity, expr: string, lasting: string, summary: string, description: string): AlertRule {
    return { alert, expr, for: lasting, labels: { severity }, annotations: { summary, description, runbook_url: runbookOf(alert) } };
}

function serviceRules(topology: Topology, inCluster: boolean): AlertRule[] {
    const mine = `namespace="${topology.namespace}"`;
    const share = (minutes: number) => `sum by (job) (rate(${requests}_count{status=~"5.."}[${minutes}m])) / sum by (job) (rate(${requests}_count[${minutes}m]))`;
    const p95 = `histogram_quantile(0.95, sum by (job, le) (rate(${requests}_bucket[5m])))`;
    return [
        ...(inCluster
            ? [rule("ServiceDown", "critical", `kube_deployment_status_replicas_available{${mine}} == 0 and kube_deployment_spec_replicas{${mine}} > 0`, "1m", "{{ $labels.deployment }} has no pod that answers", "Nobody is served by {{ $labels.deployment }}.")]
            : [rule("ServiceDown", "critical", `up == 0`, "1m", "{{ $labels.job }} does not answer", "Nobody is served by {{ $labels.job }} on {{ $labels.instance }}.")]),
        rule("HighErrorRate", "critical", `${share(5)} > 0.05`, "5m", "more than 5 % of the requests to {{ $labels.job }} fail", "{{ $value | humanizePercentage }} of its answers of the last 5 minutes are errors of ours."),
        rule("ErrorRateRising", "warning", `${share(10)} > 0.02`, "10m", "more than 2 % of the requests to {{ $labels.job }} fail", "{{ $value | humanizePercentage }} of its answers of the last 10 minutes are errors of ours."),
        rule("VerySlowResponses", "critical", `${p95} > 10`, "5m", "{{ $labels.job }} takes more than 10 s", "5 of 100 requests take longer than {{ $value | humanizeDuration }}."),
        rule("SlowResponses", "warning", `${p95} > 5`, "10m", "{{ $labels.job }} takes more than 5 s", "5 of 100 requests take longer than {{ $value | humanizeDuration }}."),
        ...topology.services.filter((service) => service.form === "ray-service").map((service) => rule("InferenceDown", "warning", `absent(ray_serve_deployment_replica_healthy{${mine}} == 1)`, "5m", `${service.name} has no replica that answers`, "Embeddings are made by the services themselves, passages keep their order, and scans are read without it.")),
        ...(inCluster ? [rule("PodsRestarting", "warning", `increase(kube_pod_container_status_restarts_total{${mine}}[15m]) > 3`, "5m", "{{ $labels.pod }} keeps restarting", "Its container {{ $labels.container }} was restarted {{ $value }} times in 15 minutes.")] : []),
    ];
}

function resourceRules({ namespace }: Topology): AlertRule[] {
    const mine = `namespace="${namespace}", container!=""`;
    const cpu = `sum by (pod) (rate(container_cpu_usage_seconds_total{${mine}}[5m])) / sum by (pod) (kube_pod_container_resource_limits{namespace="${namespace}", resource="cpu"})`;
    const memory = `sum by (pod) (container_memory_working_set_bytes{${mine}}) / sum by (pod) (kube_pod_container_resource_limits{namespace="${namespace}", resource="memory"})`;
    const of = (what: string) => `{{ $labels.pod }} uses {{ $value | humanizePercentage }} of the ${what} it may.`;
    return [
        rule("CpuExhausted", "critical", `${cpu} > 0.9`, "5m", "{{ $labels.pod }} has no CPU left", of("CPU")),
        rule("MemoryExhausted", "critical", `${memory} > 0.9`, "5m", "{{ $labels.pod }} is about to be killed for its memory", of("memory")),
        rule("CpuHigh", "warning", `${cpu} > 0.7`, "15m", "{{ $labels.pod }} is short of CPU", of("CPU")),
        rule("MemoryHigh", "warning", `${memory} > 0.7`, "15m", "{{ $labels.pod }} is short of memory", of("memory")),
        rule("DiskFilling", "warning", `kubelet_volume_stats_used_bytes{namespace="${namespace}"} / kubelet_volume_stats_capacity_bytes{namespace="${namespace}"} > 0.8`, "15m", "the volume {{ $labels.persistentvolumeclaim }} is more than 80 % full", "{{ $value | humanizePercentage }} of it is used."),
    ];
}

function dataRules(topology: Topology, inCluster: boolean): AlertRule[] {
    const mine = `namespace="${topology.namespace}"`;
    const rules: AlertRule[] = [];
    const stores = topology.stores.filter((store) => runsInCluster(store) && placeOf(topology, store.name)?.kind === "kubernetes");
    const [plain, clustered] = [stores.filter((store) => store.form === "statefulset"), stores.filter((store) => store.form === "cloudnativepg")];
    if (inCluster && plain.length > 0) {
        const names = plain.map((store) => store.name).sort().join("|");
        rules.push(rule("DatabaseDown", "critical", `kube_statefulset_status_replicas_ready{${mine}, statefulset=~"${names}"} == 0`, "1m", "{{ $labels.statefulset }} takes no connections", "Services that need it answer 503 and say that they are not ready."));
    }
    for (const store of clustered) {
        const pods = `${mine}, pod=~"${store.name}-cluster-[0-9]+"`;
        rules.push(
            rule("DatabaseDown", "critical", `sum(cnpg_collector_up{${pods}}) == 0 or absent(cnpg_collector_up{${pods}})`, "1m", `${store.name} takes no connections`, "Services that need it answer 503 and say that they are not ready."),
            ...(copiesOf(store) > 1 ? [rule("StandbyMissing", "warning", `sum(cnpg_collector_up{${pods}}) < ${copiesOf(store)}`, "15m", `${store.name} has fewer than its ${copiesOf(store)} instances`, "The next loss of a node may be one of data, or of the service.")] : []),
        );
    }
    for (const plan of compileObjectives(topology).backups) {
        if (!clustered.some((store) => store.name === plan.store)) continue;
        const pods = `${mine}, pod=~"${plan.store}-cluster-[0-9]+"`;
        rules.push(rule("BackupTooOld", "critical", `time() - max(cnpg_collector_last_available_backup_timestamp{${pods}}) > ${plan.everyHours * 3600 + 3600}`, "10m", `the last backup of ${plan.store} is more than ${plan.everyHours + 1} h old`, "A restore would take longer than promised, or lose more."));
        if (plan.archiveSeconds !== undefined) {
            rules.push(rule("LogArchiveBehind", "critical", `max(cnpg_pg_stat_archiver_seconds_since_last_archival{${pods}}) > ${Math.max(plan.archiveSeconds * 2, 120)}`, "5m", `the log of ${plan.store} does not reach its archive`, `Up to {{ $value | humanizeDuration }} of work would be lost; ${plan.lossMinutes} minutes are promised.`));
        }
    }
    const waiting = topology.services.filter((service) => service.scaling?.some((trigger) => trigger.kind === "queue"));
    for (const service of waiting) {
        rules.push(rule("QueueBacklog", "warning", `sum(keda_scaler_metrics_value{exported_namespace="${topology.namespace}", scaledObject="${service.name}"}) > ${backlogOf(topology, service.name)}`, "10m", `work for ${service.name} is waiting although it has all its replicas`, "{{ $value }} messages wait, more than all replicas together are meant to have."));
    }
    return rules;
}

/** What all replicas together are meant to have waiting. */
function backlogOf(topology: Topology, name: string): number {
    const service = topology.services.find((one) => one.name === name)!;
    const each = service.scaling?.flatMap((trigger) => (trigger.kind === "queue" && trigger.perReplica !== undefined ? [trigger.perReplica] : []))[0] ?? messagesPerReplica(topology, name) ?? 5;
    return each * service.replicas.max;
}

/** What was promised beyond the fixed thresholds. */
function promiseRules(topology: Topology): AlertRule[] {
    const { availability, p95Seconds } = topology.objectives;
    const entries = [...new Set(topology.edges.filter((edge) => edge.kind !== "private").flatMap((edge) => [edge.enters, ...(edge.routes ?? []).map((route) => route.to)]))].filter((name) => topology.services.some((service) => service.name === name && service.image === "app")).sort();
    const jobs = entries.length === 0 ? "" : `job=~"${entries.join("|")}"`;
    const rules: AlertRule[] = [];
    if (p95Seconds !== undefined) {
        rules.push(rule("SlowerThanPromised", "warning", `histogram_quantile(0.95, sum by (le) (rate(${requests}_bucket{${jobs}}[30m]))) > ${p95Seconds}`, "30m", `95 of 100 answers are promised in ${p95Seconds} s`, "They take {{ $value | humanizeDuration }}."));
    }
    if (availability !== undefined && availability < 1) {
        const failing = (span: string) => `sum(rate(${requests}_count{${[jobs, 'status=~"5.."'].filter((part) => part !== "").join(", ")}}[${span}])) / sum(rate(${requests}_count{${jobs}}[${span}]))`;
        const budget = Math.round((1 - availability) * 1e6) / 1e6;
        // At 14.4 times the allowed rate, an hour takes 2 % of the month's budget; the short span ends the alert when the trouble ends.
        const limit = Math.round(14.4 * budget * 1e6) / 1e6;
        if (limit < 1) rules.push(rule("ErrorBudgetBurning", "critical", `${failing("1h")} > ${limit} and ${failing("5m")} > ${limit}`, "2m", `at this rate ${Math.round(availability * 1e6) / 1e4} % will not be kept this month`, "{{ $value | humanizePercentage }} of the answers of the last hour are errors of ours."));
    }
    return rules;
}
