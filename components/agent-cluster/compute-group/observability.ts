/** What is recorded of the project, and what wakes somebody. */
import * as logging from "@pulumi/gcp/logging";
import * as monitoring from "@pulumi/gcp/monitoring";
import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";

export interface ObservabilityArgs {
    readonly prefix: string;
    readonly project: string;
    readonly alertEmail?: string | undefined;
}

/** Who read or changed what in these services, not only who administered them. */
const audited = ["cloudsql.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com", "compute.googleapis.com", "iam.googleapis.com"] as const;

interface Alert {
    readonly name: string;
    readonly title: string;
    readonly filter: string;
    readonly above: number;
    readonly seconds: number;
    readonly aligner: "ALIGN_MEAN" | "ALIGN_RATE";
}

/** Thresholds of document 001, which all blueprints share. */
const alerts: readonly Alert[] = [
    { name: "cpu", title: "CPU of the instances above 90 %", filter: 'resource.type = "gce_instance" AND metric.type = "compute.googleapis.com/instance/cpu/utilization"', above: 0.9, seconds: 300, aligner: "ALIGN_MEAN" },
    { name: "database-cpu", title: "CPU of a database above 90 %", filter: 'resource.type = "cloudsql_database" AND metric.type = "cloudsql.googleapis.com/database/cpu/utilization"', above: 0.9, seconds: 300, aligner: "ALIGN_MEAN" },
    { name: "database-disk", title: "Disk of a database above 80 %", filter: 'resource.type = "cloudsql_database" AND metric.type = "cloudsql.googleapis.com/database/disk/utilization"', above: 0.8, seconds: 300, aligner: "ALIGN_MEAN" },
    { name: "redis-memory", title: "Memory of Redis above 90 %", filter: 'resource.type = "redis_instance" AND metric.type = "redis.googleapis.com/stats/memory/usage_ratio"', above: 0.9, seconds: 300, aligner: "ALIGN_MEAN" },
    { name: "server-errors", title: "The load balancer answers with errors of the server", filter: 'resource.type = "https_lb_rule" AND metric.type = "loadbalancing.googleapis.com/https/request_count" AND metric.labels.response_code_class = 500', above: 0.5, seconds: 300, aligner: "ALIGN_RATE" },
];

export function observability(parent: pulumi.Resource, name: string, { prefix, project, alertEmail }: ObservabilityArgs): void {
    for (const service of audited) {
        new projects.IAMAuditConfig(`${name}-${service.split(".")[0]!}-audit`, { project, service, auditLogConfigs: ["ADMIN_READ", "DATA_READ", "DATA_WRITE"].map((logType) => ({ logType })) }, { parent });
    }
    const bucket = new logging.ProjectBucketConfig(`${name}-audit-log`, { project, location: "global", bucketId: `${prefix}-audit`, retentionDays: 400, description: "Who did what, kept for 400 days" }, { parent });
    new logging.ProjectSink(`${name}-audit-sink`, {
        project, name: `${prefix}-audit`, destination: pulumi.interpolate`logging.googleapis.com/${bucket.id}`, filter: 'logName:"cloudaudit.googleapis.com"', uniqueWriterIdentity: true,
    }, { parent });
    const channels = alertEmail === undefined ? [] : [new monitoring.NotificationChannel(`${name}-alert-channel`, { project, type: "email", displayName: `${prefix}: operators`, labels: { email_address: alertEmail } }, { parent }).name];
    for (const alert of alerts) {
        new monitoring.AlertPolicy(`${name}-${alert.name}-alert`, {
            project, displayName: `${prefix}: ${alert.title}`, combiner: "OR", notificationChannels: channels, severity: "CRITICAL",
            conditions: [{
                displayName: alert.title,
                conditionThreshold: { filter: alert.filter, comparison: "COMPARISON_GT", thresholdValue: alert.above, duration: `${alert.seconds}s`, aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: alert.aligner }] },
            }],
            documentation: { mimeType: "text/markdown", content: `docs/operating.md says what to look at.` },
        }, { parent });
    }
}
