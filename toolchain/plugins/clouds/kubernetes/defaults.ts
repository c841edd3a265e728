/** What an API server fills into an object, as far as programs and policies look at it. */
import type { KubeObject } from "../../kubernetes/objects";
import { isObject, type Props, type Value } from "../../sdk/values";
import type { Seed } from "../seed";

export function withDefaults(object: KubeObject, before: KubeObject | undefined, seed: Seed): KubeObject {
    const filled = DEFAULTS[object.kind]?.(structuredClone(object) as unknown as Props, before as unknown as Props | undefined, seed);
    return (filled as unknown as KubeObject | undefined) ?? structuredClone(object);
}

type Filler = (object: Props, before: Props | undefined, seed: Seed) => Props;

const DEFAULTS: Readonly<Record<string, Filler>> = {
    Namespace: (object) => {
        const metadata = section(object, "metadata");
        return { ...object, metadata: { ...metadata, labels: { ...section(metadata, "labels"), "kubernetes.io/metadata.name": metadata.name! } }, spec: { finalizers: ["kubernetes"] } };
    },
    Secret: (object) => {
        const { stringData, ...rest } = object;
        const folded = Object.fromEntries(Object.entries(isObject(stringData) ? stringData : {}).map(([key, value]) => [key, Buffer.from(String(value)).toString("base64")]));
        return { ...rest, type: object.type ?? "Opaque", data: { ...section(object, "data"), ...folded } };
    },
    Service: (object, before, seed) => {
        const [spec, old] = [section(object, "spec"), section(before ?? {}, "spec")];
        if (spec.type === "ExternalName") return object;
        const clusterIP = spec.clusterIP ?? old.clusterIP ?? `10.96.${seed.of("c").number(0, 255)}.${seed.of("d").number(10, 250)}`;
        const outside = spec.type === "LoadBalancer" || spec.type === "NodePort";
        const ports = list(spec.ports).map((port, index) => (isObject(port) ? { protocol: "TCP", targetPort: port.port!, ...(outside ? { nodePort: 30_000 + seed.of(`port ${index}`).number(0, 2767) } : {}), ...port } : port));
        return { ...object, spec: { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack", ...(outside ? { externalTrafficPolicy: "Cluster", allocateLoadBalancerNodePorts: true } : {}), ...spec, clusterIP, clusterIPs: [clusterIP], ports } };
    },
    Deployment: (object) => inSpec(object, (spec) => ({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } }, ...spec, template: template(spec.template) })),
    StatefulSet: (object) => inSpec(object, (spec) => ({ replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady", updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } }, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" }, ...spec, template: template(spec.template) })),
    DaemonSet: (object) => inSpec(object, (spec) => ({ revisionHistoryLimit: 10, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }, ...spec, template: template(spec.template) })),
    Job: (object) => inSpec(object, (spec) => ({ backoffLimit: 6, completions: 1, parallelism: 1, completionMode: "NonIndexed", suspend: false, ...spec, template: template(spec.template) })),
    CronJob: (object) => inSpec(object, (spec) => ({ concurrencyPolicy: "Allow", failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 3, suspend: false, ...spec })),
    PersistentVolumeClaim: (object, _before, seed) => inSpec(object, (spec) => ({ volumeMode: "Filesystem", volumeName: `pvc-${seed.uuid()}`, storageClassName: "standard", ...spec })),
    NetworkPolicy: (object) => inSpec(object, (spec) => ({ policyTypes: ["Ingress"], ...spec })),
};

function inSpec(object: Props, fill: (spec: Props) => Props): Props {
    return { ...object, spec: fill(section(object, "spec")) };
}

function template(given: Value | undefined): Props {
    const whole = isObject(given) ? given : {};
    const spec = section(whole, "spec");
    return { ...whole, spec: { restartPolicy: "Always", dnsPolicy: "ClusterFirst", schedulerName: "default-scheduler", terminationGracePeriodSeconds: 30, securityContext: {}, ...spec, containers: list(spec.containers).map(container) } };
}

function container(given: Value): Value {
    return isObject(given) ? { imagePullPolicy: "IfNotPresent", terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File", resources: {}, ...given } : given;
}

function section(object: Props, name: string): Props {
    const value = object[name];
    return isObject(value) ? value : {};
}

function list(value: Value | undefined): Value[] {
    return Array.isArray(value) ? value : [];
}
