/** Resources of Google Cloud that keep every rule; examples and tests change them in one place. */
import { examplesFrom, type Sound } from "../common/examples";
import { gcp } from "./types";

const project = "shop-prod";
const labels = { owner: "platform" };
const serviceAccount = { email: "shop@shop-prod.iam.gserviceaccount.com", scopes: ["cloud-platform"] };
const shieldedInstanceConfig = { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true };
const key = "projects/shop-prod/locations/europe-west4/keyRings/shop/cryptoKeys/data";
const networkInterfaces = [{ network: "shop", subnetwork: "shop", accessConfigs: [] }];
const metadata = { "block-project-ssh-keys": "true", "enable-oslogin": "TRUE" };
const template = {
    machineType: "e2-small",
    disks: [{ sourceImage: "cos-cloud/cos-stable", boot: true, diskEncryptionKey: { kmsKeySelfLink: key } }],
    networkInterfaces, metadata, serviceAccount, shieldedInstanceConfig, canIpForward: false, labels,
};
const nodeConfig = {
    imageType: "COS_CONTAINERD",
    serviceAccount: "nodes@shop-prod.iam.gserviceaccount.com",
    oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
    metadata: { "disable-legacy-endpoints": "true" },
    workloadMetadataConfig: { mode: "GKE_METADATA" },
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
};
const backend = { protocol: "HTTPS", loadBalancingScheme: "EXTERNAL_MANAGED", securityPolicy: "shop-armor", logConfig: { enable: true, sampleRate: 1 } };

export const soundGcp: Sound = {
    [gcp.sql]: {
        name: "shop", region: "europe-west4", databaseVersion: "POSTGRES_17", deletionProtection: true, encryptionKeyName: key,
        settings: {
            tier: "db-custom-2-8192", availabilityType: "REGIONAL", deletionProtectionEnabled: true, userLabels: labels,
            ipConfiguration: { ipv4Enabled: false, privateNetwork: "shop", sslMode: "ENCRYPTED_ONLY", authorizedNetworks: [] },
            backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
            databaseFlags: [
                { name: "log_connections", value: "on" }, { name: "log_disconnections", value: "on" }, { name: "log_lock_waits", value: "on" },
                { name: "log_checkpoints", value: "on" }, { name: "log_temp_files", value: "0" }, { name: "cloudsql.enable_pgaudit", value: "on" },
            ],
        },
    },
    [gcp.redis]: { memorySizeGb: 1, tier: "STANDARD_HA", region: "europe-west4", authEnabled: true, transitEncryptionMode: "SERVER_AUTHENTICATION", labels, customerManagedKey: key, deletionProtection: true },
    [gcp.redisCluster]: {
        shardCount: 1, region: "europe-west4", authorizationMode: "AUTH_MODE_IAM_AUTH", transitEncryptionMode: "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION", labels, kmsKey: key, deletionProtectionEnabled: true,
    },
    [gcp.bucket]: {
        location: "EUROPE-WEST4", labels, uniformBucketLevelAccess: true, publicAccessPrevention: "enforced", forceDestroy: false,
        versioning: { enabled: true }, logging: { logBucket: "shop-logs" }, encryption: { defaultKmsKeyName: key },
    },
    [gcp.firewall]: { network: "shop", direction: "INGRESS", sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "tcp", ports: ["443"] }], logConfig: { metadata: "INCLUDE_ALL_METADATA" } },
    [gcp.network]: { name: "shop", autoCreateSubnetworks: false },
    [gcp.subnetwork]: {
        network: "shop", region: "europe-west4", ipCidrRange: "10.0.0.0/20", privateIpGoogleAccess: true, purpose: "PRIVATE",
        logConfig: { aggregationInterval: "INTERVAL_5_SEC", flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
    },
    [gcp.project]: { projectId: project, autoCreateNetwork: false, labels },
    [gcp.instance]: {
        machineType: "e2-small", zone: "europe-west4-a", bootDisk: { initializeParams: { image: "cos-cloud/cos-stable" }, kmsKeySelfLink: key },
        networkInterfaces, metadata, serviceAccount, shieldedInstanceConfig, canIpForward: false, labels, deletionProtection: true,
    },
    [gcp.instanceTemplate]: template,
    [gcp.regionInstanceTemplate]: { ...template, region: "europe-west4" },
    [gcp.instanceFromTemplate]: { sourceInstanceTemplate: "shop", zone: "europe-west4-a", labels },
    [gcp.instanceFromMachineImage]: { sourceMachineImage: "shop", zone: "europe-west4-a", labels },
    [gcp.projectMetadata]: { metadata: { "enable-oslogin": "TRUE" } },
    [gcp.projectMetadataItem]: { key: "enable-oslogin", value: "TRUE" },
    [gcp.sslPolicy]: { minTlsVersion: "TLS_1_2", profile: "RESTRICTED" },
    [gcp.regionSslPolicy]: { minTlsVersion: "TLS_1_2", profile: "MODERN", region: "europe-west4" },
    [gcp.httpProxy]: { urlMap: "redirect" },
    [gcp.regionHttpProxy]: { urlMap: "redirect", region: "europe-west4" },
    [gcp.httpsProxy]: { urlMap: "shop", sslPolicy: "shop-tls", sslCertificates: ["shop"] },
    [gcp.regionHttpsProxy]: { urlMap: "shop", sslPolicy: "shop-tls", sslCertificates: ["shop"], region: "europe-west4" },
    [gcp.sslProxy]: { backendService: "shop", sslPolicy: "shop-tls", sslCertificates: ["shop"] },
    [gcp.urlMap]: { name: "redirect", defaultUrlRedirect: { httpsRedirect: true, stripQuery: false } },
    [gcp.regionUrlMap]: { name: "redirect", region: "europe-west4", defaultUrlRedirect: { httpsRedirect: true, stripQuery: false } },
    [gcp.backend]: backend,
    [gcp.regionBackend]: { ...backend, region: "europe-west4" },
    [gcp.globalForwardingRule]: { target: "shop-https", portRange: "443", loadBalancingScheme: "EXTERNAL_MANAGED", labels },
    [gcp.forwardingRule]: { backendService: "shop", ports: ["443"], loadBalancingScheme: "INTERNAL", region: "europe-west4", labels },
    [gcp.disk]: { zone: "europe-west4-a", labels, diskEncryptionKey: { kmsKeySelfLink: key } },
    [gcp.regionDisk]: { region: "europe-west4", replicaZones: ["europe-west4-a", "europe-west4-b"], labels, diskEncryptionKey: { kmsKeyName: key } },
    [gcp.cluster]: {
        location: "europe-west4", removeDefaultNodePool: true, initialNodeCount: 1, resourceLabels: labels, deletionProtection: true,
        privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true, masterIpv4CidrBlock: "172.16.0.0/28" },
        masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "10.0.0.0/8" }] },
        masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
        workloadIdentityConfig: { workloadPool: "shop-prod.svc.id.goog" },
        datapathProvider: "ADVANCED_DATAPATH", networkingMode: "VPC_NATIVE", ipAllocationPolicy: { stackType: "IPV4" }, enableIntranodeVisibility: true,
        enableShieldedNodes: true, releaseChannel: { channel: "REGULAR" },
        databaseEncryption: { state: "ENCRYPTED", keyName: key }, binaryAuthorization: { evaluationMode: "PROJECT_SINGLETON_POLICY_ENFORCE" },
        loggingService: "logging.googleapis.com/kubernetes", monitoringService: "monitoring.googleapis.com/kubernetes",
    },
    [gcp.nodePool]: { cluster: "shop", location: "europe-west4", management: { autoRepair: true, autoUpgrade: true }, nodeConfig },
    [gcp.runService]: {
        location: "europe-west4", ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", deletionProtection: true, labels,
        template: {
            serviceAccount: serviceAccount.email, encryptionKey: key,
            containers: [{ image: "europe-docker.pkg.dev/shop/shop/api", envs: [{ name: "LOG_LEVEL", value: "info" }, { name: "DB_PASSWORD", valueSource: { secretKeyRef: { secret: "db", version: "latest" } } }] }],
        },
    },
    [gcp.runJob]: { location: "europe-west4", labels, template: { template: { serviceAccount: serviceAccount.email, encryptionKey: key, containers: [{ image: "europe-docker.pkg.dev/shop/shop/job", envs: [{ name: "LOG_LEVEL", value: "info" }] }] } } },
    [gcp.runWorkerPool]: { location: "europe-west4", labels, template: { serviceAccount: serviceAccount.email, encryptionKey: key, containers: [{ image: "europe-docker.pkg.dev/shop/shop/worker", envs: [{ name: "LOG_LEVEL", value: "info" }] }] } },
    [gcp.runServiceV1]: {
        location: "europe-west4", metadata: { annotations: { "run.googleapis.com/ingress": "internal" }, labels },
        template: { spec: { serviceAccountName: serviceAccount.email, containers: [{ image: "europe-docker.pkg.dev/shop/shop/api", envs: [{ name: "LOG_LEVEL", value: "info" }] }] } },
    },
    [gcp.function1]: { runtime: "nodejs22", region: "europe-west4", triggerHttp: true, ingressSettings: "ALLOW_INTERNAL_ONLY", httpsTriggerSecurityLevel: "SECURE_ALWAYS", serviceAccountEmail: serviceAccount.email, labels, kmsKeyName: key, environmentVariables: { LOG_LEVEL: "info" } },
    [gcp.function2]: { location: "europe-west4", labels, kmsKeyName: key, serviceConfig: { ingressSettings: "ALLOW_INTERNAL_AND_GCLB", serviceAccountEmail: serviceAccount.email, environmentVariables: { LOG_LEVEL: "info" } } },
    [gcp.cryptoKey]: { keyRing: "shop", rotationPeriod: "7776000s", labels },
    [gcp.repository]: { format: "DOCKER", location: "europe-west4", repositoryId: "shop", labels, kmsKeyName: key },
    [gcp.serviceAccountKey]: { serviceAccountId: "shop" },
    [gcp.workloadIdentityProvider]: {
        workloadIdentityPoolId: "ci", workloadIdentityPoolProviderId: "github", attributeMapping: { "google.subject": "assertion.sub" },
        attributeCondition: "assertion.repository == 'example/shop' && assertion.ref == 'refs/heads/main'", oidc: { issuerUri: "https://token.actions.githubusercontent.com" },
    },
    [gcp.dataset]: { datasetId: "shop", location: "europe-west4", labels, accesses: [{ role: "OWNER", groupByEmail: "data@example.com" }], defaultEncryptionConfiguration: { kmsKeyName: key } },
    [gcp.datasetAccess]: { datasetId: "shop", role: "READER", groupByEmail: "data@example.com" },
    [gcp.managedZone]: { dnsName: "shop.example.", visibility: "public", labels, dnssecConfig: { state: "on", defaultKeySpecs: [{ keyType: "keySigning", algorithm: "ecdsap256sha256" }] } },
    [gcp.auditConfig]: { project, service: "allServices", auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }] },
    [gcp.projectMember]: { project, role: "roles/storage.objectViewer", member: "group:readers@example.com" },
    [gcp.projectBinding]: { project, role: "roles/storage.objectViewer", members: ["group:readers@example.com"] },
    [gcp.projectPolicy]: { project, policyData: JSON.stringify({ bindings: [{ role: "roles/storage.objectViewer", members: ["group:readers@example.com"] }] }) },
    [gcp.bucketMember]: { bucket: "shop", role: "roles/storage.objectViewer", member: `serviceAccount:${serviceAccount.email}` },
};

export const { good, bad, resource } = examplesFrom(soundGcp);
