import type { ResourceRule } from "../../core/rule";
import { object, podWith } from "../examples";
import { cis } from "../frameworks";
import { isKind } from "../kinds";
import { objectsOf } from "../objects";
import { mayHavePods, podsOf } from "../pods";

const isBinding = isKind("RoleBinding", "ClusterRoleBinding");

export const defaultServiceAccount: ResourceRule = {
    id: "k8s-default-sa",
    title: "Every workload has an account of its own",
    what: "Pods name a `serviceAccountName` other than `default`, and no binding gives rights to an account of the name `default`.",
    why: "All pods without an account share the default one: rights that one of them needs are then rights of all, and audit logs cannot tell them apart.",
    severity: "medium",
    strictness: "mandatory",
    references: [cis("5.1.5")],
    remediation: ["Make a ServiceAccount for the workload and name it in `serviceAccountName`; bind roles to that."],
    compliant: [podWith({ serviceAccountName: "shop" })],
    violating: [
        podWith({ serviceAccountName: null }),
        podWith({ serviceAccountName: "default" }),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "shop" }, subjects: [{ kind: "ServiceAccount", name: "default", namespace: "shop" }] }),
    ],
    scope: "resource",
    applies: type => mayHavePods(type) || isBinding(type),
    check(resource, _settings, findings) {
        if (isBinding(resource.type)) {
            for (const { properties } of objectsOf(resource)) {
                for (const subject of properties.at("subjects").list()) {
                    const kind = subject.at("kind");
                    if (kind.unknown) findings.undetermined(kind);
                    else if (kind.value === "ServiceAccount") findings.forbid(subject.at("name"), name => name === "default", "gives rights to the account that all pods share");
                }
            }
            return;
        }
        const { pods, unsearched } = podsOf(resource);
        for (const place of unsearched) findings.undetermined(place);
        for (const pod of pods) {
            // `serviceAccount` is the deprecated name of the same field.
            const old = pod.spec.at("serviceAccount");
            const account = pod.spec.at("serviceAccountName");
            findings.under({ partial: pod.partial }).require(account.absent && !old.absent ? old : account, name => typeof name === "string" && name !== "" && name !== "default", "is not an account of its own");
        }
    },
};
