import { object } from "../examples";
import { cis } from "../frameworks";
import { objectRule } from "../objects";
import { reportRights, type Right } from "./grants";

const rbac = "rbac.authorization.k8s.io";
const rights: readonly Right[] = [
    ...["roles", "clusterroles"].map(resource => ({ group: rbac, resource, verbs: ["escalate", "bind"], what: "allows giving oneself any right" })),
    ...["rolebindings", "clusterrolebindings"].map(resource => ({ group: rbac, resource, verbs: ["create", "update", "patch", "bind"], what: "allows binding roles to accounts" })),
    ...["users", "groups", "serviceaccounts"].map(resource => ({ group: "", resource, verbs: ["impersonate"], what: "allows acting as somebody else" })),
    ...["userextras", "uids"].map(resource => ({ group: "authentication.k8s.io", resource, verbs: ["impersonate"], what: "allows acting as somebody else" })),
];

export const rbacEscalation = objectRule({
    id: "k8s-rbac-escalation",
    title: "No role can make itself stronger",
    what: "No Role or ClusterRole allows escalate or bind on roles, impersonate on users, groups or accounts, or making and changing role bindings.",
    why: "With one of these rights a small account becomes cluster administrator in a single call.",
    severity: "critical",
    strictness: "mandatory",
    references: [cis("5.1.8")],
    remediation: ["Remove the right, and let people manage roles through the reviewed deployment."],
    compliant: [object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: [rbac], resources: ["roles", "rolebindings"], verbs: ["get", "list"] }] })],
    violating: [
        object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: [rbac], resources: ["clusterroles"], verbs: ["escalate"] }] }),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }] }),
        object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [rbac], resources: ["rolebindings"], verbs: ["create"] }] }),
    ],
    kinds: ["Role", "ClusterRole"],
    checkObject({ properties }, _settings, findings) {
        reportRights(properties, rights, findings);
    },
});
