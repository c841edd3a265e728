import { isText } from "../common/truth";
import type { Findings } from "../core/findings";
import { resourceOf } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import type { Settings } from "../core/settings";
import type { Value } from "../core/value";
import { cisControl } from "./frameworks";

/** Where each type keeps its labels. */
const labelPaths: Readonly<Record<string, string>> = {
    "gcp:sql/databaseInstance:DatabaseInstance": "settings.userLabels",
    "gcp:container/cluster:Cluster": "resourceLabels",
    ...Object.fromEntries([
        "gcp:storage/bucket:Bucket", "gcp:compute/instance:Instance", "gcp:compute/disk:Disk", "gcp:redis/instance:Instance", "gcp:redis/cluster:Cluster", "gcp:bigquery/dataset:Dataset", "gcp:cloudrunv2/service:Service", "gcp:cloudrunv2/job:Job",
        "gcp:cloudfunctionsv2/function:Function", "gcp:artifactregistry/repository:Repository", "gcp:kms/cryptoKey:CryptoKey", "gcp:organizations/project:Project", "gcp:compute/instanceTemplate:InstanceTemplate",
        "hcloud:index/server:Server", "hcloud:index/volume:Volume", "hcloud:index/network:Network", "hcloud:index/loadBalancer:LoadBalancer", "hcloud:index/firewall:Firewall",
    ].map(type => [type, "labels"])),
    ...Object.fromEntries([
        "oci:Core/instance:Instance", "oci:Core/volume:Volume", "oci:Core/vcn:Vcn", "oci:Core/subnet:Subnet", "oci:ObjectStorage/bucket:Bucket", "oci:ContainerEngine/cluster:Cluster", "oci:ContainerEngine/nodePool:NodePool", "oci:Redis/redisCluster:RedisCluster", "oci:Psql/dbSystem:DbSystem",
    ].map(type => [type, "freeformTags"])),
};
const clouds = /^(gcp|oci|hcloud|aws|azure-native|digitalocean):/;
const placeFields = ["region", "location", "zone", "availabilityZone", "datacenter"];
const bucket = { location: "EUROPE-WEST4", uniformBucketLevelAccess: true, publicAccessPrevention: "enforced", versioning: { enabled: true }, logging: { logBucket: "logs" }, encryption: { defaultKmsKeyName: "projects/shop/key" } };

function example(labels: Record<string, string> | undefined): Example {
    const content = { ...bucket, ...(labels && { labels }) };
    return { resources: [resourceOf("gcp:storage/bucket:Bucket", "documents", content)], shown: { place: "Bucket", content: { location: "EUROPE-WEST4", ...(labels && { labels }) } } };
}

export const labelsRegion: ResourceRule = {
    id: "x-labels-region",
    title: "Resources say whose they are, and are where they may be",
    what: "Resources of clouds that can carry labels carry those of the setting `labels`, or at least one; their region, location or zone is one of the setting `regions` (or in one), where that is set.",
    why: "A resource of nobody is paid for and never patched; data in the wrong country is a breach of law.",
    severity: "low",
    strictness: "advisory",
    references: [cisControl("1.1"), cisControl("3.2")],
    remediation: ["Add the labels (OCI: free-form tags), and choose a listed region."],
    settings: {
        labels: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Labels that every resource must carry; when empty, any one." },
        regions: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Regions and locations that are allowed; their zones are too. When empty, all." },
    },
    compliant: [example({ owner: "platform" })],
    violating: [example(undefined), example({})],
    scope: "resource",
    applies: type => clouds.test(type),
    check(resource, settings, findings) {
        const path = labelPaths[resource.type];
        if (path !== undefined) checkLabels(resource.properties.at(...path.split(".")), settings.list("labels"), findings);
        if (settings.list("regions").length > 0) for (const field of placeFields) checkPlace(resource.properties.at(field), settings, findings);
    },
    remedy(resource, settings) {
        const path = labelPaths[resource.type];
        if (path === undefined || settings.list("labels").length > 0) return [];
        return [{ at: resource.properties.at(...path.split("."), "managed-by"), value: "pulumi" }];
    },
};

function checkLabels(labels: Value, required: readonly string[], findings: Findings): void {
    if (labels.unknown) return findings.undetermined(labels);
    if (required.length === 0) {
        if (labels.entries().length === 0) findings.violation(labels, "is empty, so nobody knows whose it is");
    } else for (const name of required) findings.require(labels.at(name), isText, "is not set");
}

function checkPlace(place: Value, settings: Settings, findings: Findings): void {
    findings.forbid(place, raw => typeof raw === "string" && !settings.list("regions").some(region => raw.toLowerCase() === region.toLowerCase() || raw.toLowerCase().startsWith(`${region.toLowerCase()}-`)), "is not an allowed region");
}
