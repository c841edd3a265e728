/** Resources of Oracle Cloud that keep every rule; examples and tests change them in one place. */
import { examplesFrom, type Sound } from "../common/examples";
import { oci } from "./types";

const compartmentId = "ocid1.compartment.oc1..shop";
const freeformTags = { owner: "platform" };
const kmsKeyId = "ocid1.key.oc1.eu-frankfurt-1.shop";
const launch = {
    shape: "VM.Standard.A1.Flex",
    instanceOptions: { areLegacyImdsEndpointsDisabled: true },
    platformConfig: { type: "AMD_VM", isSecureBootEnabled: true },
    agentConfig: { isMonitoringDisabled: false },
    isPvEncryptionInTransitEnabled: true,
};

export const soundOci: Sound = {
    [oci.securityList]: {
        compartmentId, vcnId: "shop", freeformTags,
        ingressSecurityRules: [{ source: "10.0.0.0/16", protocol: "6", tcpOptions: { min: 443, max: 443 } }, { source: "0.0.0.0/0", protocol: "6", tcpOptions: { min: 443, max: 443 } }],
        egressSecurityRules: [{ destination: "10.0.0.0/16", protocol: "all" }],
    },
    [oci.defaultSecurityList]: { manageDefaultResourceId: "shop", freeformTags, ingressSecurityRules: [{ source: "0.0.0.0/0", protocol: "1", icmpOptions: { type: 3, code: 4 } }] },
    [oci.nsgRule]: { networkSecurityGroupId: "shop", direction: "INGRESS", protocol: "6", source: "0.0.0.0/0", sourceType: "CIDR_BLOCK", tcpOptions: { destinationPortRange: { min: 443, max: 443 } } },
    [oci.subnet]: { compartmentId, vcnId: "shop", cidrBlock: "10.0.1.0/24", prohibitPublicIpOnVnic: true, freeformTags },
    [oci.instance]: { compartmentId, availabilityDomain: "AD-1", freeformTags, ...launch, createVnicDetails: { subnetId: "shop", assignPublicIp: "false", nsgIds: ["shop"] } },
    [oci.instanceConfiguration]: {
        compartmentId, freeformTags,
        instanceDetails: { instanceType: "compute", launchDetails: { compartmentId, ...launch, createVnicDetails: { subnetId: "shop", assignPublicIp: false, nsgIds: ["shop"] } } },
    },
    [oci.volume]: { compartmentId, availabilityDomain: "AD-1", kmsKeyId, backupPolicyId: "ocid1.volumebackuppolicy.oc1..gold", freeformTags },
    [oci.bootVolume]: { compartmentId, availabilityDomain: "AD-1", kmsKeyId, backupPolicyId: "ocid1.volumebackuppolicy.oc1..gold", freeformTags, sourceDetails: { type: "bootVolume", id: "ocid1.bootvolume.oc1..shop" } },
    [oci.bucket]: { compartmentId, namespace: "shop", name: "shop", accessType: "NoPublicAccess", versioning: "Enabled", objectEventsEnabled: true, kmsKeyId, freeformTags },
    [oci.par]: { namespace: "shop", bucket: "shop", name: "one-file", accessType: "ObjectRead", objectName: "report.pdf", bucketListingAction: "Deny", timeExpires: "2000-01-05T00:00:00Z" },
    [oci.cluster]: {
        compartmentId, vcnId: "shop", kubernetesVersion: "v1.34.1", kmsKeyId, freeformTags,
        endpointConfig: { subnetId: "shop", isPublicIpEnabled: false, nsgIds: ["shop"] }, imagePolicyConfig: { isPolicyEnabled: true, keyDetails: [{ kmsKeyId }] },
    },
    [oci.nodePool]: {
        compartmentId, clusterId: "shop", nodeShape: "VM.Standard.A1.Flex", freeformTags,
        nodeConfigDetails: { size: 2, isPvEncryptionInTransitEnabled: true, kmsKeyId, nsgIds: ["shop"], placementConfigs: [{ availabilityDomain: "AD-1", subnetId: "shop" }] },
    },
    [oci.redis]: { compartmentId, displayName: "shop", nodeCount: 2, nodeMemoryInGbs: 2, softwareVersion: "V7_0_5", subnetId: "ocid1.subnet.oc1..shop", nsgIds: ["shop"], freeformTags },
    [oci.policy]: { compartmentId, description: "Gateways read their secrets", freeformTags, statements: ["Allow dynamic-group gateways to read secret-bundles in compartment shop"] },
    [oci.authentication]: { compartmentId, passwordPolicy: { minimumPasswordLength: 14, isLowercaseCharactersRequired: true, isUppercaseCharactersRequired: true, isNumericCharactersRequired: true, isSpecialCharactersRequired: true } },
    [oci.fileSystem]: { compartmentId, availabilityDomain: "AD-1", kmsKeyId, freeformTags },
    [oci.fileExport]: { exportSetId: "shop", fileSystemId: "shop", path: "/data", exportOptions: [{ source: "10.0.0.0/16", access: "READ_WRITE", identitySquash: "ALL", requirePrivilegedSourcePort: true }] },
};

export const { good, bad, resource } = examplesFrom(soundOci);
