/**
 * The standard blueprint: in a Kubernetes that is there already, or in a GKE or OKE cluster that is made for it, in this
 * stack or in one of its own.
 */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AgentCluster } from "../components/agent-cluster";
import type { KubernetesArgs } from "../components/agent-cluster/args";
import type { GkePlatform } from "../components/agent-cluster/gke";
import { clusterProvider, kubernetesWays } from "../components/agent-cluster/in-kubernetes";
import type { OkePlatform } from "../components/agent-cluster/oke";
import { Monitoring } from "../components/monitoring";
import { dashboardsOf } from "../components/monitoring/dashboards";
import { signedOnly } from "../components/platform/image-policies";
import { RagService } from "../components/rag-service";
import type { Archive } from "../components/rag-service/cloudnativepg";
import { TunnelEdge } from "../components/tunnel-edge";
import { UploadPipeline } from "../components/upload-pipeline";
import type { StandardConfig } from "../config/standard";
import { alertsOf } from "../topology/alerts";
import { autoscalingOf, shareOf } from "../topology/derive";
import { networkPoliciesOf } from "../topology/network-policies";
import type { KubernetesPlace, Topology } from "../topology/types";
import type { Deployed } from ".";
import { installAdmission } from "./admission";
import { secretBundles, sessionKeys } from "./app-settings";
import { installKubeRay } from "./kuberay";

export function deployStandard(config: StandardConfig, topology: Topology): Deployed {
    if (config.part === "cluster") return deployCluster(config, topology);
    const { cluster, providers, archive, facts } = placeFor(config, topology);
    const admission = config.signing === undefined ? [] : installAdmission(config, config.signing, topology, providers);
    const home = { ...cluster.home, guards: [...cluster.home.guards, ...admission] };
    const share = shareOf(topology, "RagService");
    const operators = config.installKubeRay === true ? installKubeRay(topology, config.protectData, providers) : [];
    const rag = config.database === "cloudnativepg"
        ? new RagService("rag", { form: { kind: "cloudnativepg", archive, monitored: config.monitoring }, home, share }, { providers, dependsOn: operators })
        : new RagService("rag", { form: { kind: "statefulset" }, home, share }, { providers, dependsOn: operators });
    const upload = new UploadPipeline("upload", { form: { kind: "in-cluster" }, home, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });
    cluster.serve({ secrets: rag.database.secrets, after: [rag.database.ready, ...upload.built.addresses, ...admission] });
    if (config.monitoring) new Monitoring("monitoring", { home, services: topology.services, alerts: alertsOf(topology), dashboards: dashboardsOf(topology) }, { providers });
    for (const edge of topology.edges) {
        if (edge.kind === "gateway") new TunnelEdge("edge", { form: { kind: "gateway" }, home, edge, services: topology.services }, { providers });
    }
    if (config.tunnel !== undefined) {
        new TunnelEdge("tunnel", { form: { kind: "cloudflared", token: pulumi.secret(config.tunnel.token) }, home, share: shareOf(topology, "TunnelEdge") }, { providers });
    }
    return { namespace: home.namespace, passwords: cluster.passwords, ...(facts === undefined ? {} : { facts }) };
}

/** Where the services go, what reaches it, and where backups go. */
interface Place {
    readonly cluster: AgentCluster<"existing"> | AgentCluster<"gke"> | AgentCluster<"oke">;
    readonly providers: { readonly kubernetes: pulumi.ProviderResource; readonly random: pulumi.ProviderResource };
    readonly archive?: Archive | undefined;
    readonly facts?: Deployed["facts"];
}

function placeFor(config: StandardConfig, topology: Topology): Place {
    const { platform } = config;
    const randomProvider = new random.Provider("random");
    const inside: KubernetesArgs = {
        namespace: topology.namespace,
        labels: { environment: "production", app: "agents-integration", ...(config.signing === undefined ? {} : signedOnly) },
        share: shareOf(topology, "AgentCluster"),
        images: config.images,
        policies: networkPoliciesOf(topology),
        autoscaling: (service) => autoscalingOf(topology, service),
        storageClass: config.storageClass,
        protect: config.protectData,
        secrets: { ...externalSecrets(config), ...secretBundles(config) },
        sessionKeys: sessionKeys(config),
    };
    const own = config.archive === undefined ? undefined : s3Archive(config.archive);
    if (config.part === "services") return inOtherStack(config, inside, randomProvider, own);
    if (platform.kind === "existing") {
        const providers = { kubernetes: new kubernetes.Provider("kubernetes", { ...platform.cluster, ...kubernetesWays }), random: randomProvider };
        return { cluster: new AgentCluster("agents", { platform: { kind: "existing" }, ...inside }, { providers }), providers, archive: own };
    }
    if (platform.kind === "gke") {
        const cluster = new AgentCluster("agents", { platform: gkePlatform(platform, topology), ...inside }, { providers: { gcp: googleProvider(platform), random: randomProvider } });
        const { archive } = cluster.more.cluster;
        return { cluster, providers: { kubernetes: cluster.more.kubernetes, random: randomProvider }, archive: { url: archive.url, access: { kind: "google", serviceAccount: archive.serviceAccount } }, facts: factsOf(cluster.more.cluster) };
    }
    const cluster = new AgentCluster("agents", { platform: okePlatform(platform, topology), ...inside }, { providers: { oci: oracleProvider(platform), random: randomProvider } });
    return { cluster, providers: { kubernetes: cluster.more.kubernetes, random: randomProvider }, archive: own, facts: factsOf(cluster.more.cluster) };
}

/** The services of a cluster that is a stack of its own: it says where it is, and whether it is still the same. */
function inOtherStack(config: StandardConfig, inside: KubernetesArgs, randomProvider: random.Provider, own: Archive | undefined): Place {
    const other = new pulumi.StackReference("cluster", { name: config.clusterStack! });
    const fact = (name: string) => other.requireOutput("facts").apply((facts: Record<string, string>) => facts[name]!);
    const providers = { kubernetes: clusterProvider("kubernetes", { kubeconfig: pulumi.secret(fact("kubeconfig")), identifier: fact("identifier") }), random: randomProvider };
    const archive: Archive | undefined = config.platform.kind === "gke" ? { url: fact("archiveUrl"), access: { kind: "google", serviceAccount: fact("archivist") } } : own;
    return { cluster: new AgentCluster("agents", { platform: { kind: "existing" }, ...inside }, { providers }), providers, archive };
}

/** A cluster with nothing in it, for a stack of services that comes after it. */
function deployCluster(config: StandardConfig, topology: Topology): Deployed {
    const { platform, protectData: protect } = config;
    if (platform.kind === "gke") {
        const { GkeCluster } = require("../components/agent-cluster/gke") as typeof import("../components/agent-cluster/gke");
        const cluster = new GkeCluster("agents", { ...gkePlatform(platform, topology), namespace: topology.namespace, protect }, { providers: { gcp: googleProvider(platform) } });
        return { namespace: topology.namespace, facts: { ...factsOf(cluster), archiveUrl: cluster.archive.url, archivist: cluster.archive.serviceAccount } };
    }
    if (platform.kind === "existing") throw new Error("config/standard.ts refuses a cluster stack of a cluster that is there already");
    const { OkeCluster } = require("../components/agent-cluster/oke") as typeof import("../components/agent-cluster/oke");
    return { namespace: topology.namespace, facts: factsOf(new OkeCluster("agents", { ...okePlatform(platform, topology), protect }, { providers: { oci: oracleProvider(platform) } })) };
}

function factsOf({ name, kubeconfig, identifier }: { readonly name: pulumi.Output<string>; readonly kubeconfig: pulumi.Output<string>; readonly identifier: pulumi.Output<string> }) {
    return { cluster: name, kubeconfig, identifier };
}

function gkePlatform({ project }: { readonly project: string }, topology: Topology): GkePlatform {
    return { kind: "gke", project, place: topology.places[0] as KubernetesPlace, network: topology.networks[0]! };
}

function okePlatform({ compartment, nodeImage }: { readonly compartment: string; readonly nodeImage: string }, topology: Topology): OkePlatform {
    return { kind: "oke", compartment, nodeImage, place: topology.places[0] as KubernetesPlace, network: topology.networks[0]! };
}

/** Loaded only where something is made in Google's or Oracle's cloud. */
function googleProvider({ project, region }: { readonly project: string; readonly region: string }): pulumi.ProviderResource {
    const { Provider } = require("@pulumi/gcp/provider") as typeof import("@pulumi/gcp/provider");
    return new Provider("gcp", { project, region });
}

function oracleProvider({ region }: { readonly region: string }): pulumi.ProviderResource {
    const { Provider } = require("@pulumi/oci/provider") as typeof import("@pulumi/oci/provider");
    return new Provider("oci", { region });
}

function s3Archive({ url, endpoint, accessKey, secretKey }: NonNullable<StandardConfig["archive"]>): Archive {
    return { url, access: { kind: "s3", endpoint, accessKey: pulumi.secret(accessKey), secretKey: pulumi.secret(secretKey) } };
}

/** Keys of services of others, under the names that the document gives their Secrets. */
function externalSecrets({ external }: StandardConfig): KubernetesArgs["secrets"] {
    const keys = Object.entries({ "llamaparse-key": external.llamaparseKey, "openai-key": external.openaiKey, "anthropic-key": external.anthropicKey }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return {
        ...(keys.length === 0 ? {} : { "external-api": Object.fromEntries(keys.map(([name, key]) => [name, pulumi.secret(key)])) }),
        ...(external.supabaseUrl === undefined ? {} : { supabase: { url: external.supabaseUrl } }),
    };
}

