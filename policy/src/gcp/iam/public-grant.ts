import type { ResourceRule } from "../../core/rule";
import { google } from "../frameworks";
import { resource as sound } from "../sound";
import { gcp } from "../types";
import { resourceOf } from "../../core/resource";
import { grantTypeOf } from "./grants";
import { checkPublicGrants } from "./public";

// These services have rules of their own that look at their grants.
const elsewhere = new Set(["projects", "folder", "organizations", "serviceaccount", "serviceAccount", "storage", "cloudrun", "cloudrunv2", "cloudfunctions", "cloudfunctionsv2", "kms", "artifactregistry"]);
const member = "gcp:pubsub/topicIAMMember:TopicIAMMember";
const fragment = { topic: "orders", role: "roles/pubsub.publisher", member: "allAuthenticatedUsers" };
const accesses: ReadonlySet<string> = new Set([gcp.dataset, gcp.datasetAccess]);

export const publicGrant: ResourceRule = {
    id: "gcp-public-grant",
    title: "No resource is granted to everybody",
    what: "No role on any resource of Google Cloud goes to `allUsers` or `allAuthenticatedUsers`; neither does access to a BigQuery dataset. Buckets, Cloud Run, projects, keys and registries have rules of their own for it.",
    why: "`allAuthenticatedUsers` sounds like one's own users and means anybody with an account of Google.",
    severity: "high",
    strictness: "mandatory",
    references: [google("IAM principals: allUsers and allAuthenticatedUsers"), { framework: "CIS Google Cloud Platform Foundation Benchmark", version: "4.0", control: "7.1" }],
    remediation: ["Name the principals who need it."],
    compliant: [
        { resources: [resourceOf(member, "shop", { ...fragment, member: "serviceAccount:shop@shop-prod.iam.gserviceaccount.com" })], shown: { place: "TopicIAMMember", content: { ...fragment, member: "serviceAccount:shop@shop-prod.iam.gserviceaccount.com" } } },
        { resources: [sound(gcp.dataset)], shown: { place: "Dataset", content: { accesses: [{ role: "OWNER", groupByEmail: "data@example.com" }] } } },
    ],
    violating: [
        { resources: [resourceOf(member, "shop", fragment)], shown: { place: "TopicIAMMember", content: fragment } },
        { resources: [sound(gcp.dataset, { accesses: [{ role: "READER", specialGroup: "allAuthenticatedUsers" }] })], shown: { place: "Dataset", content: { accesses: [{ role: "READER", specialGroup: "allAuthenticatedUsers" }] } } },
        { resources: [sound(gcp.datasetAccess, { groupByEmail: null, iamMember: "allUsers" })], shown: { place: "DatasetAccess", content: { role: "READER", iamMember: "allUsers" } } },
    ],
    scope: "resource",
    applies(type) {
        const grant = grantTypeOf(type);
        return grant ? !elsewhere.has(grant.service) : accesses.has(type);
    },
    check(resource, _settings, findings) {
        if (!accesses.has(resource.type)) return checkPublicGrants(resource, findings);
        const entries = resource.type === gcp.dataset ? resource.properties.at("accesses").list() : [resource.properties];
        for (const entry of entries) {
            for (const field of ["specialGroup", "iamMember", "groupByEmail", "userByEmail", "domain"]) {
                findings.forbid(entry.at(field), raw => typeof raw === "string" && /^(allUsers|allAuthenticatedUsers)$/i.test(raw), "opens the dataset to everybody");
            }
        }
    },
};
