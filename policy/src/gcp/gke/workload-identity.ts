import { typedRule } from "../../common/rule";
import { isFalse, isText } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { cisGke } from "../frameworks";
import { isDefaultServiceAccount } from "../iam/grants";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { isAutopilot, nodeConfigsOf } from "./clusters";

const guarded: readonly unknown[] = ["GKE_METADATA", "GKE_METADATA_SERVER", "SECURE"];

export const gkeWorkloadIdentity = typedRule({
    id: "gke-workload-identity",
    title: "Pods of GKE have identities of their own, not their node's",
    what: "Clusters have `workloadIdentityConfig.workloadPool`; node pools hide the node's metadata (`workloadMetadataConfig.mode: GKE_METADATA`), do not switch the legacy metadata on, and run under a service account that is not a default one. Autopilot does the first two by itself.",
    why: "Otherwise every pod can ask for the token of its node, and with the default account that is Editor of the project.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGke("5.2.1"), cisGke("5.2.2"), cisGke("5.4.1")],
    remediation: ["Set `workloadIdentityConfig: { workloadPool: \"<project>.svc.id.goog\" }` on the cluster; on node pools `workloadMetadataConfig: { mode: \"GKE_METADATA\" }` and a `serviceAccount` of their own."],
    compliant: [good(gcp.cluster), good(gcp.nodePool), good(gcp.cluster, { enableAutopilot: true, removeDefaultNodePool: null, workloadIdentityConfig: null })],
    violating: [
        bad(gcp.cluster, { workloadIdentityConfig: null }),
        bad(gcp.nodePool, { nodeConfig: { workloadMetadataConfig: { mode: "GCE_METADATA" } } }),
        bad(gcp.nodePool, { nodeConfig: { serviceAccount: null } }),
        bad(gcp.nodePool, { nodeConfig: { serviceAccount: "123456789012-compute@developer.gserviceaccount.com" } }),
    ],
    types: [gcp.cluster, gcp.nodePool],
    check(resource, _settings, findings) {
        const { properties, type } = resource;
        if (type === gcp.cluster && !isAutopilot(resource)) {
            const identity = properties.at("workloadIdentityConfig");
            const pool = [identity.at("workloadPool"), identity.at("identityNamespace")].find(value => !value.absent) ?? identity;
            findings.require(pool, isText, "is not set, so pods act as their node");
        }
        if (type === gcp.cluster) checkAccount(properties.at("clusterAutoscaling", "autoProvisioningDefaults", "serviceAccount"), false, findings);
        for (const { config, required } of nodeConfigsOf(resource)) checkNodes(config, required, findings);
    },
});

function checkNodes(config: Value, required: boolean, findings: Findings): void {
    const metadata = config.at("workloadMetadataConfig");
    const mode = [metadata.at("mode"), metadata.at("nodeMetadata")].find(value => !value.absent) ?? metadata.at("mode");
    findings.under({ partial: !required }).require(mode, raw => guarded.includes(raw), "lets pods read the metadata of their node");
    findings.forbid(config.at("metadata", "disable-legacy-endpoints"), isFalse, "switches the legacy metadata on");
    checkAccount(config.at("serviceAccount"), required, findings);
}

function checkAccount(account: Value, required: boolean, findings: Findings): void {
    findings.under({ partial: !required }).require(account, raw => isText(raw) && raw !== "default" && !isDefaultServiceAccount(raw), "leaves nodes with the default account");
}
