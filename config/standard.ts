/** The configuration of the standard blueprint. Pulumi.yaml says what each key is for. */
import { z } from "zod";
import { checkCluster, checkCommon, checkTunnel, clusterFields, clusterOf, commonFields, tunnelFields, tunnelOf, type CommonConfig, type ExistingCluster, type Tunnel } from "./common";
import { blueprintConfig, dnsName, hostname, secret, storageSize, text, whole, yesNo, type ConfigFinding, type Reading, type Values } from "./fields";
import { imagesOf } from "./images";
import { checkRegistryCidr, signingFields, signingOf, type Signing } from "./signing";

/** Whose machines it runs on. */
export type StandardPlatform =
    | { readonly kind: "existing"; readonly provider: "any" | "aws" | "azure" | "gcp" | "oci" | "hetzner"; readonly cluster: ExistingCluster }
    | { readonly kind: "gke"; readonly provider: "gcp"; readonly project: string; readonly region: string }
    | { readonly kind: "oke"; readonly provider: "oci"; readonly compartment: string; readonly region: string; readonly nodeImage: string };

/** Where base backups and the write-ahead log go; a GKE stack makes its own bucket. */
export interface ArchiveBucket {
    readonly url: string;
    readonly endpoint: string;
    readonly accessKey: string;
    readonly secretKey: string;
}

/** Services of others that answers and documents are handed to. */
export interface ExternalServices {
    readonly supabaseUrl?: string | undefined;
    readonly llamaparseKey?: string | undefined;
    readonly openaiKey?: string | undefined;
    readonly anthropicKey?: string | undefined;
}

export interface StandardConfig extends CommonConfig {
    readonly blueprint: "standard";
    readonly platform: StandardPlatform;
    readonly storageClass?: string | undefined;
    readonly storageSize: string;
    readonly hostname: string;
    /** Addresses of the API server as pods see them. */
    readonly apiServerCidr?: string | undefined;
    readonly gatewayClass: string;
    readonly gatewayNamespace: string;
    readonly certificateIssuer: string;
    readonly rateLimitPerMinute: number;
    readonly database: "cloudnativepg" | "statefulset";
    readonly archive?: ArchiveBucket | undefined;
    readonly queue: "postgres" | "redis";
    readonly agentReplicas: number;
    readonly ragReplicas: number;
    readonly uploadReplicas: number;
    /** None only where KEDA starts the first one. */
    readonly workerReplicas: number;
    readonly mostReplicas: number;
    readonly reservedPercent: number;
    /** Where vectors are made: by the services themselves (absent too), or by Ray Serve, run by KubeRay, which scales on its own. */
    readonly inference?: "local" | "ray";
    /** Whether this stack brings KubeRay (not when absent), or the cluster has it already. */
    readonly installKubeRay?: boolean;
    readonly monitoring: boolean;
    readonly keda: boolean;
    readonly external: ExternalServices;
    /** Present when only signed images may run. */
    readonly signing?: Signing | undefined;
    /** Present when people may come in through a Cloudflare tunnel too. */
    readonly tunnel?: Tunnel;
    /** Present in the stack of the services, when the cluster is a stack of its own. */
    readonly clusterStack?: string | undefined;
    readonly part: "all" | "cluster" | "services";
}

const fields = {
    ...clusterFields,
    ...commonFields,
    ...tunnelFields,
    platform: z.enum(["existing", "gke", "oke"]).default("existing").describe("existing, gke or oke"),
    provider: z.enum(["any", "aws", "azure", "gcp", "oci", "hetzner"]).default("any").describe("one of any, aws, azure, gcp, oci, hetzner"),
    gcpProject: z.string().regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/).optional().describe("the id of a Google Cloud project"),
    gcpRegion: z.string().regex(/^[a-z]+-[a-z]+\d+$/).default("europe-west4").describe("a Google Cloud region such as europe-west4"),
    ociCompartment: z.string().regex(/^ocid1\.(compartment|tenancy)\.[-.a-z0-9_]+$/).optional().describe("the OCID of a compartment"),
    ociRegion: z.string().regex(/^[a-z]+-[a-z]+-\d+$/).default("eu-frankfurt-1").describe("an Oracle Cloud region such as eu-frankfurt-1"),
    ociNodeImage: z.string().regex(/^ocid1\.image\.[-.a-z0-9_]+$/).optional().describe("the OCID of an image for OKE nodes"),
    stackPart: z.enum(["all", "cluster", "services"]).default("all").describe("all, cluster or services"),
    clusterStack: text().optional().describe("the name of the stack that has the cluster"),
    apiServerCidr: z.cidrv4().optional().describe("a range of addresses such as 10.0.0.0/28"),
    hostname: hostname().optional().describe("a host name such as agents-api.example.com"),
    gatewayClass: z.string().regex(dnsName).optional().describe("the name of a GatewayClass of the cluster"),
    gatewayNamespace: z.string().regex(dnsName).default("envoy-gateway-system").describe("the namespace of the gateway's pods"),
    certificateIssuer: z.string().regex(dnsName).default("letsencrypt-prod").describe("the name of a ClusterIssuer of cert-manager"),
    rateLimitPerMinute: whole(2, 100_000).default(100).describe("a whole number from 2 to 100000"),
    database: z.enum(["cloudnativepg", "statefulset"]).default("cloudnativepg").describe("cloudnativepg or statefulset"),
    storageSize: storageSize().default("10Gi").describe("a size of at least 1Gi, e.g. 10Gi"),
    archiveUrl: z.string().regex(/^s3:\/\/[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](\/.*)?$/).optional().describe("a bucket and path such as s3://agents-backup/postgres"),
    archiveEndpoint: z.string().regex(/^https:\/\/[-.a-z0-9]+(:\d+)?$/).optional().describe("an https origin such as https://s3.eu-central-1.amazonaws.com"),
    archiveAccessKey: secret(text().optional().describe("the access key of the bucket")),
    archiveSecretKey: secret(text().optional().describe("the secret key of the bucket")),
    queue: z.enum(["postgres", "redis"]).default("redis").describe("postgres or redis"),
    agentReplicas: whole(1, 20).default(3).describe("a whole number from 1 to 20"),
    ragReplicas: whole(1, 20).default(2).describe("a whole number from 1 to 20"),
    uploadReplicas: whole(1, 20).default(3).describe("a whole number from 1 to 20"),
    workerReplicas: whole(0, 20).default(1).describe("a whole number from 0 to 20"),
    mostReplicas: whole(1, 50).default(20).describe("a whole number from 1 to 50"),
    reservedPercent: whole(1, 100).default(100).describe("a whole number from 1 to 100"),
    inference: z.enum(["local", "ray"]).default("local").describe("local or ray"),
    installKubeRay: yesNo().default(true).describe("true or false"),
    monitoring: yesNo().default(true).describe("true or false"),
    keda: yesNo().default(true).describe("true or false"),
    supabaseUrl: z.url({ protocol: /^https$/ }).optional().describe("an https address such as https://project.supabase.co"),
    llamaparseKey: secret(text().optional().describe("the key of LlamaParse")),
    openaiKey: secret(text().optional().describe("the key of OpenAI")),
    anthropicKey: secret(text().optional().describe("the key of Anthropic")),
    ...signingFields,
};
type Fields = typeof fields;

export const standardConfig = blueprintConfig({
    fields,
    check: (reading) => [
        ...checkPlatform(reading),
        ...checkTunnel(reading),
        ...checkArchive(reading),
        ...checkReplicas(reading),
        ...checkSigning(reading),
        ...checkCommon(reading),
        ...imagesOf(wanted(reading.values), reading.values, reading.raw).findings,
    ],
    finish: (values, raw): StandardConfig => {
        const {
            context: _, kubeconfig: __, tunnelToken, tunnelHostname, registry, images, platform, provider, gcpProject, gcpRegion, ociCompartment, ociRegion, ociNodeImage, stackPart, archiveUrl, archiveEndpoint,
            archiveAccessKey, archiveSecretKey, supabaseUrl, llamaparseKey, openaiKey, anthropicKey, signingKey, registryCidr, hostname, gatewayClass, ...rest
        } = values;
        return {
            ...rest,
            blueprint: "standard",
            part: stackPart,
            hostname: hostname!,
            gatewayClass: gatewayClass ?? (platform === "gke" ? "gke-l7-global-external-managed" : "envoy-gateway"),
            platform:
                platform === "gke" ? { kind: platform, provider: "gcp", project: gcpProject!, region: gcpRegion }
                : platform === "oke" ? { kind: platform, provider: "oci", compartment: ociCompartment!, region: ociRegion, nodeImage: ociNodeImage! }
                : { kind: platform, provider, cluster: clusterOf(values, raw) },
            images: imagesOf(wanted(values), { images, registry }, raw).found,
            archive: archiveUrl === undefined ? undefined : { url: archiveUrl, endpoint: archiveEndpoint!, accessKey: archiveAccessKey!, secretKey: archiveSecretKey! },
            external: { supabaseUrl, llamaparseKey, openaiKey, anthropicKey },
            signing: signingOf({ signingKey, registryCidr, registry }),
            ...tunnelOf({ tunnelToken, tunnelHostname }),
        };
    },
});

/** What each platform cannot do without. */
const needs = { existing: [], gke: ["gcpProject"], oke: ["ociCompartment", "ociNodeImage"] } as const;

function checkPlatform(reading: Reading<Fields>): ConfigFinding[] {
    const { has, values: { platform, stackPart, database, inference } } = reading;
    const found: ConfigFinding[] = [];
    if (platform === undefined) return found;
    for (const key of needs[platform]) if (!has(key)) found.push({ key, problem: `is missing: the platform ${platform} needs ${fields[key].description}` });
    if (platform === "existing" && database === "cloudnativepg" && !has("apiServerCidr")) found.push({ key: "apiServerCidr", problem: "is missing: CloudNativePG's pods talk to the API server, and to nothing else inside; e.g. 10.0.0.0/28" });
    else if (platform === "existing" && inference === "ray" && !has("apiServerCidr")) found.push({ key: "apiServerCidr", problem: "is missing: Ray's autoscaler talks to the API server, and to nothing else inside; e.g. 10.0.0.0/28" });
    if (platform === "existing") found.push(...checkCluster(reading));
    else for (const key of ["context", "kubeconfig"] as const) if (has(key)) found.push({ key, problem: `is of no use: the platform ${platform} makes a cluster of its own` });
    if (!has("hostname")) found.push({ key: "hostname", problem: "is missing: the public name that people use, e.g. agents-api.example.com" });
    if (platform === "existing" && stackPart !== undefined && stackPart !== "all") found.push({ key: "stackPart", value: stackPart, problem: "has no meaning where the cluster is there already: leave it out" });
    if (stackPart === "services" && !has("clusterStack")) found.push({ key: "clusterStack", problem: "is missing: the services take the cluster from the outputs of its stack, e.g. organization/agent-platform/prod-cluster" });
    if (stackPart !== "services" && has("clusterStack")) found.push({ key: "clusterStack", problem: "is only read by the stack of the services: set stackPart to services" });
    return found;
}

function checkArchive({ has, values: { database, platform } }: Reading<Fields>): ConfigFinding[] {
    const keys = ["archiveUrl", "archiveEndpoint", "archiveAccessKey", "archiveSecretKey"] as const;
    const set = keys.filter((key) => has(key));
    if (set.length > 0 && set.length < keys.length) return keys.filter((key) => !has(key)).map((key) => ({ key, problem: `is missing: ${set.join(", ")} alone ${set.length === 1 ? "says" : "say"} not enough to archive` }));
    if (set.length > 0 && database === "statefulset") return [{ key: "archiveUrl", problem: "is of no use: only the database form cloudnativepg archives its write-ahead log" }];
    if (set.length > 0 && platform === "gke") return [{ key: "archiveUrl", problem: "is of no use: the platform gke makes a bucket of its own" }];
    return [];
}

function checkReplicas({ values }: Reading<Fields>): ConfigFinding[] {
    const { mostReplicas: most, workerReplicas, keda } = values;
    const above = (["agentReplicas", "ragReplicas", "uploadReplicas", "workerReplicas"] as const).flatMap((key) => {
        const least = values[key];
        return least !== undefined && most !== undefined && least > most ? [{ key, value: String(least), problem: `is above mostReplicas, ${most}` }] : [];
    });
    return workerReplicas === 0 && keda === false ? [...above, { key: "workerReplicas", value: "0", problem: "leaves nobody to read documents: only KEDA starts a first worker, and keda is false" }] : above;
}

/** Where the API server is decides who may call the webhook. */
function checkSigning(reading: Reading<Fields>): ConfigFinding[] {
    const { has, values: { platform, database, inference } } = reading;
    if (has("signingKey") && platform === "existing" && !has("context")) return [{ key: "signingKey", problem: "is of no use to the cluster of this machine: its images come from no registry, and signatures lie in one" }];
    const told = database === "cloudnativepg" || inference === "ray" || platform !== "existing";
    return [
        ...checkRegistryCidr(reading),
        ...(has("signingKey") && !told && !has("apiServerCidr") ? [{ key: "apiServerCidr", problem: "is missing: the API server asks whether an image is signed, and nobody else may; e.g. 10.0.0.0/28" }] : []),
    ];
}

function wanted({ database, queue, tunnelToken, stackPart, inference, signingKey }: Partial<Values<Fields>>) {
    if (stackPart === "cluster") return [];
    return [
        "app", "web",
        ...(queue === "postgres" ? [] : (["redis"] as const)),
        ...(database === "statefulset" ? (["postgres"] as const) : (["cloudnative-pg", "pgbouncer"] as const)),
        // The rest of the time the operator is the cluster's own affair.
        ...(database === "statefulset" || signingKey === undefined ? [] : (["cloudnative-pg-operator"] as const)),
        ...(tunnelToken === undefined ? [] : (["cloudflared"] as const)),
        ...(inference === "ray" ? (["ray"] as const) : []),
    ] as const;
}
