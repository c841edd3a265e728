/** A service of others without a chart: one hardened StatefulSet or Deployment in a namespace of its own. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Amounts } from "../../topology/types";
import { common, fixedName, refuse } from "../parts/component";
import { containerSecurity, poolLabel } from "../parts/pod";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface PlatformAppArgs {
    readonly home: PlatformHome;
    /** Image by digest. */
    readonly image: pulumi.Input<string>;
    /** The user that it runs as; never root. */
    readonly user: number;
    readonly replicas: number;
    /** Where others reach it. Absent: it only calls. */
    readonly port?: number;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly settings?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Environment variable → key of a Secret in its namespace. */
    readonly secrets?: Readonly<Record<string, { readonly secret: pulumi.Input<string>; readonly key: string }>>;
    /** What it reserves and may use: the same, so that nothing takes it away (Guaranteed). */
    readonly resources: Amounts;
    /** Pool that it is pinned to. */
    readonly pool?: string;
    /** A volume of its own for each replica. @default none */
    readonly volume?: { readonly path: string; readonly size: string; readonly storageClass: string };
    /** Folders that it writes to and that may be lost, with their sizes. */
    readonly scratch: Readonly<Record<string, string>>;
    /** Path that answers when it is well. */
    readonly healthPath?: string;
    readonly incoming: readonly Door[];
    readonly outgoing: readonly Door[];
    readonly after?: readonly pulumi.Resource[];
    /** Objects that need its namespace and are needed by its pods. */
    readonly before?: (namespace: pulumi.Output<string>, parent: pulumi.Resource) => readonly pulumi.Resource[];
}

export class PlatformApp extends pulumi.ComponentResource {
    readonly workload: pulumi.Resource;

    constructor(name: string, args: PlatformAppArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:App", name, {}, opts);
        const { home, port, volume, replicas, user } = args;
        refuse(this, "App", name, [
            ...(user > 0 ? [] : ["user: 0 is root"]),
            ...(replicas >= 1 ? [] : [`replicas: ${replicas} is nothing`]),
        ]);
        const space = new PlatformNamespace(name, { home, level: "restricted", signed: true, keepsData: volume !== undefined, incoming: args.incoming, outgoing: args.outgoing }, { parent: this });
        const labels = { ...common, "app.kubernetes.io/name": name };
        const metadata = { name, namespace: space.namespace, labels };
        const selector = { "app.kubernetes.io/name": name };
        const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, fixedName(this));
        const quiet = { "pulumi.com/skipAwait": "true" };
        const address = port === undefined ? undefined : new k8s.core.v1.Service(`${name}-address`, { metadata: { ...metadata, annotations: quiet }, spec: { type: "ClusterIP", selector, ports: [{ name: "http", port, targetPort: port, protocol: "TCP" }] } }, fixedName(this));
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } } }, fixedName(this));
        const template = {
            metadata: { labels },
            spec: {
                serviceAccountName: account.metadata.name,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                terminationGracePeriodSeconds: 60,
                ...(args.pool === undefined ? {} : { nodeSelector: { [poolLabel]: args.pool } }),
                securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } },
                topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } }],
                containers: [containerOf(name, args)],
                volumes: Object.entries(args.scratch).map(([path, sizeLimit]) => ({ name: volumeName(path), emptyDir: { sizeLimit } })),
            },
        };
        const needed = fixedName(this, { dependsOn: [...space.guards, ...(args.after ?? []), ...(args.before?.(space.namespace, this) ?? [])] });
        this.workload = volume === undefined
            ? new k8s.apps.v1.Deployment(`${name}-deployment`, { metadata, spec: { replicas, revisionHistoryLimit: 3, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, selector: { matchLabels: selector }, template } }, needed)
            : new k8s.apps.v1.StatefulSet(`${name}-set`, {
                metadata,
                spec: {
                    replicas,
                    serviceName: address?.metadata.name ?? name,
                    revisionHistoryLimit: 3,
                    selector: { matchLabels: selector },
                    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
                    volumeClaimTemplates: [{ metadata: { name: "data", labels }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: volume.storageClass, resources: { requests: { storage: volume.size } } } }],
                    template,
                },
            }, { ...needed, protect: home.protect });
        this.registerOutputs({});
    }
}

function containerOf(name: string, args: PlatformAppArgs): k8s.types.input.core.v1.Container {
    const { port, healthPath, volume } = args;
    const asked = port === undefined ? undefined : healthPath === undefined ? { tcpSocket: { port } } : { httpGet: { path: healthPath, port } };
    return {
        name,
        image: args.image,
        imagePullPolicy: "IfNotPresent",
        ...(args.command === undefined ? {} : { command: [...args.command] }),
        ...(args.args === undefined ? {} : { args: [...args.args] }),
        env: [
            ...Object.entries(args.settings ?? {}).map(([variable, value]) => ({ name: variable, value })),
            ...Object.entries(args.secrets ?? {}).map(([variable, { secret, key }]) => ({ name: variable, valueFrom: { secretKeyRef: { name: secret, key } } })),
        ].sort((a, b) => (a.name < b.name ? -1 : 1)),
        ...(port === undefined ? {} : { ports: [{ containerPort: port, protocol: "TCP" }] }),
        resources: { requests: { ...args.resources }, limits: { ...args.resources } },
        securityContext: containerSecurity,
        ...(asked === undefined || port === undefined ? {} : {
            startupProbe: { ...asked, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
            readinessProbe: { ...asked, periodSeconds: 5, timeoutSeconds: 3 },
            livenessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 },
        }),
        volumeMounts: [...(volume === undefined ? [] : [{ name: "data", mountPath: volume.path }]), ...Object.keys(args.scratch).map((path) => ({ name: volumeName(path), mountPath: path }))],
    };
}

/** `/dev/shm` → `dev-shm`. */
function volumeName(path: string): string {
    return path.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}
