import { typedRule } from "../common/rule";
import { oracle } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociPar = typedRule({
    id: "oci-par",
    title: "Pre-authenticated requests are for one object and expire soon",
    what: "`accessType` writes to no object but a named one (not `AnyObjectWrite`, `AnyObjectReadWrite`), the bucket cannot be listed (`bucketListingAction: Deny`), and `timeExpires` is at most the setting `days` ahead.",
    why: "Such a request is a link that works for everybody who sees it, logs and browser histories included; nothing shows who used it.",
    severity: "high",
    strictness: "mandatory",
    references: [oracle("Object Storage: pre-authenticated requests")],
    remediation: ["Name the object, use `ObjectRead`, and let it expire within a week."],
    settings: { days: { type: "integer", minimum: 1, default: 7, description: "How many days a request may hold, from now on." } },
    compliant: [good(oci.par)],
    violating: [
        bad(oci.par, { accessType: "AnyObjectWrite", objectName: null }),
        bad(oci.par, { accessType: "AnyObjectReadWrite", objectName: null }),
        bad(oci.par, { accessType: "AnyObjectRead", bucketListingAction: "ListObjects" }),
        bad(oci.par, { timeExpires: "2999-12-31T00:00:00Z" }),
    ],
    types: [oci.par],
    check({ properties }, settings, findings) {
        findings.require(properties.at("accessType"), raw => typeof raw === "string" && /^(ObjectRead|ObjectWrite|ObjectReadWrite|AnyObjectRead)$/.test(raw), "lets whoever has the link write any object");
        findings.forbid(properties.at("bucketListingAction"), raw => raw !== "Deny", "lets whoever has the link list the bucket");
        const latest = Date.now() + settings.number("days") * 86_400_000;
        findings.require(properties.at("timeExpires"), raw => typeof raw === "string" && Date.parse(raw.replace(/ UTC$/, "Z")) <= latest, "is too far ahead, or no time at all");
    },
});
