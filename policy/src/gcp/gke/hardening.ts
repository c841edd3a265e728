import { expect } from "../../common/expect";
import { typedRule } from "../../common/rule";
import { isFalse, isTrue } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { cisGke } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const gkeHardening = typedRule({
    id: "gke-hardening",
    title: "GKE encrypts secrets, admits signed images only, logs, and is not deleted by mistake",
    what: "`databaseEncryption.state` is `ENCRYPTED`; `binaryAuthorization` enforces the project's policy; logging and monitoring are not off; `deletionProtection` is not off; alpha features are not on.",
    why: "Whoever reads etcd's disk or backup reads every Secret; without admission anything runs; a cluster without logs cannot be investigated.",
    severity: "medium",
    strictness: "production",
    references: [cisGke("5.3.1"), cisGke("5.10.4"), cisGke("5.7.1"), cisGke("5.10.2")],
    remediation: ["Set `databaseEncryption: { state: \"ENCRYPTED\", keyName: … }` and `binaryAuthorization: { evaluationMode: \"PROJECT_SINGLETON_POLICY_ENFORCE\" }`, and leave logging, monitoring and deletion protection on."],
    compliant: [good(gcp.cluster)],
    violating: [
        bad(gcp.cluster, { databaseEncryption: null }),
        bad(gcp.cluster, { binaryAuthorization: { evaluationMode: "DISABLED" } }),
        bad(gcp.cluster, { loggingService: "none" }),
        bad(gcp.cluster, { monitoringService: null, monitoringConfig: { enableComponents: [] } }),
        bad(gcp.cluster, { deletionProtection: false }),
        bad(gcp.cluster, { enableKubernetesAlpha: true }),
    ],
    types: [gcp.cluster],
    check(resource, _settings, findings) {
        const { properties } = resource;
        findings.require(properties.at("databaseEncryption", "state"), raw => raw === "ENCRYPTED" || raw === "ALL_OBJECTS_ENCRYPTION_ENABLED", "leaves Secrets in etcd unencrypted");
        checkAdmission(properties, findings);
        for (const [service, config] of [["loggingService", "loggingConfig"], ["monitoringService", "monitoringConfig"]] as const) {
            findings.forbid(properties.at(service), raw => typeof raw !== "string" || !raw.endsWith("/kubernetes"), "is off, or one that GKE gave up");
            const components = properties.at(config, "enableComponents");
            if (components.unknown) findings.undetermined(components);
            else if (components.isList && components.list().length === 0) findings.violation(components, "is empty, so it is off");
        }
        expect(resource, "deletionProtection", raw => !isFalse(raw), "lets Pulumi delete the cluster", findings);
        findings.forbid(properties.at("enableKubernetesAlpha"), isTrue, "switches on what is neither secured nor upgraded");
    },
});

function checkAdmission(properties: Value, findings: Findings): void {
    const admission = properties.at("binaryAuthorization");
    const mode = admission.at("evaluationMode");
    const legacy = [admission.at("enabled"), properties.at("enableBinaryAuthorization")].find(value => !value.absent);
    if (mode.absent && legacy) findings.require(legacy, isTrue, "admits any image");
    else findings.require(mode, raw => typeof raw === "string" && raw.includes("POLICY") && raw !== "DISABLED" && raw !== "EVALUATION_MODE_UNSPECIFIED", "admits any image");
}
