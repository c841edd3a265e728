/** How a Deployment grows: by what it uses (HorizontalPodAutoscaler), or by what waits for it (KEDA). */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Autoscaling } from "../../topology/derive";
import type { Service, Trigger } from "../../topology/types";
import { fixedName, labelsOf, transformed, type Transform } from "./component";
import { customResource } from "./custom-resource";
import type { Home } from "./home";
import type { SecretBundles } from "./secret-bundle";

/** Where KEDA looks to see how much waits in a queue, and with which secrets it may. */
export interface QueueGauge {
    readonly type: "postgresql" | "nats-jetstream";
    /** The trigger's own settings for so many waiting messages per replica. */
    metadata(perReplica: number): Readonly<Record<string, pulumi.Input<string>>>;
    /** Parameter of the trigger → key of a secret bundle. */
    readonly secrets: Readonly<Record<string, { readonly bundle: keyof SecretBundles; readonly key: string }>>;
}

export interface ScalingArgs {
    readonly home: Home;
    readonly service: Service;
    readonly deployment: pulumi.Resource;
    /** By ongoing requests, when the topology has an objective for this service. */
    readonly autoscaling: Autoscaling | undefined;
    /** How to look into the queues that the service's triggers name. */
    readonly queues: Readonly<Record<string, QueueGauge>>;
    readonly secrets: SecretBundles;
    readonly transform?: Transform<k8s.autoscaling.v2.HorizontalPodAutoscalerArgs> | undefined;
}

/** Messages for each replica where the topology does not say. */
const defaultPerReplica = 5;

type QueueTrigger = Extract<Trigger, { kind: "queue" }>;
type Metric = k8s.types.input.autoscaling.v2.MetricSpec;

/** Whether the number of replicas is its scaler's and not the Deployment's. */
export function grows(service: Service, autoscaling: Autoscaling | undefined): boolean {
    return autoscaling !== undefined || (service.scaling ?? []).length > 0;
}

/** Problems: queues that nobody told how to look into. */
export function unknownQueues(service: Service, queues: Readonly<Record<string, QueueGauge>>): string[] {
    return queueTriggers(service).filter(({ queue }) => queues[queue] === undefined).map(({ queue }) => `service.scaling: nothing tells how to look into "${queue}"`);
}

export function scaling(parent: pulumi.Resource, name: string, args: ScalingArgs): void {
    const { service, autoscaling } = args;
    if (queueTriggers(service).length > 0 || (service.scaling ?? []).some((trigger) => trigger.kind === "cron")) return byKeda(parent, name, args);
    const metrics: Metric[] = [
        ...(autoscaling === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: autoscaling.cpuPerReplica } } }]),
        ...(service.scaling ?? []).flatMap((trigger) => (trigger.kind === "cpu" || trigger.kind === "memory" ? [{ type: "Resource", resource: { name: trigger.kind, target: { type: "Utilization", averageUtilization: trigger.percent } } }] : [])),
    ];
    const { min, max } = service.replicas;
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(`${name}-autoscaler`, ...transformed(args.transform, {
        metadata: { name: service.name, namespace: args.home.namespace, labels: labelsOf(service.name, service.owner) },
        spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: service.name }, minReplicas: min, maxReplicas: max, metrics },
    }, fixedName(parent, { dependsOn: [args.deployment] })));
}

function byKeda(parent: pulumi.Resource, name: string, { home, service, deployment, queues, secrets }: ScalingArgs): void {
    const { min, max } = service.replicas;
    const triggers = (service.scaling ?? []).map((trigger): pulumi.Inputs => {
        if (trigger.kind === "cron") return { type: "cron", metadata: { timezone: trigger.timezone, start: trigger.start, end: trigger.end, desiredReplicas: String(trigger.replicas) } };
        if (trigger.kind !== "queue") return { type: trigger.kind, metricType: "Utilization", metadata: { value: String(trigger.percent) } };
        const gauge = queues[trigger.queue]!;
        const metadata = gauge.metadata(trigger.perReplica ?? defaultPerReplica);
        const access = Object.entries(gauge.secrets);
        if (access.length === 0) return { type: gauge.type, metadata };
        const authentication = customResource(parent, `${name}-${trigger.queue}-access`, {
            apiVersion: "keda.sh/v1alpha1",
            kind: "TriggerAuthentication",
            name: `${service.name}-${trigger.queue}`,
            namespace: home.namespace,
            labels: labelsOf(service.name, service.owner),
            spec: { secretTargetRef: access.map(([parameter, { bundle, key }]) => ({ parameter, name: secrets[bundle]!.secretName, key })) },
        });
        return { type: gauge.type, metadata, authenticationRef: { name: authentication.metadata.name } };
    });
    customResource(parent, `${name}-scaler`, {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        name: service.name,
        namespace: home.namespace,
        labels: labelsOf(service.name, service.owner),
        spec: {
            scaleTargetRef: { name: service.name },
            pollingInterval: 15,
            cooldownPeriod: 120,
            minReplicaCount: min,
            maxReplicaCount: max,
            // When the queue cannot be looked into, what was needed last is a better guess than none.
            fallback: { failureThreshold: 3, replicas: Math.max(1, min) },
            triggers,
        },
    }, { dependsOn: [deployment] });
}

function queueTriggers(service: Service): QueueTrigger[] {
    return (service.scaling ?? []).filter((trigger): trigger is QueueTrigger => trigger.kind === "queue");
}
