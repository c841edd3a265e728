/** A service of the topology as a Deployment with everything that it needs around it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Autoscaling } from "../../topology/derive";
import { nameLabel } from "../../topology/network-policies";
import type { Service } from "../../topology/types";
import { fixedName, labelsOf, refuse, transformed, type Transform } from "./component";
import type { Home } from "./home";
import { drainSeconds, missingBundles, servicePod } from "./pod";
import { grows, scaling, unknownQueues, type QueueGauge } from "./scaling";
import type { SecretBundles } from "./secret-bundle";

export interface WorkloadArgs {
    /** Where it runs. */
    readonly home: Home;
    readonly service: Service;
    /** Secret bundles that the service names, beside those of the home. @default none */
    readonly secrets?: SecretBundles;
    /** What must be ready before its pods start. @default nothing */
    readonly after?: readonly pulumi.Resource[];
    /** How to look into the queues that its triggers name. @default none */
    readonly queues?: Readonly<Record<string, QueueGauge>>;
    readonly transform?: WorkloadTransforms;
}

/** Escape hatches, one per child. */
export interface WorkloadTransforms {
    readonly account?: Transform<k8s.core.v1.ServiceAccountArgs>;
    readonly deployment?: Transform<k8s.apps.v1.DeploymentArgs>;
    readonly address?: Transform<k8s.core.v1.ServiceArgs>;
    readonly budget?: Transform<k8s.policy.v1.PodDisruptionBudgetArgs>;
    readonly autoscaler?: Transform<k8s.autoscaling.v2.HorizontalPodAutoscalerArgs>;
}

/** Escape hatches of a component's services, by name of the service. */
export type ServiceTransforms = Readonly<Record<string, WorkloadTransforms>>;

/** Problems: transforms that would never be applied. */
export function unknownServices(transforms: ServiceTransforms = {}, services: readonly Service[]): string[] {
    const names = services.map((service) => service.name);
    return Object.keys(transforms).filter((name) => !names.includes(name)).map((name) => `transform.services: there is no service "${name}"; there are ${names.join(", ")}`);
}

/** A hardened Deployment with its own ServiceAccount, disruption budget, ClusterIP Service and autoscaler. */
export class Workload extends pulumi.ComponentResource {
    /** The Service, for a service that others call: its name can be looked up before its pods are ready. */
    readonly address: k8s.core.v1.Service | undefined;
    /** Ready when all replicas of this version are. */
    readonly deployment: k8s.apps.v1.Deployment;

    constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:Workload", name, {}, opts);
        const { home, service, secrets, queues, autoscaling } = resolveWorkloadArgs(args, (problems) => refuse(this, "Workload", name, problems));
        const { transform = {} } = args;
        const metadata = { name: service.name, namespace: home.namespace, labels: labelsOf(service.name, service.owner) };
        const selector = { [nameLabel]: service.name };

        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, ...transformed(transform.account, { metadata, automountServiceAccountToken: false }, fixedName(this)));
        this.address = service.port === undefined ? undefined : new k8s.core.v1.Service(`${name}-address`, ...transformed(transform.address, {
            // The Deployment is waited for; waiting for endpoints too would make callers wait for those they call.
            metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: service.port, targetPort: service.port, protocol: "TCP" }] },
        }, fixedName(this)));
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, ...transformed(transform.budget, {
            metadata,
            // One at a time; with a single replica this still lets a node be drained.
            spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
        }, fixedName(this)));
        this.deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, ...transformed(transform.deployment, {
            metadata,
            spec: {
                // With an autoscaler the number is its own; writing it here would undo its work at every update.
                ...(grows(service, autoscaling) ? {} : { replicas: service.replicas.min }),
                revisionHistoryLimit: 3,
                progressDeadlineSeconds: 300,
                strategy: service.alone === true ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
                selector: { matchLabels: selector },
                template: servicePod(service, { image: home.images[service.image]!, serviceAccountName: account.metadata.name, priorityClassName: home.priorities[service.priority], secrets }),
            },
        }, fixedName(this, { dependsOn: [...home.guards, ...(args.after ?? [])] })));
        if (grows(service, autoscaling)) scaling(this, name, { home, service, deployment: this.deployment, autoscaling, queues, secrets, transform: transform.autoscaler });
        this.registerOutputs({});
    }
}

interface ResolvedWorkload {
    readonly home: Home;
    readonly service: Service;
    readonly secrets: SecretBundles;
    readonly queues: Readonly<Record<string, QueueGauge>>;
    readonly autoscaling: Autoscaling | undefined;
}

/** Defaults and checks; tells `report` all problems. */
export function resolveWorkloadArgs(args: WorkloadArgs, report: (problems: readonly string[]) => void): ResolvedWorkload {
    const { home, service } = args;
    const secrets: SecretBundles = { ...home.secrets, ...args.secrets };
    const problems = missingBundles(service, secrets).map((bundle) => `service.secrets: there is no secret bundle "${bundle}"`);
    if (home.images[service.image] === undefined) problems.push(`service.image: the home has no image "${service.image}"`);
    if (service.port !== undefined && service.graceSeconds <= drainSeconds) problems.push(`service.graceSeconds: ${service.graceSeconds} s leave nothing after the ${drainSeconds} s of draining`);
    const queues = args.queues ?? {};
    problems.push(...unknownQueues(service, queues));
    report(problems);
    return { home, service, secrets, queues, autoscaling: home.autoscaling(service) };
}
