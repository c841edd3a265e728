/** Oracle Cloud: an OCID for everything, and most of it can be named only by that. */
import { isObject, type Props, type Value } from "../../sdk/values";
import type { Kind, Making, Vendor } from "../vendor";

const REGION = "eu-frankfurt-1";

const kinds: Record<string, Kind> = {
    "oci:Core/vcn:Vcn": {
        outputs: (making) => ({
            cidrBlocks: making.inputs.cidrBlock === undefined ? [] : [making.inputs.cidrBlock],
            cidrBlock: Array.isArray(making.inputs.cidrBlocks) ? (making.inputs.cidrBlocks[0] ?? "") : "",
            defaultRouteTableId: ocid(making, "routetable"),
            defaultSecurityListId: ocid(making, "securitylist"),
            defaultDhcpOptionsId: ocid(making, "dhcpoptions"),
            vcnDomainName: making.inputs.dnsLabel === undefined ? "" : `${String(making.inputs.dnsLabel)}.oraclevcn.com`,
        }),
    },
    "oci:Core/subnet:Subnet": {
        outputs: (making) => ({
            virtualRouterIp: String(making.inputs.cidrBlock ?? "").replace(/\d+\/\d+$/, "1"),
            virtualRouterMac: `00:00:17:${making.seed.hex(6).replace(/(..)(?!$)/g, "$1:")}`,
            subnetDomainName: making.inputs.dnsLabel === undefined ? "" : `${String(making.inputs.dnsLabel)}.vcn.oraclevcn.com`,
            routeTableId: making.find(making.inputs.vcnId)?.outputs.defaultRouteTableId ?? ocid(making, "routetable"),
            dhcpOptionsId: making.find(making.inputs.vcnId)?.outputs.defaultDhcpOptionsId ?? ocid(making, "dhcpoptions"),
            securityListIds: [making.find(making.inputs.vcnId)?.outputs.defaultSecurityListId ?? ocid(making, "securitylist")],
            prohibitPublicIpOnVnic: false,
            prohibitInternetIngress: making.inputs.prohibitPublicIpOnVnic ?? false,
        }),
    },
    "oci:Core/instance:Instance": {
        immutable: ["availabilityDomain", "createVnicDetails"],
        outputs: (making) => ({ state: "RUNNING", privateIp: making.seed.of("private").addressIn(subnetRange(making)), publicIp: assignsPublic(making.inputs) ? making.seed.publicAddress() : "", bootVolumeId: ocid(making, "bootvolume"), region: region(making), faultDomain: "FAULT-DOMAIN-1", imageId: ocid(making, "image") }),
    },
    "oci:Core/natGateway:NatGateway": { outputs: ({ seed }) => ({ natIp: seed.publicAddress(), state: "AVAILABLE" }) },
    "oci:Core/serviceGateway:ServiceGateway": { outputs: () => ({ state: "AVAILABLE", blockTraffic: false }) },
    "oci:Core/internetGateway:InternetGateway": { outputs: () => ({ state: "AVAILABLE" }) },
    "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule": { id: ({ seed }) => seed.hex(6).toUpperCase(), immutable: ["networkSecurityGroupId"] },
    "oci:ContainerEngine/cluster:Cluster": {
        outputs: (making) => {
            const address = `${making.seed.of("endpoint").publicAddress()}:6443`;
            return { state: "ACTIVE", endpoints: [{ publicEndpoint: address, privateEndpoint: "10.0.0.10:6443", kubernetes: "", vcnHostnameEndpoint: "" }], availableKubernetesUpgrades: [], openIdConnectDiscoveryEndpoint: `https://objectstorage.${region(making)}.oraclecloud.com/n/simulated/b/oidc/o/${making.seed.hex(32)}`, type: "BASIC_CLUSTER" };
        },
    },
    "oci:ContainerEngine/nodePool:NodePool": {
        mutable: ["nodeShape", "nodeShapeConfig", "nodeSourceDetails", "nodeConfigDetails", "kubernetesVersion"],
        outputs: (making) => {
            const details = isObject(making.inputs.nodeConfigDetails) ? making.inputs.nodeConfigDetails : {};
            return { state: "ACTIVE", nodes: Array.from({ length: Number(details.size ?? 0) }, (_, index) => ({ id: ocid(making, "instance", `node${index}`), name: `oke-${making.seed.word(8)}-${index}`, privateIp: making.seed.of(`node${index}`).addressIn("10.0.10.0/24"), state: "ACTIVE", kubernetesVersion: making.inputs.kubernetesVersion ?? "v1.34.1" })) };
        },
    },
    "oci:ObjectStorage/bucket:Bucket": {
        id: ({ inputs }) => `n/${String(inputs.namespace)}/b/${String(inputs.name)}`,
        immutable: ["name", "namespace", "storageTier"],
        outputs: (making) => ({ bucketId: ocid(making, "bucket"), accessType: "NoPublicAccess", storageTier: "Standard", versioning: "Disabled", autoTiering: "Disabled" }),
    },
    "oci:Redis/redisCluster:RedisCluster": {
        outputs: (making) => ({ state: "ACTIVE", primaryFqdn: `${making.seed.word(12)}-p.redis.${region(making)}.oci.oraclecloud.com`, primaryEndpointIpAddress: making.seed.of("primary").addressIn(subnetRange(making)), replicasFqdn: `${making.seed.word(12)}-r.redis.${region(making)}.oci.oraclecloud.com`, replicasEndpointIpAddress: making.seed.of("replicas").addressIn(subnetRange(making)) }),
    },
    "oci:Psql/dbSystem:DbSystem": { outputs: () => ({ state: "ACTIVE", adminUsername: "postgres" }) },
    "oci:Queue/queue:Queue": { outputs: (making) => ({ state: "ACTIVE", messagesEndpoint: `https://cell-1.queue.messaging.${region(making)}.oci.oraclecloud.com` }) },
    "oci:Kms/vault:Vault": { outputs: (making) => ({ state: "ACTIVE", managementEndpoint: `https://${making.seed.word(13)}-management.kms.${region(making)}.oraclecloud.com`, cryptoEndpoint: `https://${making.seed.word(13)}-crypto.kms.${region(making)}.oraclecloud.com` }) },
    "oci:Kms/key:Key": { outputs: (making) => ({ state: "ENABLED", currentKeyVersion: ocid(making, "keyversion") }) },
    "oci:LoadBalancer/loadBalancer:LoadBalancer": { outputs: (making) => ({ state: "ACTIVE", ipAddresses: [making.seed.publicAddress()], ipAddressDetails: [{ ipAddress: making.seed.publicAddress(), isPublic: true, reservedIps: [] }] }) },
};

export const oci: Vendor = {
    name: "oci",
    kinds,
    id: (making) => ocid(making, making.type.slice(making.type.lastIndexOf(":") + 1).toLowerCase(), "id"),
    value: (name, making) => {
        const { now } = making;
        if (/^time/.test(name)) return `${now.toISOString().slice(0, 19).replace("T", " ")}.000 +0000 UTC`;
        if (name === "state") return "AVAILABLE";
        if (name === "lifecycleDetails") return "";
        if (name === "displayName") return `${making.type.slice(making.type.lastIndexOf(":") + 1).toLowerCase()}${now.toISOString().slice(0, 19).replace(/\D/g, "")}`;
        if (/Id$/.test(name)) return ocid(making, name.slice(0, -2).toLowerCase(), name);
        if (name === "definedTags") return { "Oracle-Tags.CreatedBy": "simulated", "Oracle-Tags.CreatedOn": now.toISOString() };
        return undefined;
    },
    // Its documentation marks every input that can be changed; the others cannot.
    immutable: (_type, _name, field) => field.updatable !== true,
    autonames: false,
    outside: new Set(["compartment", "tenancy", "image", "user", "source", "tenant", "bucket", "namespace"]),
    namesWithoutId: false,
    commonModules: ["core"],
    // Only what it can tell to have been made here must exist; an OCID of the real world cannot be judged.
    isOutside: (value) => /^ocid1\.(compartment|tenancy|image|user|group)\./.test(value),
    aliases: { nsg: "networksecuritygroup", nsgIds: "networksecuritygroup", subnetIds: "subnet", serviceLbSubnetIds: "subnet", networkEntityId: "", serviceId: "", sourceId: "", imageId: "", kmsKeyId: "", bootVolumeId: "bootvolume", capacityReservationId: "", dedicatedVmHostId: "", serviceIds: "", groupId: "", policyId: "", routeTableId: "", securityListIds: "", dhcpOptionsId: "" },
    missing: (name, value) => `404-NotAuthorizedOrNotFound, Authorization failed or requested resource not found. (${name} ${value})`,
    inUse: (object, by) => `409-IncorrectState, ${object.type.slice(object.type.lastIndexOf(":") + 1)} ${object.id} cannot be deleted: it is used by ${by.id}`,
    exists: (object) => `409-AlreadyExists, ${object.id} already exists`,
    invokes: {
        "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": (making) => ({ availabilityDomains: [1, 2, 3].map((index) => ({ id: ocid(making, "availabilitydomain", `ad${index}`), name: `Simu:${region(making).toUpperCase()}-AD-${index}`, compartmentId: making.inputs.compartmentId ?? "" })) }),
        "oci:Identity/getAvailabilityDomain:getAvailabilityDomain": (making) => ({ name: `Simu:${region(making).toUpperCase()}-AD-${Number(making.inputs.adNumber ?? 1)}` }),
        "oci:ObjectStorage/getNamespace:getNamespace": () => ({ namespace: "simulatednamespace" }),
        "oci:Core/getServices:getServices": (making) => ({ services: [{ id: ocid(making, "service"), name: "All FRA Services In Oracle Services Network", cidrBlock: "all-fra-services-in-oracle-services-network", description: "All services" }, { id: ocid(making, "service", "objects"), name: "OCI FRA Object Storage", cidrBlock: "oci-fra-objectstorage", description: "Object storage" }] }),
        "oci:Core/getImages:getImages": (making) => ({ images: [{ id: ocid(making, "image"), displayName: "Canonical-Ubuntu-24.04-2026.10.31-0", operatingSystem: making.inputs.operatingSystem ?? "Canonical Ubuntu", operatingSystemVersion: making.inputs.operatingSystemVersion ?? "24.04", state: "AVAILABLE", sizeInMbs: "47694" }] }),
        "oci:ContainerEngine/getNodePoolOption:getNodePoolOption": (making) => ({ kubernetesVersions: ["v1.33.1", "v1.34.1"], shapes: ["VM.Standard.E5.Flex", "VM.Standard.A1.Flex"], images: [], sources: ["v1.33.1", "v1.34.1"].map((version) => ({ imageId: ocid(making, "image", version), sourceName: `Oracle-Linux-8.10-2026.10.31-0-OKE-${version.slice(1)}-1234`, sourceType: "IMAGE" })) }),
        "oci:ContainerEngine/getClusterKubeConfig:getClusterKubeConfig": (making) => ({ content: kubeconfigOf(making) }),
    },
};

/** Carries a mark, so that one can tell what was made here. */
function ocid({ seed, config, inputs }: Making, kind: string, part = kind): string {
    return `ocid1.${kind}.oc1.${String(inputs.region ?? config.region ?? REGION)}.aaaaaaaa${seed.of(`ocid ${part}`).word(52)}`;
}

function region({ config }: Making): string {
    return String(config.region ?? REGION);
}

function subnetRange({ inputs, find }: Making): string {
    const vnic = isObject(inputs.createVnicDetails) ? inputs.createVnicDetails.subnetId : inputs.subnetId;
    return String(find(vnic as Value | undefined)?.outputs.cidrBlock ?? "10.0.0.0/24");
}

function assignsPublic(inputs: Props): boolean {
    return !isObject(inputs.createVnicDetails) || String(inputs.createVnicDetails.assignPublicIp ?? "true") !== "false";
}

function kubeconfigOf(making: Making): string {
    const cluster = making.find(making.inputs.clusterId);
    const [endpoint] = Array.isArray(cluster?.outputs.endpoints) ? cluster.outputs.endpoints : [];
    const server = isObject(endpoint) ? String(endpoint.publicEndpoint) : making.seed.publicAddress();
    const id = String(making.inputs.clusterId);
    return [
        "apiVersion: v1", "kind: Config",
        "clusters:", `- name: cluster-${id.slice(-11)}`, "  cluster:", `    server: https://${server}`, `    certificate-authority-data: ${Buffer.from(making.seed.certificate()).toString("base64")}`,
        "users:", `- name: user-${id.slice(-11)}`, "  user:", "    exec:", "      apiVersion: client.authentication.k8s.io/v1beta1", "      command: oci", `      args: [ce, cluster, generate-token, --cluster-id, ${id}, --region, ${region(making)}]`, "      env: []",
        "contexts:", `- name: context-${id.slice(-11)}`, "  context:", `    cluster: cluster-${id.slice(-11)}`, `    user: user-${id.slice(-11)}`, `current-context: context-${id.slice(-11)}`, "",
    ].join("\n");
}
