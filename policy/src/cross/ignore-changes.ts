import { resourceOf } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import { pulumiDocs } from "./frameworks";

/** Things that contain such fields: they must not be ignored as a whole. */
const whole = new Set(["*", "spec", "settings", "template", "metadata", "containers", "initContainers", "volumes", "nodeConfig", "config", "data", "createVnicDetails"]);
/** Fields, anywhere in a path, that decide who gets in, what runs with which rights, and what survives. */
const guarded = new Set([
    "securityContext", "podSecurityContext", "hostNetwork", "hostPID", "hostIPC", "privileged", "capabilities", "seccompProfile", "automountServiceAccountToken", "serviceAccountName", "runtimeClassName", "subjects", "roleRef",
    "podSelector", "policyTypes", "ingress", "egress", "tls", "loadBalancerSourceRanges", "externalIPs",
    "allows", "denies", "sourceRanges", "destinationRanges", "rules", "sourceIps", "ingressSecurityRules", "egressSecurityRules", "firewallIds", "nsgIds", "securityListIds", "securityPolicy", "applyTos",
    "ipConfiguration", "authorizedNetworks", "ipv4Enabled", "sslMode", "privateNetwork", "authEnabled", "authorizationMode", "transitEncryptionMode", "backupConfiguration", "deletionProtection", "deletionProtectionEnabled", "deleteProtection", "rebuildProtection", "backups",
    "publicAccessPrevention", "uniformBucketLevelAccess", "accessType", "versioning", "encryption", "encryptionKeyName", "kmsKeyId", "kmsKeyName", "member", "members", "role", "policyData", "statements", "bindings",
    "accessConfigs", "networkInterfaces", "publicNets", "shieldedInstanceConfig", "serviceAccount", "platformConfig", "instanceOptions", "privateClusterConfig", "masterAuthorizedNetworksConfig", "masterAuth", "enableLegacyAbac", "workloadIdentityConfig", "networkPolicy",
    "databaseEncryption", "binaryAuthorization", "invokerIamDisabled", "minTlsVersion", "sslPolicy", "acl", "ssh", "autoApprovers", "expiresOn", "condition", "decision", "includes", "sessionDuration", "proxied", "value", "prohibitPublicIpOnVnic", "endpointConfig",
]);
function example(ignoreChanges: readonly string[]): Example {
    const properties = { network: "shop", direction: "INGRESS", sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "tcp", ports: ["443"] }], logConfig: { metadata: "INCLUDE_ALL_METADATA" } };
    return { resources: [resourceOf("gcp:compute/firewall:Firewall", "web", properties, { options: { protect: false, ignoreChanges } })], shown: { place: "options of a Firewall", content: { ignoreChanges } } };
}

export const ignoreChanges: ResourceRule = {
    id: "x-ignore-changes",
    title: "Pulumi sees changes of everything that decides over security",
    what: "The resource option `ignoreChanges` names neither a field that decides who gets in, what runs with which rights or what survives, nor something that contains one (`*`, `spec`, `settings`). Counts, sizes, images and annotations may be ignored.",
    why: "What is ignored can be opened in the console, and no preview shows it and no `up` closes it again; fixing it in the program has no effect either.",
    severity: "high",
    strictness: "mandatory",
    references: [pulumiDocs("Resource options: ignoreChanges")],
    remediation: ["Name the one field that another system sets, such as `spec.replicas`."],
    settings: { allowed: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Paths that may be ignored all the same, exactly as written." } },
    compliant: [example([]), example(["description"])],
    violating: [example(["sourceRanges"]), example(["*"]), example(["allows[0].ports"])],
    scope: "resource",
    applies: () => true,
    check({ options }, settings, findings) {
        for (const path of options?.ignoreChanges ?? []) {
            const text = String(path).replace(/\[["']?([^\]"']*)["']?\]/g, ".$1").replace(/^\.+/, "");
            if (settings.list("allowed").includes(path)) continue;
            const parts = text.split(".");
            if (parts.some(part => guarded.has(part)) || whole.has(parts.findLast(part => !/^(\d+|\*)$/.test(part)) ?? "*")) findings.violation(`ignoreChanges ${JSON.stringify(text.slice(0, 100))}`, "hides changes of what decides over security");
        }
    },
};
