/** Google Cloud: paths for identifiers, links for references, names that last a lifetime. */
import { isObject, type Props, type Value } from "../../sdk/values";
import type { Kind, Making, Vendor } from "../vendor";

const kinds: Record<string, Kind> = {
    "gcp:container/cluster:Cluster": {
        id: ({ inputs }, outputs) => `projects/${outputs.project ?? inputs.project}/locations/${outputs.location ?? inputs.location}/clusters/${inputs.name}`,
        defaults: { deletionProtection: true, removeDefaultNodePool: false },
        immutable: ["network", "subnetwork", "location", "ipAllocationPolicy", "datapathProvider", "enableAutopilot", "networkingMode", "initialNodeCount", "clusterIpv4Cidr", "confidentialNodes", "nodeConfig"],
        outputs: ({ seed, inputs, config }) => {
            const version = String(inputs.minMasterVersion ?? "1.34.1-gke.1829001");
            const masterVersion = /gke/.test(version) ? version : `${/^\d+\.\d+$/.test(version) ? `${version}.1` : version}-gke.1829001`;
            const given = isObject(inputs.privateClusterConfig) ? inputs.privateClusterConfig : {};
            return {
                location: inputs.location ?? config.region ?? "europe-west4",
                endpoint: seed.of("endpoint").publicAddress(),
                masterVersion,
                nodeVersion: masterVersion,
                masterAuth: { clientCertificate: "", clientKey: "", clientCertificateConfig: { issueClientCertificate: false }, clusterCaCertificate: Buffer.from(seed.of("ca").certificate()).toString("base64") },
                privateClusterConfig: { privateEndpoint: "172.16.0.2", publicEndpoint: seed.of("endpoint").publicAddress(), peeringName: "", ...given },
                clusterIpv4Cidr: "10.64.0.0/14",
                servicesIpv4Cidr: "34.118.224.0/20",
                nodeLocations: zonesOf(String(inputs.location ?? config.region ?? "europe-west4")),
                loggingService: "logging.googleapis.com/kubernetes",
                monitoringService: "monitoring.googleapis.com/kubernetes",
                defaultMaxPodsPerNode: 110,
            };
        },
    },
    "gcp:container/nodePool:NodePool": {
        id: ({ inputs, find, config }, outputs) => `projects/${outputs.project ?? inputs.project ?? config.project}/locations/${inputs.location ?? find(inputs.cluster, "gcp:container/cluster:Cluster")?.outputs.location ?? config.region}/clusters/${String(inputs.cluster).split("/").at(-1)}/nodePools/${inputs.name}`,
        immutable: ["cluster", "location", "initialNodeCount", "maxPodsPerNode", "placementPolicy"],
        replacedBy: (before, after) => (["machineType", "diskType", "serviceAccount", "preemptible", "spot", "diskSizeGb", "oauthScopes"].some((field) => nested(before, "nodeConfig", field) !== nested(after, "nodeConfig", field)) ? ["nodeConfig"] : []),
        outputs: ({ inputs, find, seed }) => {
            const cluster = find(inputs.cluster, "gcp:container/cluster:Cluster")?.outputs ?? {};
            const zones = Array.isArray(inputs.nodeLocations) ? inputs.nodeLocations : zonesOf(String(inputs.location ?? cluster.location ?? "europe-west4"));
            return {
                location: inputs.location ?? cluster.location ?? "europe-west4",
                version: cluster.masterVersion ?? "1.34.1-gke.1829001",
                nodeLocations: zones,
                instanceGroupUrls: zones.map((zone) => `https://www.googleapis.com/compute/v1/projects/${cluster.project}/zones/${zone}/instanceGroupManagers/gke-${cluster.name}-${inputs.name}-${seed.hex(8)}-grp`),
            };
        },
    },
    "gcp:sql/databaseInstance:DatabaseInstance": {
        id: ({ inputs }) => String(inputs.name),
        defaults: { deletionProtection: true },
        immutable: ["region", "masterInstanceName"],
        replacedBy: (before, after) => (Number(nested(after, "settings", "diskSize") ?? Infinity) < Number(nested(before, "settings", "diskSize") ?? 0) ? ["settings"] : []),
        outputs: ({ inputs, seed, config }) => {
            const settings = isObject(inputs.settings) ? inputs.settings : {};
            const ip = isObject(settings.ipConfiguration) ? settings.ipConfiguration : {};
            const [isPublic, isPrivate] = [ip.ipv4Enabled !== false, ip.privateNetwork !== undefined];
            const [publicIp, privateIp] = [seed.of("public").publicAddress(), seed.of("private").addressIn("10.100.0.0/16")];
            const region = String(inputs.region ?? config.region ?? "europe-west4");
            return {
                region,
                connectionName: `${String(inputs.project ?? config.project)}:${region}:${String(inputs.name)}`,
                publicIpAddress: isPublic ? publicIp : "",
                privateIpAddress: isPrivate ? privateIp : "",
                firstIpAddress: isPublic ? publicIp : privateIp,
                ipAddresses: [...(isPublic ? [{ ipAddress: publicIp, type: "PRIMARY", timeToRetire: "" }] : []), ...(isPrivate ? [{ ipAddress: privateIp, type: "PRIVATE", timeToRetire: "" }] : [])],
                serverCaCerts: [{ cert: seed.of("ca").certificate(), commonName: "C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA", createTime: "2026-01-01T00:00:00Z", expirationTime: "2036-01-01T00:00:00Z", sha1Fingerprint: seed.hex(40) }],
                serviceAccountEmailAddress: `p${seed.digits(12)}-${seed.word(6)}@gcp-sa-cloud-sql.iam.gserviceaccount.com`,
                instanceType: inputs.masterInstanceName === undefined ? "CLOUD_SQL_INSTANCE" : "READ_REPLICA_INSTANCE",
            };
        },
    },
    "gcp:sql/database:Database": { immutable: ["instance", "charset", "collation"] },
    "gcp:sql/user:User": { id: ({ inputs }) => `${inputs.name}//${inputs.instance}`, immutable: ["instance", "host", "type"] },
    "gcp:storage/bucket:Bucket": {
        id: ({ inputs }) => String(inputs.name),
        immutable: ["location"],
        defaults: { forceDestroy: false },
        outputs: ({ inputs }) => ({ url: `gs://${String(inputs.name)}`, selfLink: `https://www.googleapis.com/storage/v1/b/${String(inputs.name)}`, publicAccessPrevention: "inherited", uniformBucketLevelAccess: false, storageClass: "STANDARD", location: String(inputs.location ?? "").toUpperCase() }),
    },
    "gcp:serviceaccount/account:Account": {
        id: ({ inputs, config }) => `projects/${inputs.project ?? config.project}/serviceAccounts/${emailOf(inputs, config)}`,
        immutable: ["accountId"],
        check: ({ accountId }) => (typeof accountId === "string" && !/^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/.test(accountId) ? [{ property: "accountId", reason: `"${accountId}" must be 6 to 30 lower-case letters, digits and hyphens` }] : []),
        outputs: ({ inputs, config, seed }) => ({ email: emailOf(inputs, config), member: `serviceAccount:${emailOf(inputs, config)}`, name: `projects/${String(inputs.project ?? config.project)}/serviceAccounts/${emailOf(inputs, config)}`, uniqueId: seed.digits(21) }),
    },
    "gcp:redis/instance:Instance": {
        immutable: ["authorizedNetwork", "connectMode", "locationId", "alternativeLocationId", "region", "reservedIpRange", "tier", "transitEncryptionMode"],
        defaults: { authEnabled: false, tier: "BASIC", transitEncryptionMode: "DISABLED", connectMode: "DIRECT_PEERING" },
        outputs: ({ seed, inputs, config }) => ({
            host: seed.of("host").addressIn("10.110.0.0/16"),
            port: inputs.transitEncryptionMode === "SERVER_AUTHENTICATION" ? 6378 : 6379,
            authString: inputs.authEnabled === true ? seed.of("auth").uuid() : "",
            currentLocationId: `${String(inputs.region ?? config.region)}-a`,
            redisVersion: "REDIS_7_2",
            serverCaCerts: inputs.transitEncryptionMode === "SERVER_AUTHENTICATION" ? [{ cert: seed.of("ca").certificate(), createTime: "2026-01-01T00:00:00Z", expireTime: "2036-01-01T00:00:00Z", serialNumber: seed.hex(16), sha1Fingerprint: seed.hex(40) }] : [],
            readEndpoint: seed.of("read").addressIn("10.110.0.0/16"),
            readEndpointPort: 6379,
        }),
    },
    "gcp:compute/network:Network": { defaults: { autoCreateSubnetworks: true }, immutable: ["autoCreateSubnetworks", "description"], outputs: ({ inputs }) => ({ gatewayIpv4: "", numericId: "", routingMode: inputs.routingMode ?? "REGIONAL", mtu: 1460 }) },
    "gcp:compute/subnetwork:Subnetwork": {
        immutable: ["network", "purpose", "region"],
        replacedBy: (before, after) => (grows(String(before.ipCidrRange), String(after.ipCidrRange)) ? [] : ["ipCidrRange"]),
        outputs: ({ inputs }) => ({ gatewayAddress: String(inputs.ipCidrRange ?? "").replace(/\d+\/\d+$/, "1"), state: "READY", stackType: "IPV4_ONLY", privateIpGoogleAccess: false, privateIpv6GoogleAccess: "DISABLE_GOOGLE_ACCESS", externalIpv6Prefix: "", internalIpv6Prefix: "", ipv6CidrRange: "", ipv6GceEndpoint: "" }),
    },
    "gcp:compute/instance:Instance": {
        defaults: { deletionProtection: false, canIpForward: false },
        immutable: ["bootDisk", "networkInterfaces", "zone", "canIpForward", "metadataStartupScript", "hostname"],
        outputs: ({ inputs, seed, find }) => ({
            instanceId: seed.digits(19), currentStatus: "RUNNING", cpuPlatform: "Intel Ice Lake",
            networkInterfaces: (Array.isArray(inputs.networkInterfaces) ? inputs.networkInterfaces : []).map((one, index) => {
                const subnet = isObject(one) ? find(one.subnetwork, "gcp:compute/subnetwork:Subnetwork") : undefined;
                return { name: `nic${index}`, networkIp: seed.of(`nic${index}`).addressIn(String(subnet?.outputs.ipCidrRange ?? "")), stackType: "IPV4_ONLY", accessConfigs: [{ natIp: seed.of(`nat${index}`).publicAddress(), networkTier: "PREMIUM" }] };
            }),
        }),
    },
    "gcp:compute/globalAddress:GlobalAddress": { outputs: ({ inputs, seed }) => ({ address: inputs.addressType === "INTERNAL" ? "10.100.0.0" : seed.publicAddress() }) },
    "gcp:compute/address:Address": { outputs: ({ inputs, seed }) => ({ address: inputs.addressType === "INTERNAL" ? seed.addressIn("") : seed.publicAddress(), users: [] }) },
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": { outputs: ({ seed }) => ({ ipAddress: seed.publicAddress() }) },
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": { outputs: (making) => ({ instanceGroup: `https://www.googleapis.com/compute/v1/projects/${project(making)}/regions/${region(making)}/instanceGroups/${String(making.inputs.name)}`, distributionPolicyZones: zonesOf(region(making)) }) },
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": { immutable: ["*"] },
    "gcp:compute/instanceTemplate:InstanceTemplate": { immutable: ["*"] },
    "gcp:cloudrunv2/service:Service": {
        defaults: { deletionProtection: true },
        outputs: (making) => {
            const url = `https://${String(making.inputs.name)}-${making.seed.digits(12)}.${region(making)}.run.app`;
            return { uri: url, urls: [url], latestReadyRevision: `${String(making.inputs.name)}-00001-${making.seed.word(3)}`, latestCreatedRevision: `${String(making.inputs.name)}-00001-${making.seed.word(3)}`, ingress: "INGRESS_TRAFFIC_ALL", generation: "1", observedGeneration: "1" };
        },
    },
    "gcp:cloudrunv2/job:Job": { defaults: { deletionProtection: true } },
    "gcp:cloudrunv2/workerPool:WorkerPool": { defaults: { deletionProtection: true } },
    "gcp:secretmanager/secret:Secret": { immutable: ["secretId", "replication"], outputs: (making) => ({ name: `projects/${making.seed.of("project").digits(12)}/secrets/${String(making.inputs.secretId)}` }) },
    // Another value is another version, beside the one before.
    "gcp:secretmanager/secretVersion:SecretVersion": { id: (making) => `${String(making.inputs.secret)}/versions/${secretVersion(making)}`, immutable: ["secret", "secretData"], outputs: (making) => ({ version: secretVersion(making), name: `${String(making.inputs.secret)}/versions/${secretVersion(making)}`, enabled: true }) },
    "gcp:artifactregistry/repository:Repository": { immutable: ["repositoryId", "format", "location"], outputs: (making) => ({ registryUri: `${region(making)}-docker.pkg.dev/${project(making)}/${String(making.inputs.repositoryId)}`, name: making.inputs.repositoryId! }) },
    "gcp:projects/service:Service": { id: (making) => `${project(making)}/${String(making.inputs.service)}`, shared: true, immutable: ["service"] },
    "gcp:servicenetworking/connection:Connection": { id: ({ inputs }) => `${encodeURIComponent(String(inputs.network).replace(/^https:\/\/[^/]+\/compute\/v1\//, ""))}:${String(inputs.service)}`, immutable: ["network", "service"], outputs: () => ({ peering: "servicenetworking-googleapis-com" }) },
};

export const gcp: Vendor = {
    name: "gcp",
    kinds,
    id: (making, { idFormat }, outputs) => {
        const { inputs, name, type } = making;
        // A binding has no name of its own: it is what it says.
        if (/IAMMember$/.test(type)) return [...parentOf(inputs), inputs.role, inputs.member].join("/");
        if (/IAM(Binding|Policy)$/.test(type)) return [...parentOf(inputs), inputs.role ?? "policy"].join("/");
        const format = idFormat ?? "projects/{{project}}/{{type}}/{{name}}";
        return format.replace(/\{\{([%\w]+)\}\}/g, (_, variable: string) => {
            const field = variable.replace("%", "").replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
            if (field === "project" || field === "projectId") return project(making);
            if (field === "type") return type.slice(type.lastIndexOf(":") + 1).toLowerCase();
            const value = inputs[field] ?? (field === "region" || field === "location" ? region(making) : field === "zone" ? zone(making) : (outputs[field] ?? inputs.name ?? outputs.name ?? name));
            return String(value).split("/").at(-1)!;
        });
    },
    afterwards: (making, id) => ({
        selfLink: `https://www.googleapis.com/${/^gcp:(\w+)\//.exec(making.type)?.[1] === "compute" ? "compute/v1" : "v1"}/${id}`,
        selfLinkUnique: `https://www.googleapis.com/compute/v1/${id}?uniqueId=${making.seed.digits(19)}`,
    }),
    configured: (making) => ({
        project: project(making),
        ...(making.inputs.region === undefined ? { region: region(making) } : {}),
        ...(making.inputs.zone === undefined ? { zone: zone(making) } : {}),
        ...(isObject(making.inputs.labels) ? { effectiveLabels: { ...making.inputs.labels, "goog-pulumi-provisioned": "true" }, pulumiLabels: { ...making.inputs.labels, "goog-pulumi-provisioned": "true" } } : { effectiveLabels: { "goog-pulumi-provisioned": "true" }, pulumiLabels: { "goog-pulumi-provisioned": "true" } }),
    }),
    value: (name, { seed, now }) => {
        if (name === "creationTimestamp") return now.toISOString().replace("Z", "-00:00");
        if (/^(fingerprint|labelFingerprint|etag)$/.test(name)) return seed.of(name).base64(8);
        if (/^(generatedId|uniqueId|numericId)$/.test(name)) return seed.of(name).digits(19);
        if (name === "updateTime" || name === "createTime") return now.toISOString();
        return undefined;
    },
    immutable: (type, name) => ["name", "project", "region", "zone", "location", "network", "subnetwork"].includes(name) || kinds[type]?.immutable?.includes("*") === true,
    autonames: true,
    outside: new Set(["image", "address", "snapshot", "license", "machineImage", "reservation", "project", "organization", "folder", "region", "zone", "location", "member", "service"]),
    namesWithoutId: true,
    commonModules: ["compute"],
    isOutside: (value) => value === "default" || /^(.*\/)?(networks|subnetworks)\/default$/.test(value) || value === "",
    aliases: {
        instance: "databaseinstance",
        masterInstanceName: "databaseinstance",
        authorizedNetwork: "network",
        privateNetwork: "network",
        "gcp:compute/instanceGroup:InstanceGroup.instances": "instance",
    },
    missing: (name, value) => `googleapi: Error 404: The resource '${value}' (${name}) was not found, notFound`,
    inUse: (object, by) => `googleapi: Error 400: The resource '${object.id}' is already being used by '${by.id}', resourceInUseByAnotherResource`,
    exists: (object) => `googleapi: Error 409: The resource '${object.id}' already exists, alreadyExists`,
    invokes: {
        "gcp:compute/getZones:getZones": (making) => ({ names: zonesOf(region(making)) }),
        "gcp:organizations/getClientConfig:getClientConfig": (making) => ({ accessToken: `ya29.simulated-${making.seed.token(60)}`, project: project(making), region: region(making), zone: zone(making) }),
        "gcp:organizations/getProject:getProject": (making) => ({ number: making.seed.digits(12), name: project(making), projectId: project(making) }),
        "gcp:container/getEngineVersions:getEngineVersions": () => ({ latestMasterVersion: "1.34.1-gke.1829001", latestNodeVersion: "1.34.1-gke.1829001", defaultClusterVersion: "1.34.1-gke.1829001", validMasterVersions: ["1.34.1-gke.1829001"], validNodeVersions: ["1.34.1-gke.1829001"] }),
        "gcp:compute/getImage:getImage": ({ inputs, seed }) => ({ selfLink: `https://www.googleapis.com/compute/v1/projects/${String(inputs.project ?? "debian-cloud")}/global/images/${String(inputs.family ?? inputs.name)}-v20261101`, imageId: seed.digits(19), diskSizeGb: 10, status: "READY" }),
        "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": (making) => ({ emailAddress: `service-${making.seed.digits(12)}@gs-project-accounts.iam.gserviceaccount.com`, member: `serviceAccount:service-${making.seed.digits(12)}@gs-project-accounts.iam.gserviceaccount.com` }),
    },
};

function project({ inputs, config }: Making): string {
    return String(inputs.project ?? config.project ?? "simulated-project");
}

function region({ inputs, config }: Making): string {
    return String(inputs.region ?? inputs.location ?? config.region ?? "europe-west4");
}

function zone(making: Making): string {
    return String(making.inputs.zone ?? making.config.zone ?? `${region(making)}-a`);
}

function zonesOf(location: string): string[] {
    return /-[a-z]$/.test(location) ? [location] : ["a", "b", "c"].map((letter) => `${location}-${letter}`);
}

function emailOf(inputs: Props, config: Props): string {
    return `${String(inputs.accountId)}@${String(inputs.project ?? config.project ?? "simulated-project")}.iam.gserviceaccount.com`;
}

/** What a binding is attached to: everything in it that is no part of the binding. */
function parentOf(inputs: Props): Value[] {
    return Object.entries(inputs).filter(([name, value]) => typeof value === "string" && !["role", "member", "etag", "policyData"].includes(name)).map(([, value]) => value);
}

function nested(props: Props, field: string, inner: string): string | undefined {
    const value = props[field];
    return isObject(value) && value[inner] !== undefined ? JSON.stringify(value[inner]) : undefined;
}

/** A range may be widened in place, never narrowed or moved. */
function grows(before: string, after: string): boolean {
    if (before === after) return true;
    const bits = (cidr: string) => Number(cidr.split("/")[1]);
    return bits(after) < bits(before) && before.split(".")[0] === after.split(".")[0];
}

function secretVersion({ seed }: Making): string {
    return String(seed.of("version").number(1, 9999));
}
