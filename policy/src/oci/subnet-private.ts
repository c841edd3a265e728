import { expect } from "../common/expect";
import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { oracle } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociSubnetPrivate = typedRule({
    id: "oci-subnet-private",
    title: "Subnets give no public addresses",
    what: "`prohibitPublicIpOnVnic` is true on every subnet, except those that carry the tag of the setting `publicTag`, for load balancers and gateways.",
    why: "Where public addresses are allowed, a machine can get one by a slip; where they are prohibited, no later change of the machine can.",
    severity: "medium",
    strictness: "mandatory",
    references: [oracle("Access and security: public vs. private subnets")],
    remediation: ["Set `prohibitPublicIpOnVnic: true`; it cannot be changed later without making the subnet anew."],
    settings: { publicTag: { type: "string", pattern: "^[^=]+=.+$", default: "exposure=public", description: "The free-form tag, as key=value, of subnets that are meant to be public." } },
    compliant: [good(oci.subnet), good(oci.subnet, { prohibitPublicIpOnVnic: false, freeformTags: { exposure: "public" } })],
    violating: [bad(oci.subnet, { prohibitPublicIpOnVnic: false }), bad(oci.subnet, { prohibitPublicIpOnVnic: null })],
    types: [oci.subnet],
    check(resource, settings, findings) {
        const { properties } = resource;
        const [key = "", ...value] = settings.text("publicTag").split("=");
        const tag = properties.at("freeformTags", key);
        if (tag.value === value.join("=")) return;
        if (isTrue(properties.at("prohibitInternetIngress").value) && properties.at("prohibitPublicIpOnVnic").absent) return;
        expect(resource, "prohibitPublicIpOnVnic", isTrue, "lets machines have public addresses", tag.unknown ? findings.under({ doubt: tag }) : findings);
    },
});
