import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import type { ResourceRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { grantsIn } from "../iam/grants";
import { checkPublicGrants } from "../iam/public";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { effective } from "../../common/expect";
import { resourceOf } from "../../core/resource";

const isGrant = grantsIn("kms", "artifactregistry");
const reader = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember";
const grant = { repository: "shop", role: "roles/artifactregistry.reader", member: "allUsers" };

export const kmsArtifacts: ResourceRule = {
    id: "gcp-kms-ar",
    title: "Keys are renewed every 90 days, and neither keys nor registries are public",
    what: "Symmetric keys of Cloud KMS have a `rotationPeriod` of at most the setting `days`; asymmetric and imported keys cannot rotate by themselves and are exempt. No role on a key, key ring or Artifact Registry repository goes to `allUsers` or `allAuthenticatedUsers`.",
    why: "The longer one key encrypts everything, the more its loss costs. In a public registry strangers read the code, and with a writer's role they change it.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("1.9"), cisGcp("1.10")],
    remediation: ["Set `rotationPeriod: \"7776000s\"`; grant roles to named principals."],
    settings: { days: { type: "integer", minimum: 1, default: 90, description: "The longest time, in days, after which a key is renewed." } },
    compliant: [good(gcp.cryptoKey), good(gcp.cryptoKey, { purpose: "ASYMMETRIC_SIGN", rotationPeriod: null }), good(gcp.repository)],
    violating: [
        bad(gcp.cryptoKey, { rotationPeriod: null }),
        bad(gcp.cryptoKey, { rotationPeriod: "31536000s" }),
        bad(gcp.cryptoKey, { rotationPeriod: "90" }),
        { resources: [resourceOf(reader, "shop", grant)], shown: { place: "RepositoryIamMember", content: grant } },
    ],
    scope: "resource",
    applies: type => type === gcp.cryptoKey || isGrant(type),
    check(resource, settings, findings) {
        if (resource.type === gcp.cryptoKey) checkKey(resource, settings.number("days"), findings);
        else checkPublicGrants(resource, findings);
    },
};

function checkKey(resource: Resource, days: number, findings: Findings): void {
    const { properties } = resource;
    const purpose = properties.at("purpose");
    const imported = properties.at("importOnly");
    if ((purpose.known && effective(resource, "purpose") !== "ENCRYPT_DECRYPT") || imported.value === true) return;
    const doubt = [purpose, imported].find(value => value.unknown);
    const period = properties.at("rotationPeriod");
    const target = doubt ? findings.under({ doubt }) : findings;
    target.require(period, raw => {
        // The API knows seconds only, `7776000s`, and no less than a day; anything else is a slip.
        const seconds = typeof raw === "string" && /^\d{1,12}(\.\d{1,9})?s$/.test(raw) ? Number(raw.slice(0, -1)) : undefined;
        return seconds !== undefined && seconds >= 86400 && seconds <= days * 86400;
    }, period.absent ? "is not set, so the key is never renewed" : "is too long, or no duration such as 7776000s");
}
