/** The one shape of pod that exists here: restricted Pod Security, read-only, without an identity in the cluster. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nameLabel } from "../../topology/network-policies";
import type { ImageName, Probe, Runnable, SecretName, Service } from "../../topology/types";
import { labelsOf } from "./component";
import type { BundleName, SecretBundles } from "./secret-bundle";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type PodTemplate = k8s.types.input.core.v1.PodTemplateSpec;
type Container = k8s.types.input.core.v1.Container;

/** The user that each image runs as. None is root, and none exists on the node. */
export const users: Readonly<Record<ImageName, number>> = { app: 10001, web: 101, postgres: 999, cloudflared: 65532, "cloudnative-pg": 26, "cloudnative-pg-operator": 10001, pgbouncer: 998, ray: 1000, redis: 999, nats: 1000, nginx: 101, squid: 13, tailscale: 1000, ollama: 1000, "steel-browser": 1000, flowise: 1000, netbird: 1000, "talos-backup": 65532 };

/** How long a pod still answers after it was told to stop: until every node has taken it out of the Service. */
export const drainSeconds = 5;

const secretsFolder = "/run/secrets/agent-platform";

/** Where a container finds a secret that it names. */
export function secretFile(secret: SecretName): string {
    return `${secretsFolder}/${secret}`;
}

export interface PodArgs {
    readonly runnable: Runnable;
    readonly image: pulumi.Input<string>;
    readonly serviceAccountName: pulumi.Input<string>;
    readonly priorityClassName: pulumi.Input<string>;
    /** The bundles that `runnable.secrets` names. */
    readonly secrets: SecretBundles;
}

/** The pod of a service: probes, draining, and spread over nodes and zones. */
export function servicePod(service: Service, args: Omit<PodArgs, "runnable">): PodTemplate {
    const { port, startup, readiness, liveness } = service.health;
    return hardenedPod({ ...args, runnable: service }, {
        ports: [...new Set([service.port ?? port, port])].map((containerPort) => ({ containerPort, protocol: "TCP" })),
        startupProbe: probeOf(startup, port),
        readinessProbe: probeOf(readiness, port),
        ...(liveness === undefined ? {} : { livenessProbe: probeOf(liveness, port) }),
        ...(service.port === undefined ? {} : { lifecycle: { preStop: { sleep: { seconds: drainSeconds } } } }),
    }, {
        terminationGracePeriodSeconds: service.graceSeconds,
        topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
            maxSkew: 1,
            topologyKey,
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { [nameLabel]: service.name } },
        })),
    });
}

/** A pod with one container that can write to /tmp and nowhere else. */
export function hardenedPod(args: PodArgs, container: Partial<Container>, spec: Partial<PodSpec>): PodTemplate {
    const { runnable, secrets } = args;
    const bundles = bundlesOf(runnable);
    const mountsSecrets = bundles.length > 0;
    return {
        metadata: {
            labels: labelsOf(runnable.name, runnable.owner),
            annotations: mountsSecrets ? { "agent-platform/secrets": pulumi.all(bundles.map((bundle) => given(secrets, bundle).checksum)).apply((sums) => sums.join("-")) } : {},
        },
        spec: {
            serviceAccountName: args.serviceAccountName,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            priorityClassName: args.priorityClassName,
            securityContext: podSecurity(runnable.image),
            ...poolOf(runnable),
            ...spec,
            containers: [
                {
                    name: runnable.name,
                    image: args.image,
                    imagePullPolicy: "IfNotPresent",
                    ...(runnable.args === undefined ? {} : { args: [...runnable.args] }),
                    env: environment(runnable),
                    resources: { requests: { ...runnable.resources.requests }, limits: { ...runnable.resources.limits } },
                    securityContext: containerSecurity,
                    ...container,
                    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(mountsSecrets ? [{ name: "secrets", mountPath: secretsFolder, readOnly: true }] : [])],
                },
            ],
            volumes: [{ name: "tmp", emptyDir: { sizeLimit: runnable.scratch } }, ...(mountsSecrets ? [secretsVolume(runnable, secrets)] : [])],
        },
    };
}

/** Never root, whatever the image says; mounted secrets can be read through the group. */
export function podSecurity(image: ImageName): k8s.types.input.core.v1.PodSecurityContext {
    const user = users[image];
    return { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } };
}

export const containerSecurity: k8s.types.input.core.v1.SecurityContext = {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
};

/** Nodes of every pool that a blueprint names carry this label. */
export const poolLabel = "agent-platform/pool";

/** Keeps a pod on the machines of its pool, if it has one. */
export function poolOf({ pool }: { readonly pool?: string }): { nodeSelector?: Record<string, string> } {
    return pool === undefined ? {} : { nodeSelector: { [poolLabel]: pool } };
}

/** The bundles a container needs, each once. */
export function bundlesOf(runnable: Runnable): BundleName[] {
    return [...new Set(Object.values(runnable.secrets).map((name) => partsOf(name).bundle))].sort();
}

/** Names of bundles that are needed and not there. */
export function missingBundles(runnable: Runnable, secrets: SecretBundles): BundleName[] {
    return bundlesOf(runnable).filter((bundle) => secrets[bundle] === undefined);
}

/** Settings as they are; each secret as the path of its file. Sorted, so that reordering changes nothing. */
function environment(runnable: Runnable): { name: string; value: string }[] {
    const files = Object.entries(runnable.secrets).map(([name, secret]) => [`${name}_FILE`, secretFile(secret)] as const);
    return [...Object.entries(runnable.settings), ...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
}

/** One folder with only those keys that this container uses. */
function secretsVolume(runnable: Runnable, secrets: SecretBundles): k8s.types.input.core.v1.Volume {
    const wanted = [...new Set(Object.values(runnable.secrets))].sort().map(partsOf);
    return {
        name: "secrets",
        projected: {
            defaultMode: 0o440,
            sources: bundlesOf(runnable).map((bundle) => ({
                secret: { name: given(secrets, bundle).secretName, items: wanted.filter((one) => one.bundle === bundle).map(({ key }) => ({ key, path: `${bundle}/${key}` })) },
            })),
        },
    };
}

function given(secrets: SecretBundles, bundle: BundleName): NonNullable<SecretBundles[BundleName]> {
    const found = secrets[bundle];
    if (found === undefined) throw new Error(`there is no secret bundle "${bundle}"`);
    return found;
}

function partsOf(name: SecretName): { bundle: BundleName; key: string } {
    const [bundle, key] = name.split("/") as [BundleName, string];
    return { bundle, key };
}

function probeOf(probe: Probe, port: number): k8s.types.input.core.v1.Probe {
    const { path, ...times } = probe;
    return { ...(path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port } }), timeoutSeconds: 3, ...times };
}
