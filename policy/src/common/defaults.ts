/**
 * What the clouds fill in where a property is left out. A preview shows the filled-in value, a unit test or a scan shows
 * nothing; rules ask here, so that both mean the same. Only defaults that are decided by the provider itself stand here,
 * under the type and the path; those of an object count only where the object is set.
 */
const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "gcp:sql/databaseInstance:DatabaseInstance": { deletionProtection: true, "settings.availabilityType": "ZONAL", "settings.ipConfiguration.ipv4Enabled": true, "settings.backupConfiguration.enabled": false },
    "gcp:redis/instance:Instance": { authEnabled: false, transitEncryptionMode: "DISABLED" },
    "gcp:redis/cluster:Cluster": { authorizationMode: "AUTH_MODE_DISABLED", transitEncryptionMode: "TRANSIT_ENCRYPTION_MODE_DISABLED", deletionProtectionEnabled: true },
    "gcp:storage/bucket:Bucket": { forceDestroy: false, publicAccessPrevention: "inherited" },
    "gcp:compute/network:Network": { autoCreateSubnetworks: true },
    "gcp:organizations/project:Project": { autoCreateNetwork: true },
    "gcp:compute/firewall:Firewall": { direction: "INGRESS", disabled: false },
    "gcp:compute/sSLPolicy:SSLPolicy": { minTlsVersion: "TLS_1_0", profile: "COMPATIBLE" },
    "gcp:compute/regionSslPolicy:RegionSslPolicy": { minTlsVersion: "TLS_1_0", profile: "COMPATIBLE" },
    "gcp:compute/instance:Instance": { canIpForward: false },
    "gcp:compute/instanceTemplate:InstanceTemplate": { canIpForward: false },
    "gcp:container/cluster:Cluster": { enableShieldedNodes: true, enableLegacyAbac: false, enableKubernetesAlpha: false, deletionProtection: true, removeDefaultNodePool: false, enableAutopilot: false },
    "gcp:cloudrunv2/service:Service": { ingress: "INGRESS_TRAFFIC_ALL", invokerIamDisabled: false, deletionProtection: true },
    "gcp:cloudfunctions/function:Function": { ingressSettings: "ALLOW_ALL" },
    "gcp:cloudfunctionsv2/function:Function": { "serviceConfig.ingressSettings": "ALLOW_ALL" },
    "gcp:kms/cryptoKey:CryptoKey": { purpose: "ENCRYPT_DECRYPT" },
    "gcp:dns/managedZone:ManagedZone": { visibility: "public" },
    "gcp:spanner/database:Database": { deletionProtection: true },
    "gcp:bigquery/table:Table": { deletionProtection: true },
    "gcp:bigtable/instance:Instance": { deletionProtection: true },
    "oci:Core/subnet:Subnet": { prohibitPublicIpOnVnic: false },
    "oci:ObjectStorage/bucket:Bucket": { accessType: "NoPublicAccess", versioning: "Disabled", objectEventsEnabled: false },
    "oci:ObjectStorage/preauthrequest:Preauthrequest": { bucketListingAction: "Deny" },
    "hcloud:index/server:Server": { backups: false, deleteProtection: false, rebuildProtection: false, ignoreRemoteFirewallIds: false },
    "hcloud:index/loadBalancerTarget:LoadBalancerTarget": { usePrivateIp: false },
    "hcloud:index/volume:Volume": { deleteProtection: false },
    "hcloud:index/network:Network": { deleteProtection: false },
    "hcloud:index/loadBalancer:LoadBalancer": { deleteProtection: false },
    "cloudflare:index/dnsRecord:DnsRecord": { proxied: false },
    "cloudflare:index/record:Record": { proxied: false },
    "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": { sessionDuration: "24h", type: "self_hosted" },
    "cloudflare:index/accessApplication:AccessApplication": { sessionDuration: "24h", type: "self_hosted" },
    "tailscale:index/tailnetKey:TailnetKey": { reusable: false, ephemeral: false, preauthorized: false, expiry: 7776000 },
    "tailscale:index/acl:Acl": { overwriteExistingContent: false, resetAclOnDestroy: false },
};

/** What stands at a path where nothing is written; `undefined` if that is not the provider's to say. */
export function defaultOf(type: string, path: string): unknown {
    return table[type]?.[path];
}

/** All defaults of a type, by path. */
export function defaultsOf(type: string): Readonly<Record<string, unknown>> {
    return table[type] ?? {};
}

/** The types of which defaults are known. */
export function typesWithDefaults(): string[] {
    return Object.keys(table);
}
