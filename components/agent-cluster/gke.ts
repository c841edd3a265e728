/**
 * Google Kubernetes Engine: private nodes in a network of their own that call out through Cloud NAT, Dataplane V2, one
 * pool for each kind of work over three zones, and identities of workloads instead of keys.
 */
import * as container from "@pulumi/gcp/container";
import * as compute from "@pulumi/gcp/compute";
import * as kms from "@pulumi/gcp/kms";
import * as organizations from "@pulumi/gcp/organizations";
import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as storage from "@pulumi/gcp/storage";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesPlace, Network, Pool } from "../../topology/types";
import { refuse } from "../parts/component";
import { poolLabel } from "../parts/pod";
import { resolveKubernetesArgs, type KubernetesArgs } from "./args";
import { clusterProvider, Inside, inKubernetes, type InKubernetes } from "./in-kubernetes";

export interface GkePlatform {
    readonly kind: "gke";
    /** Id of the Google Cloud project. */
    readonly project: string;
    /** Machines, zones and region, as the topology has them. */
    readonly place: KubernetesPlace;
    /** The private network that the nodes are in. */
    readonly network: Network;
    /** Who may reach the API server beside the nodes: addresses of operators and of CI. @default nobody from outside */
    readonly operators?: readonly { readonly name: string; readonly cidr: string }[];
    /** Days for which nobody can delete a backup. @default 7 */
    readonly lockDays?: number;
}

export interface GkeArgs extends KubernetesArgs {
    readonly platform: GkePlatform;
}

/** What a GKE cluster gives to the other components, beside what every Kubernetes gives. */
export interface OnGke {
    /** Points at the new cluster; for every component that goes into it. */
    readonly kubernetes: kubernetes.Provider;
    readonly cluster: GkeCluster;
}

export function gke(component: pulumi.ComponentResource, name: string, args: GkeArgs): InKubernetes & { readonly more: OnGke } {
    const resolved = resolveKubernetesArgs(args, (problems) => refuse(component, "AgentCluster", name, [...problems, ...platformProblems(args.platform)]));
    const cluster = new GkeCluster(name, { ...args.platform, namespace: resolved.namespace, protect: resolved.protect }, { parent: component });
    const provider = clusterProvider(`${name}-kubernetes`, cluster, { parent: component });
    const inside = inKubernetes(new Inside(`${name}-inside`, component, provider), name, resolved);
    return { ...inside, more: { kubernetes: provider, cluster } };
}

/** What is wrong with the machines. */
export function platformProblems({ place, network, project }: Omit<GkePlatform, "kind">): string[] {
    const problems: string[] = [];
    if (place.region === undefined) problems.push(`platform.place: "${place.name}" has no region`);
    if (place.pools.length === 0) problems.push(`platform.place: "${place.name}" has no machines`);
    for (const pool of place.pools) if (pool.min > pool.max) problems.push(`platform.place.pools.${pool.name}: at least ${pool.min} machines and at most ${pool.max}`);
    if (!/^10\.\d+\.0\.0\/16$/.test(network.cidr)) problems.push(`platform.network: "${network.cidr}" is not of the form 10.x.0.0/16, of which nodes take the first part, Pods and Services theirs`);
    if (project === "") problems.push("platform.project: is empty");
    return problems;
}

export interface GkeClusterArgs extends Omit<GkePlatform, "kind"> {
    /** The namespace whose database writes backups. */
    readonly namespace: string;
    /** Refuse to delete the cluster, its network and the backups. */
    readonly protect: boolean;
}

/** The cluster alone, without anything in it: a stack of its own can be made of it. */
export class GkeCluster extends pulumi.ComponentResource {
    /** Changes when the cluster is replaced. */
    readonly identifier: pulumi.Output<string>;
    readonly name: pulumi.Output<string>;
    /** For people and CI: they prove who they are to Google, there is no key in it. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Base backups and the write-ahead log, and the Google service account that may write them. */
    readonly archive: { readonly url: pulumi.Output<string>; readonly serviceAccount: pulumi.Output<string> };

    constructor(name: string, args: GkeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:GkeCluster", name, {}, opts);
        refuse(this, "GkeCluster", name, platformProblems(args));
        const { cluster, pools } = machines(this, name, args);
        this.name = cluster.name;
        this.kubeconfig = pulumi.secret(pulumi.all([cluster.endpoint, cluster.masterAuth, cluster.name]).apply(([endpoint, masterAuth, clusterName]) => kubeconfigOf(clusterName, endpoint, masterAuth.clusterCaCertificate)));
        // Known when there are nodes, so that nothing waits for a machine that is not there yet.
        this.identifier = pulumi.all([cluster.id, ...pools.map((pool) => pool.id)]).apply(([id]) => id!);
        this.archive = archiveBucket(this, name, args);
        this.registerOutputs({ name: this.name, kubeconfig: this.kubeconfig, identifier: this.identifier, archive: this.archive });
    }
}

function machines(component: pulumi.Resource, name: string, platform: GkeClusterArgs): { cluster: container.Cluster; pools: container.NodePool[] } {
    const { project, place, network, protect, operators = [] } = platform;
    const region = place.region!;
    const parent = { parent: component };
    const second = network.cidr.split(".")[1];

    const vpc = new compute.Network(`${name}-network`, { project, name: network.name, autoCreateSubnetworks: false, routingMode: "REGIONAL" }, { ...parent, protect });
    const subnet = new compute.Subnetwork(`${name}-subnet`, {
        project,
        name: `${network.name}-nodes`,
        region,
        network: vpc.id,
        ipCidrRange: `10.${second}.0.0/20`,
        privateIpGoogleAccess: true,
        secondaryIpRanges: [
            { rangeName: "pods", ipCidrRange: `10.${second}.128.0/17` },
            { rangeName: "services", ipCidrRange: `10.${second}.64.0/20` },
        ],
        logConfig: { aggregationInterval: "INTERVAL_10_MIN", flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
    }, { ...parent, protect });
    const router = new compute.Router(`${name}-router`, { project, name: `${network.name}-router`, region, network: vpc.id }, parent);
    const nat = new compute.RouterNat(`${name}-nat`, {
        project,
        name: `${network.name}-nat`,
        region,
        router: router.name,
        natIpAllocateOption: "AUTO_ONLY",
        sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
    }, parent);

    // Nodes need to write logs and metrics and to read images: the default account of a project could do anything.
    const account = new serviceaccount.Account(`${name}-nodes`, { project, accountId: `${network.name}-nodes`, displayName: "Nodes of the agent platform" }, parent);
    const roles = ["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"].map(
        (role) => new projects.IAMMember(`${name}-nodes-${role.split("/")[1]!.replaceAll(".", "-")}`, { project, role, member: pulumi.interpolate`serviceAccount:${account.email}` }, parent),
    );

    const { key, allowed } = secretsKey(component, name, platform);
    const cluster = new container.Cluster(`${name}-cluster`, {
        project,
        name: network.name,
        location: region,
        network: vpc.id,
        subnetwork: subnet.id,
        networkingMode: "VPC_NATIVE",
        ipAllocationPolicy: { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" },
        // Pools of our own come after; a cluster cannot be made without one.
        removeDefaultNodePool: true,
        initialNodeCount: 1,
        nodeConfig: { serviceAccount: account.email, shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true }, workloadMetadataConfig: { mode: "GKE_METADATA" } },
        datapathProvider: "ADVANCED_DATAPATH",
        enableIntranodeVisibility: true,
        privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: operators.length === 0, masterIpv4CidrBlock: `10.${second}.48.0/28`, masterGlobalAccessConfig: { enabled: true } },
        masterAuthorizedNetworksConfig: { cidrBlocks: operators.map(({ name: displayName, cidr }) => ({ displayName, cidrBlock: cidr })), gcpPublicCidrsAccessEnabled: false },
        // Secrets are encrypted before they reach etcd, with a key that is renewed each quarter.
        databaseEncryption: { state: "ENCRYPTED", keyName: key },
        masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
        workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
        gatewayApiConfig: { channel: "CHANNEL_STANDARD" },
        releaseChannel: { channel: "REGULAR" },
        binaryAuthorization: { evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
        securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_BASIC" },
        enableShieldedNodes: true,
        enableLegacyAbac: false,
        loggingConfig: { enableComponents: ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"] },
        monitoringConfig: { enableComponents: ["SYSTEM_COMPONENTS"], managedPrometheus: { enabled: true } },
        addonsConfig: { horizontalPodAutoscaling: { disabled: false }, gcePersistentDiskCsiDriverConfig: { enabled: true }, dnsCacheConfig: { enabled: true } },
        maintenancePolicy: { recurringWindow: { startTime: "2026-01-03T02:00:00Z", endTime: "2026-01-03T06:00:00Z", recurrence: "FREQ=WEEKLY;BYDAY=SA,SU" } },
        deletionProtection: protect,
        resourceLabels: { "part-of": "agent-platform" },
    }, { ...parent, protect, dependsOn: [nat, allowed, ...roles], ignoreChanges: ["initialNodeCount"] });

    const pools = place.pools.map((pool) => nodePool(component, name, platform, pool, cluster, account));
    return { cluster, pools };
}

/** The key of Kubernetes' Secrets, and the leave of Google's own account to use it. */
function secretsKey(component: pulumi.Resource, name: string, { project, place, network, protect }: GkeClusterArgs): { key: pulumi.Output<string>; allowed: pulumi.Resource } {
    const ring = new kms.KeyRing(`${name}-keys`, { project, name: network.name, location: place.region! }, { parent: component, protect });
    const key = new kms.CryptoKey(`${name}-secrets-key`, { name: "kubernetes-secrets", keyRing: ring.id, purpose: "ENCRYPT_DECRYPT", rotationPeriod: "7776000s", destroyScheduledDuration: "2592000s", labels: { "part-of": "agent-platform" } }, { parent: component, protect });
    const { number } = organizations.getProjectOutput({ projectId: project }, { parent: component });
    const allowed = new kms.CryptoKeyIAMMember(`${name}-secrets-key-access`, {
        cryptoKeyId: key.id,
        role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        member: pulumi.interpolate`serviceAccount:service-${number}@container-engine-robot.iam.gserviceaccount.com`,
    }, { parent: component });
    return { key: key.id, allowed };
}

/** Grows by itself between its bounds, over all zones together. */
function nodePool(component: pulumi.Resource, name: string, { project, place }: GkeClusterArgs, pool: Pool, cluster: container.Cluster, account: serviceaccount.Account): container.NodePool {
    return new container.NodePool(`${name}-${pool.name}-pool`, {
        project,
        name: pool.name,
        cluster: cluster.id,
        location: place.region,
        // For each zone.
        initialNodeCount: 1,
        autoscaling: { totalMinNodeCount: pool.min, totalMaxNodeCount: pool.max, locationPolicy: "BALANCED" },
        management: { autoRepair: true, autoUpgrade: true },
        upgradeSettings: { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 },
        networkConfig: { enablePrivateNodes: true },
        nodeConfig: {
            machineType: pool.machine,
            imageType: "COS_CONTAINERD",
            diskType: "pd-balanced",
            diskSizeGb: 100,
            serviceAccount: account.email,
            oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
            labels: { [poolLabel]: pool.name },
            metadata: { "disable-legacy-endpoints": "true" },
            shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
            workloadMetadataConfig: { mode: "GKE_METADATA" },
        },
    }, { parent: component, ignoreChanges: ["initialNodeCount"] });
}

/** Backups: versions kept, nobody can delete them for a while, and old ones move to cheaper storage and go. */
function archiveBucket(component: pulumi.Resource, name: string, { project, place, protect, namespace, lockDays = 7 }: GkeClusterArgs): GkeCluster["archive"] {
    const parent = { parent: component };
    const bucket = new storage.Bucket(`${name}-archive`, {
        project,
        name: `${project}-agents-archive`,
        location: place.region!,
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        versioning: { enabled: true },
        retentionPolicy: { retentionPeriod: String(lockDays * 86_400), isLocked: false },
        softDeletePolicy: { retentionDurationSeconds: 7 * 86_400 },
        lifecycleRules: [
            { action: { type: "SetStorageClass", storageClass: "NEARLINE" }, condition: { age: 30 } },
            { action: { type: "Delete" }, condition: { age: 90 } },
        ],
        forceDestroy: false,
        labels: { "part-of": "agent-platform" },
    }, { ...parent, protect });
    const writer = new serviceaccount.Account(`${name}-archivist`, { project, accountId: "agents-archivist", displayName: "Writes backups of the agent platform" }, parent);
    new storage.BucketIAMMember(`${name}-archivist-access`, { bucket: bucket.name, role: "roles/storage.objectAdmin", member: pulumi.interpolate`serviceAccount:${writer.email}` }, parent);
    new serviceaccount.IAMMember(`${name}-archivist-identity`, {
        serviceAccountId: writer.name,
        role: "roles/iam.workloadIdentityUser",
        member: `serviceAccount:${project}.svc.id.goog[${namespace}/postgres-cluster]`,
    }, parent);
    return { url: pulumi.interpolate`gs://${bucket.name}/postgres`, serviceAccount: writer.email };
}

function kubeconfigOf(cluster: string, endpoint: string, certificate: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: cluster, cluster: { server: `https://${endpoint}`, "certificate-authority-data": certificate } }],
        contexts: [{ name: cluster, context: { cluster, user: cluster } }],
        "current-context": cluster,
        users: [{ name: cluster, user: { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "gke-gcloud-auth-plugin", interactiveMode: "Never", provideClusterInfo: true } } }],
    });
}
