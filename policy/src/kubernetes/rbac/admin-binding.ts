import { object } from "../examples";
import { cis } from "../frameworks";
import { objectRule } from "../objects";

const everyone = new Set<unknown>(["system:masters", "system:unauthenticated", "system:anonymous", "system:authenticated"]);
// What Kubernetes itself binds to everybody: asking for one's own rights, the list of APIs, the version.
const harmless = new Set(["system:basic-user", "system:discovery", "system:public-info-viewer"]);
const binding = (roleRef: string, subject: Record<string, string>): Record<string, unknown> => ({
    metadata: { namespace: null },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleRef },
    subjects: [subject],
});

export const adminBinding = objectRule({
    id: "k8s-admin-binding",
    title: "Nobody is bound to cluster-admin, and nothing to everybody",
    what: "No RoleBinding or ClusterRoleBinding refers to the role `cluster-admin`, and none has system:masters, system:authenticated, system:unauthenticated or system:anonymous among its subjects. The bindings of system:basic-user, system:discovery and system:public-info-viewer to system:authenticated, which Kubernetes makes itself, are exempt.",
    why: "cluster-admin may do anything and ends all other precautions; a right of system:authenticated is a right of every pod with a token, one of system:unauthenticated of everyone who reaches the API server.",
    severity: "critical",
    strictness: "mandatory",
    references: [cis("5.1.1"), cis("5.1.7")],
    remediation: ["Bind a role with just the rights that are needed, to the one account that needs them."],
    compliant: [object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", binding("view", { kind: "ServiceAccount", name: "shop", namespace: "shop" })), object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", binding("system:discovery", { kind: "Group", name: "system:authenticated" }))],
    violating: [
        object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", binding("cluster-admin", { kind: "ServiceAccount", name: "shop", namespace: "shop" })),
        object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", binding("view", { kind: "Group", name: "system:authenticated" })),
    ],
    kinds: ["RoleBinding", "ClusterRoleBinding"],
    checkObject({ properties }, _settings, findings) {
        findings.forbid(properties.at("roleRef", "name"), name => name === "cluster-admin", "is the role that may do anything");
        const ofKubernetes = properties.at("roleRef", "kind").value === "ClusterRole" && harmless.has(properties.at("roleRef", "name").text ?? "");
        for (const subject of properties.at("subjects").list()) findings.forbid(subject.at("name"), name => everyone.has(name) && !(ofKubernetes && name === "system:authenticated"), "gives the role to everybody, or to those whom no role limits");
    },
});
