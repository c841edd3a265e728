import { effective, expect } from "../common/expect";
import { typedRule } from "../common/rule";
import { isTrue, numberOf } from "../common/truth";
import { bad, good } from "./sound";
import { tailscale, tailscaleDocs } from "./types";

export const tsKey = typedRule({
    id: "ts-key",
    title: "Keys to the tailnet are for tagged machines, for once and for a short time",
    what: "`tags` is not empty (so the machine is nobody's, and a key that is pre-authorized lets in no person's device); a `reusable` key is `ephemeral`; `expiry` is set, to at most the setting `days`.",
    why: "A key is a way into the network for whoever finds it: in a log, an image, an old disk. Tailscale's default is 90 days.",
    severity: "high",
    strictness: "mandatory",
    references: [tailscaleDocs("Auth keys")],
    remediation: ["Set `tags`, `ephemeral: true` and `expiry: 86400`."],
    settings: { days: { type: "integer", minimum: 1, default: 30, description: "How many days a key may be valid." } },
    compliant: [good(tailscale.key)],
    violating: [bad(tailscale.key, { tags: null }), bad(tailscale.key, { reusable: true, ephemeral: false }), bad(tailscale.key, { expiry: null }), bad(tailscale.key, { expiry: 7776000 })],
    types: [tailscale.key],
    check(resource, settings, findings) {
        const { properties } = resource;
        const tags = properties.at("tags");
        if (tags.unknown) findings.undetermined(tags);
        else if (tags.list().length === 0) findings.violation(tags, "is empty, so the key stands for a person");
        const [reusable, ephemeral] = [properties.at("reusable"), properties.at("ephemeral")];
        if ((reusable.unknown || isTrue(reusable.value)) && !isTrue(effective(resource, "ephemeral"))) {
            const unclear = [reusable, ephemeral].find(value => value.unknown);
            if (unclear) findings.undetermined(unclear);
            else findings.violation(reusable, "lets machines in for good, again and again");
        }
        expect(resource, "expiry", raw => {
            const seconds = numberOf(raw);
            return seconds !== undefined && seconds > 0 && seconds <= settings.number("days") * 86_400;
        }, "is too long, or not set", findings);
    },
});
