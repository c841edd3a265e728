import type { ResourceRule } from "../../core/rule";
import { object, podWith } from "../examples";
import { cis, nsa } from "../frameworks";
import { isKind } from "../kinds";
import { objectsOf } from "../objects";
import { podRemedy } from "../pod-security/remedies";
import { mayHavePods, podsOf } from "../pods";

const isAccount = isKind("ServiceAccount");

export const serviceAccountToken: ResourceRule = {
    id: "k8s-sa-token",
    title: "Only pods that talk to the API server get a token for it",
    what: "`automountServiceAccountToken` is false on every pod and every ServiceAccount, except for the accounts that the setting `neededBy` names.",
    why: "The token lies in a file of every container. Whoever reads it asks the API server with the rights of the account, from anywhere that reaches it.",
    severity: "medium",
    strictness: "mandatory",
    references: [cis("5.1.6"), nsa("Protecting Pod service account tokens")],
    remediation: ["Set `automountServiceAccountToken: false` on the pod and on its ServiceAccount.", "If the program needs the API, let security add its account to `neededBy`, and give it a Role with just that."],
    settings: {
        neededBy: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Names of ServiceAccounts whose pods need the API server." },
    },
    compliant: [podWith({ automountServiceAccountToken: false }), object("core/v1", "ServiceAccount", { automountServiceAccountToken: false })],
    violating: [podWith({ automountServiceAccountToken: null }), podWith({ automountServiceAccountToken: true }), object("core/v1", "ServiceAccount", {})],
    scope: "resource",
    applies: type => mayHavePods(type) || isAccount(type),
    remedy(resource, settings) {
        const needed = settings.list("neededBy");
        if (needed.length > 0) return [];
        return podRemedy(pod => [{ at: pod.spec.at("automountServiceAccountToken"), value: false }])(resource);
    },
    check(resource, settings, findings) {
        const needed = (name: unknown): boolean => settings.list("neededBy").includes(name as string);
        if (isAccount(resource.type)) {
            for (const { properties, partial } of objectsOf(resource)) {
                if (!needed(properties.at("metadata", "name").value)) findings.under({ partial }).require(properties.at("automountServiceAccountToken"), value => value === false, "is not false");
            }
            return;
        }
        const { pods, unsearched } = podsOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const pod of pods) {
            const account = pod.spec.at("serviceAccountName");
            if (needed(account.value)) continue;
            const conditions = { partial: pod.partial, ...(account.unknown && settings.list("neededBy").length > 0 && { doubt: account }) };
            findings.under(conditions).require(pod.spec.at("automountServiceAccountToken"), value => value === false, "is not false");
        }
    },
};
