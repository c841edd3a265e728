/**
 * Everything in Kubernetes: the service that takes uploads, and the workers that read them. The queue between them is
 * a Redis or a NATS when the topology gives this component one, else the database.
 */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../topology/types";
import { refuse } from "../parts/component";
import type { Home } from "../parts/home";
import { NatsStore } from "../parts/nats-store";
import { RedisStore } from "../parts/redis-store";
import { SecretBundle, type SecretBundles } from "../parts/secret-bundle";
import { secretText } from "../parts/secret-text";
import type { QueueGauge } from "../parts/scaling";
import { Workload } from "../parts/workload";
import type { Database } from "../rag-service";
import { resolveInClusterArgs, type KubernetesArgs } from "./args";
import { jobsInPostgres } from "./queues";

export interface InClusterForm {
    readonly kind: "in-cluster";
}

export interface InClusterArgs extends KubernetesArgs {
    readonly form: InClusterForm;
}

export interface BuiltPipeline {
    /** The addresses that others call; their names can be looked up from the start. */
    readonly addresses: readonly k8s.core.v1.Service[];
}

export function inCluster(component: pulumi.ComponentResource, name: string, args: InClusterArgs): BuiltPipeline {
    const { home, share, database, transform } = resolveInClusterArgs(args, (problems) => refuse(component, "UploadPipeline", name, problems));
    const brokers = share.stores.flatMap((store): Broker[] => {
        if (store.form === "nats") {
            const { secrets, statefulSet } = new NatsStore(store.name, { home, store }, { parent: component });
            return [{ secrets, running: statefulSet }];
        }
        if (store.engine !== "redis" || store.form !== "statefulset") return [];
        const { secrets, statefulSet } = new RedisStore(store.name, { home, store }, { parent: component });
        return [{ secrets, running: statefulSet }];
    });
    const secrets: SecretBundles = Object.assign({}, database.secrets, ...brokers.map((broker) => broker.secrets), counted(component, home, share.services, database));
    const queues: Readonly<Record<string, QueueGauge>> = { postgres: jobsInPostgres };
    const addresses = share.services.flatMap((service) => {
        const workload = new Workload(service.name, { home, service, secrets, queues, after: [database.ready, ...brokers.map(({ running }) => running)], transform: transform.services?.[service.name] }, { parent: component });
        return workload.address ?? [];
    });
    return { addresses };
}

/** What carries the queue beside the database. */
interface Broker {
    readonly secrets: SecretBundles;
    readonly running: pulumi.Resource;
}

/** What KEDA needs to count jobs in the database, when a worker grows by them: it counts those of all tenants. */
function counted(component: pulumi.ComponentResource, home: Home, services: readonly Service[], database: Database): SecretBundles {
    if (!services.some(({ scaling = [] }) => scaling.some((trigger) => trigger.kind === "queue" && trigger.queue === "postgres"))) return {};
    return { queue: new SecretBundle("queue", { namespace: home.namespace, values: { url: secretText`${database.sessionUrl}?options=-c%20app.role%3Dsystem` } }, { parent: component }) };
}
