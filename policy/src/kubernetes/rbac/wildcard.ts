import { object } from "../examples";
import { cis } from "../frameworks";
import { objectRule } from "../objects";

export const rbacWildcard = objectRule({
    id: "k8s-rbac-wildcard",
    title: "Roles name what they allow",
    what: "No `*` stands in `verbs`, `resources` or `apiGroups` of a Role or ClusterRole, nor as a `nonResourceURLs` entry of its own.",
    why: "A wildcard allows what nobody thought of, and every kind of resource that is installed later.",
    severity: "critical",
    strictness: "mandatory",
    references: [cis("5.1.3")],
    remediation: ["List the verbs, resources and groups that the program uses; its audit log shows which."],
    compliant: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch"] }] })],
    violating: [
        object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }] }),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: ["apps"], resources: ["*"], verbs: ["get"] }] }),
    ],
    kinds: ["Role", "ClusterRole"],
    checkObject({ properties }, _settings, findings) {
        for (const rule of properties.at("rules").list()) {
            for (const field of ["verbs", "resources", "apiGroups", "nonResourceURLs"]) {
                for (const item of rule.at(field).list()) findings.forbid(item, value => value === "*" || (field === "resources" && typeof value === "string" && value.includes("*")), "is a wildcard");
            }
        }
    },
});
