import { effective } from "../../common/expect";
import { isText, isTrue } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import type { ResourceRule } from "../../core/rule";
import type { Value } from "../../core/value";
import { knownCredential, namedCredential } from "../../secrets/detect";
import { google } from "../frameworks";
import { grantsIn, isDefaultServiceAccount } from "../iam/grants";
import { checkPublicGrants } from "../iam/public";
import { bad, good } from "../sound";
import { gcp } from "../types";

const isGrant = grantsIn("cloudrun", "cloudrunv2", "cloudfunctions", "cloudfunctionsv2");
const types: ReadonlySet<string> = new Set([gcp.runService, gcp.runJob, gcp.runWorkerPool, gcp.runServiceV1, gcp.function1, gcp.function2]);

/** Where the types keep the same things. */
const shapes: Readonly<Record<string, { ingress?: string; account: string; containers?: string; variables?: string }>> = {
    [gcp.runService]: { ingress: "ingress", account: "template.serviceAccount", containers: "template.containers" },
    [gcp.runJob]: { account: "template.template.serviceAccount", containers: "template.template.containers" },
    [gcp.runWorkerPool]: { account: "template.serviceAccount", containers: "template.containers" },
    [gcp.runServiceV1]: { account: "template.spec.serviceAccountName", containers: "template.spec.containers" },
    [gcp.function1]: { ingress: "ingressSettings", account: "serviceAccountEmail", variables: "environmentVariables" },
    [gcp.function2]: { ingress: "serviceConfig.ingressSettings", account: "serviceConfig.serviceAccountEmail", variables: "serviceConfig.environmentVariables" },
};

export const runExposure: ResourceRule = {
    id: "gcp-run-exposure",
    title: "Cloud Run and Cloud Functions are called by those who should, under accounts of their own",
    what: "Services and functions take traffic from inside or through the load balancer only; nobody grants the invoker's role to `allUsers` or `allAuthenticatedUsers`, and `invokerIamDisabled` is not true. Each has a service account that is not a default one, and no credential among its plain variables.",
    why: "By default a service answers the whole internet, past load balancer and Cloud Armor, and runs as an Editor of the project.",
    severity: "high",
    strictness: "mandatory",
    references: [google("Restrict network ingress for Cloud Run"), google("Service identity"), { framework: "CIS Google Cloud Platform Foundation Benchmark", version: "4.0", control: "1.17" }],
    remediation: ["Set `ingress: \"INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER\"` (functions: `ALLOW_INTERNAL_AND_GCLB`), `serviceAccount`, and take secrets with `valueSource`.", "Grant `roles/run.invoker` to the callers by name."],
    settings: { ingress: { type: "string", enum: ["internal", "all"], default: "internal", description: "Which traffic services and functions may take; with all, only IAM decides." } },
    compliant: [good(gcp.runService), good(gcp.runServiceV1), good(gcp.function2)],
    violating: [
        bad(gcp.runService, { ingress: null }),
        bad(gcp.runService, { invokerIamDisabled: true }),
        bad(gcp.runService, { template: { serviceAccount: null } }),
        bad(gcp.runJob, { template: { template: { containers: [{ image: "europe-docker.pkg.dev/shop/shop/job", envs: [{ name: "DB_PASSWORD", value: "correct horse battery" }] }] } } }),
        bad(gcp.runServiceV1, { metadata: { annotations: { "run.googleapis.com/ingress": "all" } } }),
        bad(gcp.function1, { ingressSettings: "ALLOW_ALL" }),
    ],
    scope: "resource",
    applies: type => types.has(type) || isGrant(type),
    check(resource, settings, findings) {
        if (isGrant(resource.type)) return checkPublicGrants(resource, findings, "lets everybody call it");
        const { properties, type } = resource;
        const shape = shapes[type]!;
        if (settings.text("ingress") === "internal") checkIngress(resource, shape.ingress, findings);
        if (type === gcp.runService) findings.forbid(properties.at("invokerIamDisabled"), isTrue, "lets everybody call it");
        if (type === gcp.function1) findings.forbid(properties.at("httpsTriggerSecurityLevel"), raw => raw === "SECURE_OPTIONAL", "lets callers come without TLS");
        const account = properties.at(...shape.account.split("."));
        findings.require(account, raw => isText(raw) && !isDefaultServiceAccount(raw), account.absent ? "is not set, so it runs under a default account" : "is a default account, or none");
        if (shape.containers) for (const container of properties.at(...shape.containers.split(".")).list()) checkVariables(container, findings);
        if (shape.variables) for (const [name, value] of properties.at(...shape.variables.split(".")).entries()) checkVariable(name, value, findings);
    },
};

function checkIngress(resource: Resource, path: string | undefined, findings: Findings): void {
    if (resource.type === gcp.runServiceV1) {
        return findings.require(resource.properties.at("metadata", "annotations", "run.googleapis.com/ingress"), raw => raw === "internal" || raw === "internal-and-cloud-load-balancing", "takes traffic from the whole internet");
    }
    if (path === undefined) return;
    const value = resource.properties.at(...path.split("."));
    if (value.unknown) findings.undetermined(value);
    else if (!/INTERNAL/.test(String(effective(resource, path)))) findings.violation(value, "takes traffic from the whole internet");
}

function checkVariables(container: Value, findings: Findings): void {
    for (const variable of container.at("envs").list()) {
        const name = variable.at("name");
        checkVariable(name.text ?? "", variable.at("value"), findings);
        if (name.unknown && variable.at("value").text !== undefined) findings.undetermined(name);
    }
}

function checkVariable(name: string, value: Value, findings: Findings): void {
    if (value.unknown) return findings.undetermined(value);
    if (value.text === undefined) return;
    const kind = name === "" ? knownCredential(value.text) : namedCredential(name, value.text);
    if (kind) findings.violation(value, `holds ${kind}`);
}
