import { typedRule } from "../common/rule";
import { isTrue, numberOf } from "../common/truth";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

const demands = ["isLowercaseCharactersRequired", "isUppercaseCharactersRequired", "isNumericCharactersRequired", "isSpecialCharactersRequired"];

export const ociPasswordPolicy = typedRule({
    id: "oci-password-policy",
    title: "Passwords are long and mixed",
    what: "`passwordPolicy` asks for at least 14 characters, with small and capital letters, digits and special characters.",
    why: "Local users sign in with a password alone, from anywhere.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisOci("1.4")],
    remediation: ["Set `minimumPasswordLength: 14` and the four requirements to true."],
    compliant: [good(oci.authentication)],
    violating: [bad(oci.authentication, { passwordPolicy: { minimumPasswordLength: 8 } }), bad(oci.authentication, { passwordPolicy: { isSpecialCharactersRequired: false } })],
    types: [oci.authentication],
    check({ properties }, _settings, findings) {
        const policy = properties.at("passwordPolicy");
        if (policy.absent) return;
        findings.require(policy.at("minimumPasswordLength"), raw => (numberOf(raw) ?? 0) >= 14, "is shorter than 14");
        for (const field of demands) findings.require(policy.at(field), isTrue, "is not required");
    },
});
