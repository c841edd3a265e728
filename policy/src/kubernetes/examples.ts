/** Builds the examples of Kubernetes rules: a resource that keeps every rule, changed in the one place that matters. */
import { merge } from "../common/merge";
import { resourceOf, type Resource } from "../core/resource";
import type { Example } from "../core/rule";

const digest = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const labels = { "app.kubernetes.io/name": "shop" };

/** Properties of a Deployment that keeps every rule. */
export function soundDeployment(): Record<string, unknown> {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "shop", namespace: "shop", labels },
        spec: {
            replicas: 2,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: soundPodSpec() },
        },
    };
}

/** A pod specification that keeps every rule. */
export function soundPodSpec(): Record<string, unknown> {
    return {
        serviceAccountName: "shop",
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: labels } }],
        containers: [soundContainer()],
        volumes: [{ name: "tmp", emptyDir: {} }],
    };
}

function soundContainer(): Record<string, unknown> {
    return {
        name: "shop",
        image: `ghcr.io/example/shop@${digest}`,
        ports: [{ containerPort: 8080 }],
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
        livenessProbe: { httpGet: { path: "/health", port: 8080 } },
        readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    };
}

/** A Deployment whose pod specification is sound but for this. `null` removes. */
export function podWith(fragment: Record<string, unknown>): Example {
    const properties = merge(soundDeployment(), { spec: { template: { spec: fragment } } });
    return { resources: [resourceOf("kubernetes:apps/v1:Deployment", "shop", properties)], shown: { place: "pod specification", content: fragment } };
}

/** A Deployment whose only container is sound but for this, in a pod that is sound but for that. `null` removes. */
export function containerWith(fragment: Record<string, unknown>, pod: Record<string, unknown> = {}): Example {
    const container = merge(soundContainer(), fragment);
    return { ...podWith({ ...pod, containers: [container] }), shown: { place: "container", content: fragment } };
}

/** A Deployment whose pod template has these annotations. */
export function podAnnotated(annotations: Record<string, string>): Example {
    const properties = merge(soundDeployment(), { spec: { template: { metadata: { annotations } } } });
    return { resources: [resourceOf("kubernetes:apps/v1:Deployment", "shop", properties)], shown: { place: "pod metadata", content: { annotations } } };
}

/** A whole object, e.g. `object("core/v1", "Service", {…})`; metadata is added. */
export function object(apiVersion: string, kind: string, fields: Record<string, unknown>): Example {
    const resource = objectResource(apiVersion, kind, fields);
    return { resources: [resource], shown: { place: "object", content: resource.properties.value } };
}

/** Several objects that belong together. */
export function objects(...resources: readonly Resource[]): Example {
    return { resources, shown: { place: "objects", content: resources.map(resource => resource.properties.value) } };
}

/** The resource of an object; see `object`. */
export function objectResource(apiVersion: string, kind: string, fields: Record<string, unknown>): Resource {
    const metadata = kind === "Namespace" ? { name: "shop" } : { name: "shop", namespace: "shop" };
    const properties = merge({ apiVersion: apiVersion.replace(/^core\//, ""), kind, metadata }, fields);
    return resourceOf(`kubernetes:${apiVersion}:${kind}`, nameIn(properties), properties);
}

function nameIn(properties: Record<string, unknown>): string {
    return (properties.metadata as { name?: string } | undefined)?.name ?? "shop";
}
