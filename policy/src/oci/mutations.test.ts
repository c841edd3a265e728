import { testMutations, type Mutation } from "../testing/mutations";
import { soundOci } from "./sound";
import { oci } from "./types";

const ports = "oci-open-admin-ports";
const hardening = "oci-instance-hardening";
const launch = (at: string): readonly Mutation[] => [
    [`${at}instanceOptions`, undefined, "oci-instance-imds"],
    [`${at}instanceOptions/areLegacyImdsEndpointsDisabled`, false, "oci-instance-imds"],
    [`${at}instanceOptions/areLegacyImdsEndpointsDisabled`, "true"],
    [`${at}platformConfig`, undefined, hardening],
    [`${at}platformConfig/isSecureBootEnabled`, false, hardening],
    [`${at}isPvEncryptionInTransitEnabled`, false, hardening],
    [`${at}isPvEncryptionInTransitEnabled`, undefined, hardening],
    [`${at}createVnicDetails/assignPublicIp`, "true", hardening],
    [`${at}createVnicDetails/assignPublicIp`, true, hardening],
    [`${at}createVnicDetails/assignPublicIp`, undefined],
    [`${at}agentConfig/isMonitoringDisabled`, true, hardening],
    [`${at}agentConfig/areAllPluginsDisabled`, true, hardening],
    [`${at}agentConfig`, undefined],
    [`${at}metadata`, { user_data: Buffer.from("#!/bin/sh\nexport DB_PASSWORD=correct-horse\n").toString("base64") }, hardening],
    [`${at}metadata`, { user_data: Buffer.from("#!/bin/sh\ndnf update\n").toString("base64"), ssh_authorized_keys: "ssh-ed25519 AAAA" }],
];

testMutations("Oracle Cloud", soundOci, {
    [oci.securityList]: [
        ["ingressSecurityRules/1/tcpOptions", { min: 22, max: 22 }, ports], ["ingressSecurityRules/1/tcpOptions", { min: 20, max: 25 }, ports], ["ingressSecurityRules/1/tcpOptions", { min: 3389, max: 3389 }, ports],
        ["ingressSecurityRules/1/tcpOptions", { min: 6443, max: 6443 }, ports], ["ingressSecurityRules/1/tcpOptions", { min: 12250, max: 12250 }, ports], ["ingressSecurityRules/1/tcpOptions", undefined, ports],
        ["ingressSecurityRules/1/protocol", "all", ports], ["ingressSecurityRules/1/protocol", "17", ports], ["ingressSecurityRules/1/protocol", "1"], ["ingressSecurityRules/1/source", "::/0"],
        ["ingressSecurityRules/0/tcpOptions", { min: 22, max: 22 }], ["ingressSecurityRules/0/protocol", "all"], ["egressSecurityRules/0/destination", "0.0.0.0/0"], ["ingressSecurityRules", []],
        ["ingressSecurityRules", [{ source: "0.0.0.0/1", protocol: "6", tcpOptions: { min: 22, max: 22 } }, { source: "128.0.0.0/1", protocol: "6", tcpOptions: { min: 22, max: 22 } }], ports],
        ["ingressSecurityRules", [{ source: "::/0", protocol: "6", tcpOptions: { min: "1", max: "1024" } }], ports],
    ],
    [oci.defaultSecurityList]: [["ingressSecurityRules/0/protocol", "6", "oci-default-seclist"], ["ingressSecurityRules/0/protocol", "all", "oci-default-seclist"], ["ingressSecurityRules/0/protocol", "58"], ["ingressSecurityRules/0/protocol", 1], ["ingressSecurityRules", undefined]],
    [oci.nsgRule]: [
        ["tcpOptions/destinationPortRange", { min: 22, max: 22 }, ports], ["tcpOptions", undefined, ports], ["protocol", "all", ports], ["source", "::/0"], ["source", "10.0.0.0/8"], ["direction", "EGRESS"],
        ["tcpOptions/destinationPortRange", { min: 1, max: 65535 }, ports], ["tcpOptions/destinationPortRange", undefined, ports], ["tcpOptions/sourcePortRange", { min: 22, max: 22 }], ["source", "ocid1.networksecuritygroup.oc1..web"],
    ],
    [oci.subnet]: [["prohibitPublicIpOnVnic", false, "oci-subnet-private"], ["prohibitPublicIpOnVnic", undefined, "oci-subnet-private"], ["prohibitPublicIpOnVnic", "true"], ["cidrBlock", "10.0.2.0/24"]],
    [oci.instance]: [...launch(""), ["launchOptions", { isPvEncryptionInTransitEnabled: true }], ["displayName", "web"]],
    [oci.instanceConfiguration]: launch("instanceDetails/launchDetails/"),
    [oci.volume]: [["kmsKeyId", undefined, "oci-storage-keys"], ["backupPolicyId", undefined, "oci-storage-keys"]],
    [oci.fileSystem]: [["kmsKeyId", "", "oci-storage-keys"]],
    [oci.fileExport]: [["exportOptions", [], "oci-file-export"], ["exportOptions/0/source", "0.0.0.0/0", "oci-file-export"], ["exportOptions/0/identitySquash", "NONE", "oci-file-export"], ["exportOptions/0/requirePrivilegedSourcePort", false, "oci-file-export"], ["exportOptions/0/identitySquash", "ROOT"]],
    [oci.bucket]: [
        ["accessType", "ObjectRead", "oci-bucket-public"], ["accessType", "ObjectReadWithoutList", "oci-bucket-public"], ["accessType", undefined], ["versioning", "Disabled", "oci-bucket-durability"], ["versioning", undefined, "oci-bucket-durability"],
        ["objectEventsEnabled", false, "oci-bucket-durability"], ["objectEventsEnabled", undefined, "oci-bucket-durability"], ["kmsKeyId", undefined, "oci-bucket-durability"], ["storageTier", "Archive"],
    ],
    [oci.par]: [
        ["accessType", "AnyObjectWrite", "oci-par"], ["accessType", "AnyObjectReadWrite", "oci-par"], ["accessType", "AnyObjectRead"], ["accessType", undefined, "oci-par"], ["bucketListingAction", "ListObjects", "oci-par"], ["bucketListingAction", undefined],
        ["timeExpires", "2999-01-01T00:00:00Z", "oci-par"], ["timeExpires", "soon", "oci-par"], ["timeExpires", undefined, "oci-par"],
    ],
    [oci.cluster]: [
        ["endpointConfig", undefined, "oci-oke-endpoint"], ["endpointConfig/isPublicIpEnabled", true, "oci-oke-endpoint"], ["endpointConfig/isPublicIpEnabled", undefined, "oci-oke-endpoint"], ["endpointConfig/nsgIds", [], "oci-oke-endpoint"], ["endpointConfig/nsgIds", undefined, "oci-oke-endpoint"],
        ["imagePolicyConfig", undefined, "oci-oke-endpoint"], ["imagePolicyConfig/isPolicyEnabled", false, "oci-oke-endpoint"], ["kmsKeyId", undefined, "oci-oke-endpoint"], ["options", { addOns: { isTillerEnabled: true } }, "oci-oke-endpoint"], ["options", { addOns: { isKubernetesDashboardEnabled: false } }],
    ],
    [oci.nodePool]: [["nodeConfigDetails/isPvEncryptionInTransitEnabled", false, "oci-oke-endpoint"], ["nodeConfigDetails/isPvEncryptionInTransitEnabled", undefined, "oci-oke-endpoint"], ["nodeConfigDetails/size", 3]],
    [oci.redis]: [["nsgIds", [], "oci-redis-private"], ["nsgIds", undefined, "oci-redis-private"], ["nodeCount", 3]],
    [oci.policy]: [
        ["statements/0", "Allow group developers to manage all-resources in tenancy", "oci-iam-broad"], ["statements/0", "ALLOW  GROUP developers TO MANAGE ALL-RESOURCES IN TENANCY", "oci-iam-broad"], ["statements/0", "Allow group Administrators to manage all-resources in tenancy"],
        ["statements/0", "Allow any-user to inspect buckets in tenancy", "oci-iam-broad"], ["statements/0", "Allow any-user to read objects in tenancy where request.principal.type='instance'"], ["statements/0", "Allow group developers to manage all-resources in compartment shop"],
        ["statements/0", "Allow group developers to manage policies in tenancy", "oci-iam-broad"], ["statements/1", "Allow group 'Default'/'developers' to manage all-resources in tenancy", "oci-iam-broad"], ["statements/0", "Define tenancy other as ocid1.tenancy.oc1..other"],
    ],
    [oci.authentication]: [["passwordPolicy/minimumPasswordLength", 8, "oci-password-policy"], ["passwordPolicy/isLowercaseCharactersRequired", false, "oci-password-policy"], ["passwordPolicy/isNumericCharactersRequired", undefined, "oci-password-policy"], ["passwordPolicy", undefined]],
});
