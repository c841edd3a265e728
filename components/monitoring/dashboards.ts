/**
 * The three dashboards of document 001, as Grafana reads them. They ask for measures that something here exports: the
 * application, kube-state-metrics, the kubelet, KEDA and CloudNativePG.
 */
import type { Topology } from "../../topology/types";

export interface Panel {
    readonly title: string;
    readonly type: "timeseries" | "stat";
    readonly unit: "short" | "s" | "percentunit" | "reqps" | "bytes" | "cores";
    /** Queries of Prometheus, each with the name of its curves. */
    readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

export interface Dashboard {
    readonly uid: string;
    readonly title: string;
    readonly panels: readonly Panel[];
}

const seconds = "http_request_duration_seconds";

/** Only panels that this deployment can fill. */
export function dashboardsOf(topology: Topology): readonly Dashboard[] {
    const mine = `namespace="${topology.namespace}"`;
    return [systemHealth(mine), userActivity(mine), technical(topology, mine)];
}

/** A dashboard as the JSON that Grafana's sidecar loads. */
export function grafanaJson({ uid, title, panels }: Dashboard): string {
    const [columns, height] = [2, 8];
    return JSON.stringify({
        uid,
        title,
        tags: ["agent-platform"],
        timezone: "utc",
        schemaVersion: 39,
        refresh: "1m",
        time: { from: "now-6h", to: "now" },
        templating: { list: [{ name: "source", type: "datasource", query: "prometheus", label: "Prometheus" }] },
        panels: panels.map((panel, index) => ({
            id: index + 1,
            title: panel.title,
            type: panel.type,
            datasource: { type: "prometheus", uid: "${source}" },
            gridPos: { x: (index % columns) * (24 / columns), y: Math.floor(index / columns) * height, w: 24 / columns, h: height },
            fieldConfig: { defaults: { unit: panel.unit === "cores" ? "short" : panel.unit }, overrides: [] },
            targets: panel.queries.map(({ expr, legend }, number) => ({ refId: String.fromCharCode(65 + number), expr, legendFormat: legend })),
        })),
    });
}

/** Service status, response times, error rates, resources. */
function systemHealth(mine: string): Dashboard {
    return {
        uid: "agents-system-health",
        title: "Agents: system health",
        panels: [
            { title: "Replicas that answer", type: "stat", unit: "short", queries: [{ expr: `sum by (deployment) (kube_deployment_status_replicas_available{${mine}})`, legend: "{{deployment}}" }] },
            { title: "Share of requests that succeed", type: "timeseries", unit: "percentunit", queries: [{ expr: `1 - sum by (job) (rate(${seconds}_count{${mine}, status=~"5.."}[5m])) / sum by (job) (rate(${seconds}_count{${mine}}[5m]))`, legend: "{{job}}" }] },
            { title: "Response times", type: "timeseries", unit: "s", queries: [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(mine, share, "job"), legend: `P${share * 100} {{job}}` })) },
            { title: "Requests", type: "timeseries", unit: "reqps", queries: [{ expr: `sum by (job) (rate(${seconds}_count{${mine}}[5m]))`, legend: "{{job}}" }] },
            { title: "Errors by service and endpoint", type: "timeseries", unit: "reqps", queries: [{ expr: `sum by (job, route, status) (rate(${seconds}_count{${mine}, status=~"[45].."}[5m]))`, legend: "{{job}} {{route}} {{status}}" }] },
            { title: "CPU", type: "timeseries", unit: "cores", queries: [{ expr: `sum by (pod) (rate(container_cpu_usage_seconds_total{${mine}, container!=""}[5m]))`, legend: "{{pod}}" }] },
            { title: "Memory", type: "timeseries", unit: "bytes", queries: [{ expr: `sum by (pod) (container_memory_working_set_bytes{${mine}, container!=""})`, legend: "{{pod}}" }] },
            { title: "Network", type: "timeseries", unit: "bytes", queries: [{ expr: `sum by (pod) (rate(container_network_receive_bytes_total{${mine}}[5m]))`, legend: "in {{pod}}" }, { expr: `sum by (pod) (rate(container_network_transmit_bytes_total{${mine}}[5m]))`, legend: "out {{pod}}" }] },
        ],
    };
}

/** Sign-ins, uploads, processing, conversations. */
function userActivity(mine: string): Dashboard {
    const requests = (route: string) => `sum(increase(${seconds}_count{${mine}, route=~"${route}", status=~"2.."}[1h]))`;
    return {
        uid: "agents-user-activity",
        title: "Agents: user activity",
        panels: [
            { title: "Sign-ins in an hour", type: "timeseries", unit: "short", queries: [{ expr: requests("/api/login"), legend: "sign-ins" }] },
            { title: "Uploads in an hour", type: "timeseries", unit: "short", queries: [{ expr: requests("/api/v2/upload"), legend: "uploads" }] },
            { title: "Questions in an hour", type: "timeseries", unit: "short", queries: [{ expr: requests("/(api/)?chat"), legend: "questions" }] },
            { title: "Conversations in work", type: "timeseries", unit: "short", queries: [{ expr: `sum(agent_ongoing_requests{${mine}})`, legend: "turns" }] },
            { title: "Documents processed in an hour", type: "timeseries", unit: "short", queries: [{ expr: `sum by (outcome) (increase(ingest_jobs_total{${mine}}[1h]))`, legend: "{{outcome}}" }] },
            { title: "Retrieval time", type: "timeseries", unit: "s", queries: [0.5, 0.95].map((share) => ({ expr: quantile(`${mine}, route="/search"`, share, "route"), legend: `P${share * 100}` })) },
            { title: "What agents did in an hour", type: "timeseries", unit: "short", queries: [{ expr: `sum by (tool, outcome) (increase(mcp_tool_calls_total{${mine}}[1h]))`, legend: "{{tool}} {{outcome}}" }] },
        ],
    };
}

/** Database, queue, nodes and pods. */
function technical(topology: Topology, mine: string): Dashboard {
    const clustered = topology.stores.some((store) => store.form === "cloudnativepg");
    const queued = topology.services.some((service) => service.scaling?.some((trigger) => trigger.kind === "queue"));
    return {
        uid: "agents-technical",
        title: "Agents: technical",
        panels: [
            ...(clustered
                ? [
                      { title: "Database connections", type: "timeseries", unit: "short", queries: [{ expr: `sum by (pod, state) (cnpg_backends_total{${mine}})`, legend: "{{pod}} {{state}}" }] } as const,
                      { title: "Transactions of the database", type: "timeseries", unit: "reqps", queries: [{ expr: `sum by (datname) (rate(cnpg_pg_stat_database_xact_commit{${mine}}[5m]))`, legend: "{{datname}}" }] } as const,
                      { title: "Share of blocks found in memory", type: "timeseries", unit: "percentunit", queries: [{ expr: `sum(rate(cnpg_pg_stat_database_blks_hit{${mine}}[5m])) / (sum(rate(cnpg_pg_stat_database_blks_hit{${mine}}[5m])) + sum(rate(cnpg_pg_stat_database_blks_read{${mine}}[5m])))`, legend: "hits" }] } as const,
                      { title: "Standbys behind the primary", type: "timeseries", unit: "s", queries: [{ expr: `max by (pod) (cnpg_pg_replication_lag{${mine}})`, legend: "{{pod}}" }] } as const,
                  ]
                : []),
            ...(queued ? [{ title: "Work that waits", type: "timeseries", unit: "short", queries: [{ expr: `sum by (scaledObject) (keda_scaler_metrics_value{exported_namespace="${topology.namespace}"})`, legend: "{{scaledObject}}" }] } as const] : []),
            { title: "Disks", type: "timeseries", unit: "percentunit", queries: [{ expr: `kubelet_volume_stats_used_bytes{${mine}} / kubelet_volume_stats_capacity_bytes{${mine}}`, legend: "{{persistentvolumeclaim}}" }] },
            { title: "Restarts in an hour", type: "timeseries", unit: "short", queries: [{ expr: `sum by (pod) (increase(kube_pod_container_status_restarts_total{${mine}}[1h]))`, legend: "{{pod}}" }] },
            { title: "Pods that are not ready", type: "stat", unit: "short", queries: [{ expr: `sum(kube_pod_status_ready{${mine}, condition="false"})`, legend: "pods" }] },
            { title: "Nodes that are ready", type: "stat", unit: "short", queries: [{ expr: `sum(kube_node_status_condition{condition="Ready", status="true"})`, legend: "nodes" }] },
        ],
    };
}

function quantile(labels: string, share: number, by: string): string {
    return `histogram_quantile(${share}, sum by (${by}, le) (rate(${seconds}_bucket{${labels}}[5m])))`;
}
