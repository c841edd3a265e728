import type { Findings } from "../core/findings";
import { resourceOf, type Resource } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import type { Settings } from "../core/settings";
import type { Value } from "../core/value";
import { pulumiDocs } from "./frameworks";

const charts = /^kubernetes:helm\.sh\/v\d+:(Release|Chart)$/;
const manifests = /^kubernetes:(yaml(\/v\d+)?:(ConfigFile|ConfigGroup)|kustomize(\/v\d+)?:Directory)$/;
const exact = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
/** Addresses of manifests that mean something else tomorrow. */
const moving = /\/(main|master|head|latest|trunk|develop)\/|\/releases\/latest\/|[?&]ref=(main|master|head)\b/i;

function example(content: Record<string, unknown>): Example {
    return { resources: [resourceOf("kubernetes:helm.sh/v3:Release", "keda", { namespace: "keda", ...content })], shown: { place: "Release", content } };
}

export const opaqueBundle: ResourceRule = {
    id: "x-opaque-bundle",
    title: "Bundles of others are pinned, and come from listed places",
    what: "Helm releases and charts name an exact `version` (local charts excepted), over HTTPS or OCI from a place that begins with an entry of the setting `sources`; manifests are not fetched from an address that moves, such as a branch.",
    why: "What such a bundle makes may not be visible in the preview: what is reviewed is the version, and a range or a branch is a different program every week.",
    severity: "high",
    strictness: "mandatory",
    references: [pulumiDocs("Helm Release"), { framework: "SLSA", version: "1.0", control: "Verifying artifacts" }],
    remediation: ["Set `version` to one exact version, and let a tool such as Renovate raise it.", "Let security add the place to the configuration of the environment."],
    settings: { sources: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["https://", "oci://"], description: "How addresses of charts and manifests must begin." } },
    compliant: [example({ chart: "keda", version: "2.17.2", repositoryOpts: { repo: "https://kedacore.github.io/charts" } }), example({ chart: "./charts/shop" })],
    violating: [
        example({ chart: "keda", repositoryOpts: { repo: "https://kedacore.github.io/charts" } }),
        example({ chart: "keda", version: "^2.17.0", repositoryOpts: { repo: "https://kedacore.github.io/charts" } }),
        example({ chart: "keda", version: "2.17.2", repositoryOpts: { repo: "http://charts.example.com" } }),
    ],
    scope: "resource",
    applies: type => charts.test(type) || manifests.test(type),
    check(resource, settings, findings) {
        if (charts.test(resource.type)) checkChart(resource, settings, findings);
        else checkManifest(resource.properties, settings, findings);
    },
};

function checkChart({ properties }: Resource, settings: Settings, findings: Findings): void {
    const chart = properties.at("chart");
    if (chart.unknown) return findings.undetermined(chart);
    // A component of which only the children are told; those are checked one by one.
    if (chart.absent && !properties.has("version")) return;
    const repository = [properties.at("repositoryOpts", "repo"), properties.at("fetchOpts", "repo"), properties.at("repo")].find(value => !value.absent);
    const address = chart.text !== undefined && /^[a-z]+:\/\//i.test(chart.text) ? chart : repository;
    const local = address === undefined && /^(\.{0,2}\/|~|[\w.-]+\/.*\.tgz$)/.test(chart.text ?? "");
    if (local || properties.has("path")) return;
    const version = properties.at("version");
    const isPinned = /@sha256:[0-9a-f]{64}$/.test(chart.text ?? "") || /-v?\d+\.\d+\.\d+[\w.+-]*\.tgz$/.test(chart.text ?? "");
    if (!isPinned) findings.require(version, raw => typeof raw === "string" && exact.test(raw.trim()), version.absent ? "is not set, so it is whatever is newest" : "is not one exact version");
    if (address) checkAddress(address, settings, findings);
    else findings.violation(chart, "names no repository, so whatever the machine has under that name is installed");
}

function checkManifest(properties: Value, settings: Settings, findings: Findings): void {
    for (const place of [properties.at("file"), properties.at("directory"), ...properties.at("files").list()]) {
        if (place.unknown) findings.undetermined(place);
        else if (place.text !== undefined && /^[a-z+]+:\/\//i.test(place.text)) {
            checkAddress(place, settings, findings);
            if (moving.test(place.text)) findings.violation(place, "is an address that means something else tomorrow");
        }
    }
}

function checkAddress(address: Value, settings: Settings, findings: Findings): void {
    findings.forbid(address, raw => typeof raw !== "string" || !settings.list("sources").some(source => raw.startsWith(source)), "is not a listed place");
}
