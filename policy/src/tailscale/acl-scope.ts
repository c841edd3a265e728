import { accessesOf, isAllPorts, isAnything, isEverybody, policyRule } from "./policy";
import { policyWith } from "./sound";
import { tailscaleDocs } from "./types";

const anybody = /^(\*|autogroup:(member|members|shared|danger-all))$/;

export const tsAclScope = policyRule({
    id: "ts-acl-scope",
    title: "Machines are reached on the ports they serve, and tags are given by few",
    what: "No rule opens all ports of a tag (those in the setting `tags`; by default all tags) or of everything; tags are not owned by every member; machines do not get the whole internet (`autogroup:internet`) as their way out, and not every member may open a device to it (`funnel`).",
    why: "All ports includes SSH, the kubelet and the metrics page. Who may give a tag has what the tag has.",
    severity: "high",
    strictness: "mandatory",
    references: [tailscaleDocs("Tags: tag owners"), tailscaleDocs("Targets of access rules")],
    remediation: ["Name the ports: `tag:db:5432`. Let groups or other tags own tags."],
    settings: { tags: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Tags whose ports must be named; when empty, all tags." } },
    compliant: [policyWith({ acls: [{ action: "accept", src: ["tag:api"], dst: ["tag:db:5432"] }] })],
    violating: [
        policyWith({ acls: [{ action: "accept", src: ["group:ops"], dst: ["tag:db:*"] }] }),
        policyWith({ acls: [{ action: "accept", src: ["tag:api"], dst: ["*:*"] }] }),
        policyWith({ tagOwners: { "tag:db": ["autogroup:member"] } }),
        policyWith({ acls: [{ action: "accept", src: ["tag:api"], dst: ["autogroup:internet:*"] }] }),
        policyWith({ nodeAttrs: [{ target: ["autogroup:member"], attr: ["funnel"] }] }),
    ],
    checkPolicy(policy, settings, findings) {
        const guarded = settings.list("tags");
        for (const { sources, targets } of accessesOf(policy)) {
            for (const { value, host, ports } of targets) {
                if (value.unknown) findings.undetermined(value);
                else if (host === "autogroup:internet") {
                    const unclear = sources.find(source => source.unknown);
                    if (sources.some(source => source.text?.startsWith("tag:") || isAnything(source.text) || source.text === "autogroup:tagged")) findings.violation(value, "gives machines the whole internet");
                    else if (unclear) findings.undetermined(unclear);
                } else if (isAllPorts(ports) && !(isEverybody(sources) && isAnything(host))) {
                    // Everybody to everything is the matter of ts-acl-any.
                    const unclear = sources.find(source => source.unknown);
                    const wide = isAnything(host) || (host?.startsWith("tag:") === true && (guarded.length === 0 || guarded.includes(host))) || host === "autogroup:tagged";
                    if (wide && unclear && isAnything(host)) findings.undetermined(unclear);
                    else if (wide) findings.violation(value, "opens all ports");
                }
            }
        }
        for (const attribute of policy.at("nodeAttrs").list()) {
            const attributes = attribute.at("attr").list();
            const unclear = attributes.find(each => each.unknown);
            if (unclear) findings.undetermined(unclear);
            if (attributes.some(each => each.value === "funnel")) for (const target of attribute.at("target").list()) findings.forbid(target, raw => typeof raw === "string" && anybody.test(raw), "lets every member open its device to the internet");
        }
        for (const [, owners] of policy.at("tagOwners").entries()) {
            if (owners.unknown) findings.undetermined(owners);
            else for (const owner of owners.list()) findings.forbid(owner, raw => typeof raw === "string" && anybody.test(raw), "lets every member give itself the tag");
        }
    },
});
