/**
 * A service of the topology as a RayService: KubeRay runs a head and one to five workers, Ray Serve the applications on
 * them. A new version gets a cluster of its own and takes over when it answers.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import { rayPorts, rayReplicas } from "../../topology/ray";
import type { Resources, Service } from "../../topology/types";
import { fixedName, labelsOf, refuse } from "../parts/component";
import { customResource } from "../parts/custom-resource";
import type { Home } from "../parts/home";
import { containerSecurity, hardenedPod, missingBundles } from "../parts/pod";
import { SecretBundle, type SecretBundles } from "../parts/secret-bundle";
import { randomValue, secretText } from "../parts/secret-text";

/** Of the image that app/remote/Dockerfile makes; app/remote/requirements.in pins the same. */
export const rayVersion = "2.60.0";

export interface InferenceArgs {
    /** Where it runs. */
    readonly home: Home;
    readonly service: Service;
    /** Its own, from `inferenceSecrets`. */
    readonly secrets: SecretBundles;
}

/** The applications of app/remote/inference/serve.py, and the share of a CPU that a replica of each takes. */
const applications = { embedding: { route: "/embed", deployment: "Embedding", cpus: 0.4 }, reranking: { route: "/rerank", deployment: "Reranking", cpus: 0.3 }, ocr: { route: "/ocr", deployment: "Ocr", cpus: 0.3 } } as const;

/** `serveConfigV2`: JSON, which is YAML too. Document 004: one to five replicas, five requests in hand each. */
export function serveConfig(replicas: Service["replicas"], http: { readonly host: string; readonly port: number } = { host: "0.0.0.0", port: rayPorts.serve }): string {
    return JSON.stringify({
        proxy_location: "EveryNode",
        http_options: http,
        applications: Object.entries(applications).map(([name, { route, deployment, cpus }]) => ({
            name,
            route_prefix: route,
            import_path: `inference.serve:${name}`,
            deployments: [{
                name: deployment,
                // A few more than the target wait at a replica while another one starts.
                max_ongoing_requests: 2 * rayReplicas.ongoingRequests,
                autoscaling_config: { min_replicas: replicas.min, max_replicas: replicas.max, target_ongoing_requests: rayReplicas.ongoingRequests },
                ray_actor_options: { num_cpus: cpus },
            }],
        })),
    }, undefined, 2);
}

/** The key by which others ask, what the worker needs to know of the OCR, and the token that Ray's own parts show each other. */
export function inferenceSecrets(component: pulumi.ComponentResource, { namespace, protect, secretSource }: Home, service: Service): SecretBundles {
    const generated = (name: string) => randomValue(secretSource, `${service.name}-${name}`, 48, { parent: component, protect });
    const key = generated("key");
    const parsers = secretText`[{"provider":"ray-ocr","url":"http://${service.name}:${service.port!}/ocr","apiKey":"${key}"}]`;
    return {
        inference: new SecretBundle("inference", { namespace, values: { key, parsers } }, { parent: component }),
        ray: new SecretBundle("ray", { namespace, values: { auth_token: generated("token") } }, { parent: component }),
    };
}

export class Inference extends pulumi.ComponentResource {
    constructor(name: string, args: InferenceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:Inference", name, {}, opts);
        const { home, service, secrets } = args;
        refuse(this, "Inference", name, [
            ...missingBundles(service, secrets).map((bundle) => `service.secrets: there is no secret bundle "${bundle}"`),
            ...(home.images[service.image] === undefined ? [`service.image: the home has no image "${service.image}"`] : []),
            ...(service.head === undefined ? ["service.head: nothing says how large the head is"] : []),
            ...(service.port === rayPorts.serve ? [] : [`service.port: Ray Serve listens on ${rayPorts.serve}`]),
        ]);
        const { namespace } = home;
        const labels = labelsOf(service.name, service.owner);
        const account = (which: string) => new k8s.core.v1.ServiceAccount(`${name}-${which}-account`, { metadata: { name: `${service.name}-${which}`, namespace, labels }, automountServiceAccountToken: false }, fixedName(this)).metadata.name;
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata: { name: service.name, namespace, labels }, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: { [nameLabel]: service.name } } } }, fixedName(this));
        customResource(this, `${name}-rayservice`, {
            apiVersion: "ray.io/v1",
            kind: "RayService",
            name: service.name,
            namespace,
            labels,
            spec: {
                serveConfigV2: serveConfig(service.replicas),
                upgradeStrategy: { type: "NewCluster" },
                // No replica runs on the head, so nobody is sent there.
                excludeHeadPodFromServeSvc: true,
                serveService: { metadata: { name: service.name, labels }, spec: { type: "ClusterIP", ports: [{ name: "serve", port: rayPorts.serve, targetPort: rayPorts.serve, protocol: "TCP" }] } },
                rayClusterConfig: {
                    rayVersion,
                    enableInTreeAutoscaling: true,
                    autoscalerOptions: {
                        imagePullPolicy: "IfNotPresent",
                        securityContext: containerSecurity,
                        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
                        env: [{ name: "HOME", value: "/tmp" }],
                        // The only container that has an identity in the cluster: it adds and removes workers.
                        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, { name: identity, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }],
                    },
                    authOptions: { mode: "token", secretName: secrets.ray!.secretName },
                    headGroupSpec: { rayStartParams: { "num-cpus": "0", "dashboard-port": String(rayPorts.dashboard), ...startParameters }, template: head(service, args, account("head")) },
                    workerGroupSpecs: [{ groupName: "workers", replicas: service.replicas.min, minReplicas: service.replicas.min, maxReplicas: service.replicas.max, rayStartParams: { "num-cpus": "1", ...startParameters }, template: worker(service, args, account("worker")) }],
                },
            },
        }, { dependsOn: [...home.guards] });
        this.registerOutputs({});
    }
}

const identity = "autoscaler-identity";

/** Without these Ray would take ports as it finds them, and policies would have to open all. */
const startParameters: Readonly<Record<string, string>> = {
    "metrics-export-port": String(rayPorts.metrics),
    "dashboard-agent-listen-port": String(rayPorts.agent),
    "dashboard-agent-grpc-port": String(rayPorts.agentGrpc),
    "runtime-env-agent-port": String(rayPorts.runtimeEnv),
    "node-manager-port": String(rayPorts.nodeManager),
    "object-manager-port": String(rayPorts.objectManager),
    "min-worker-port": String(rayPorts.workers.first),
    "max-worker-port": String(rayPorts.workers.last),
    // Requests are small: most of the memory belongs to the models.
    "object-store-memory": "100000000",
};

type Template = k8s.types.input.core.v1.PodTemplateSpec;

/** Plans and keeps watch. Its liveness asks the store of the cluster's state, without which nothing works. */
function head(service: Service, args: InferenceArgs, account: pulumi.Input<string>): Template {
    const template = rayPod(service, args, account, service.head!, {
        ports: Object.entries({ gcs: rayPorts.gcs, dashboard: rayPorts.dashboard, serve: rayPorts.serve, metrics: rayPorts.metrics }).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
        readinessProbe: asked(rayPorts.dashboard, "/api/gcs_healthz", 5, 3),
    });
    const spec = template.spec as { volumes: object[] };
    spec.volumes.push({
        name: identity,
        projected: {
            sources: [
                { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
                { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
                { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
            ],
        },
    });
    return template;
}

/** Runs replicas; ready when the door to them is open. */
function worker(service: Service, args: InferenceArgs, account: pulumi.Input<string>): Template {
    return rayPod(service, args, account, service.resources, {
        ports: Object.entries({ serve: rayPorts.serve, metrics: rayPorts.metrics }).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
        readinessProbe: asked(rayPorts.serve, "/-/healthz", 5, 3),
    });
}

function rayPod(service: Service, { home, secrets }: InferenceArgs, serviceAccountName: pulumi.Input<string>, resources: Resources, container: Partial<k8s.types.input.core.v1.Container>): Template {
    const { health } = service;
    const runnable = { ...service, resources };
    const template = hardenedPod({ runnable, image: home.images[service.image]!, serviceAccountName, priorityClassName: home.priorities[service.priority], secrets }, {
        startupProbe: asked(health.port, health.startup.path!, health.startup.periodSeconds, health.startup.failureThreshold!),
        livenessProbe: asked(health.port, health.liveness!.path!, health.liveness!.periodSeconds, health.liveness!.failureThreshold!),
        ...container,
    }, { terminationGracePeriodSeconds: service.graceSeconds, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { [nameLabel]: service.name } } }] });
    // Ray's processes share objects through it.
    const spec = template.spec as { volumes: object[]; containers: { volumeMounts: object[] }[] };
    spec.volumes.push({ name: "shared-mem", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } });
    spec.containers[0]!.volumeMounts.push({ name: "shared-mem", mountPath: "/dev/shm" });
    return template;
}

function asked(port: number, path: string, periodSeconds: number, failureThreshold: number): k8s.types.input.core.v1.Probe {
    return { httpGet: { path, port }, periodSeconds, timeoutSeconds: 5, failureThreshold };
}
