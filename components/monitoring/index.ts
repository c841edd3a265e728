import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AlertGroup } from "../../topology/alerts";
import { nameLabel } from "../../topology/network-policies";
import type { Service } from "../../topology/types";
import { common, fixedName, labelsOf } from "../parts/component";
import { customResource } from "../parts/custom-resource";
import type { Home } from "../parts/home";
import { grafanaJson, type Dashboard } from "./dashboards";

export interface MonitoringArgs {
    /** Where the services are: `home` of an AgentCluster. */
    readonly home: Home;
    /** The services to measure: those of the application, which answer at `/metrics`. */
    readonly services: readonly Service[];
    /** Rules for Prometheus, derived from the topology. */
    readonly alerts: readonly AlertGroup[];
    /** For the sidecar of Grafana that loads ConfigMaps with the label `grafana_dashboard`. @default none */
    readonly dashboards?: readonly Dashboard[];
}

const apiVersion = "monitoring.coreos.com/v1";

/** What Prometheus' operator and Grafana need to know of a deployment: whom to ask, when to warn, what to show. */
export class Monitoring extends pulumi.ComponentResource {
    constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:Monitoring", name, {}, opts);
        const { namespace } = args.home;
        for (const service of args.services.filter((one) => one.image === "app")) {
            const asked = { path: "/metrics", interval: "30s", scrapeTimeout: "10s" };
            const selector = { matchLabels: { [nameLabel]: service.name } };
            const object = { apiVersion, name: service.name, namespace, labels: labelsOf(service.name, service.owner) };
            // One that nobody calls has no Service, so its pods are asked.
            if (service.port === undefined) customResource(this, `${service.name}-pods`, { ...object, kind: "PodMonitor", spec: { selector, jobLabel: nameLabel, podMetricsEndpoints: [{ ...asked, portNumber: service.health.port }] } });
            else customResource(this, `${service.name}-service`, { ...object, kind: "ServiceMonitor", spec: { selector, jobLabel: nameLabel, endpoints: [{ ...asked, port: "http" }] } });
        }
        // Ray's own metrics: of its head and its workers.
        for (const service of args.services.filter((one) => one.form === "ray-service")) {
            customResource(this, `${service.name}-pods`, { apiVersion, kind: "PodMonitor", name: service.name, namespace, labels: labelsOf(service.name, service.owner), spec: { selector: { matchLabels: { [nameLabel]: service.name } }, jobLabel: nameLabel, podMetricsEndpoints: [{ path: "/metrics", interval: "30s", scrapeTimeout: "10s", port: "metrics" }] } });
        }
        customResource(this, `${name}-alerts`, { apiVersion, kind: "PrometheusRule", name: "agent-platform", namespace, spec: { groups: args.alerts.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule })) })) } });
        for (const dashboard of args.dashboards ?? []) {
            new k8s.core.v1.ConfigMap(`${name}-${dashboard.uid}`, {
                metadata: { name: dashboard.uid, namespace, labels: { ...common, grafana_dashboard: "1" } },
                data: { [`${dashboard.uid}.json`]: grafanaJson(dashboard) },
            }, fixedName(this));
        }
        this.registerOutputs({});
    }
}
