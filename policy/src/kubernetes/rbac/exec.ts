import { object } from "../examples";
import { cis } from "../frameworks";
import { objectRule } from "../objects";
import { reportRights, type Right } from "./grants";

const change = ["create", "update", "patch"];
const rights: readonly Right[] = [
    { group: "", resource: "pods", verbs: ["create"], what: "allows starting any pod, with any account of the namespace" },
    ...["pods/exec", "pods/attach", "pods/portforward"].map(resource => ({ group: "", resource, verbs: ["create", "get"], what: "allows entering running pods" })),
    { group: "", resource: "pods/ephemeralcontainers", verbs: change, what: "allows entering running pods" },
    { group: "", resource: "nodes/proxy", verbs: ["get", ...change], what: "allows talking to kubelets, past admission and audit" },
    { group: "", resource: "serviceaccounts/token", verbs: ["create"], what: "allows making tokens of other accounts" },
    { group: "", resource: "persistentvolumes", verbs: ["create"], what: "allows volumes that lead to files of nodes" },
    { group: "certificates.k8s.io", resource: "certificatesigningrequests/approval", verbs: ["update", "patch"], what: "allows signing certificates of any user" },
    ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations"].map(resource => ({ group: "admissionregistration.k8s.io", resource, verbs: [...change, "delete", "deletecollection"], what: "allows reading and changing whatever is sent to the API server" })),
];

export const rbacExec = objectRule({
    id: "k8s-rbac-exec",
    title: "No role gets into pods or nodes by the back door",
    what: `No Role or ClusterRole allows ${[...new Set(rights.map(right => right.resource))].join(", ")} with a verb that makes use of it.`,
    why: "Each of these rights gives what admission, NetworkPolicies and roles are there to refuse: a shell in another pod, another account's token, files of a node.",
    severity: "high",
    strictness: "mandatory",
    references: [cis("5.1.4"), cis("5.1.9"), cis("5.1.10"), cis("5.1.11"), cis("5.1.12"), cis("5.1.13")],
    remediation: ["Remove the right. For an operator that starts pods, allow Deployments or Jobs in its own namespace instead."],
    compliant: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list", "watch"] }] })],
    violating: [
        object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }] }),
        object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }] }),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }] }),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", { metadata: { namespace: null }, rules: [{ apiGroups: ["admissionregistration.k8s.io"], resources: ["validatingwebhookconfigurations"], verbs: ["deletecollection"] }] }),
    ],
    kinds: ["Role", "ClusterRole"],
    checkObject({ properties }, _settings, findings) {
        reportRights(properties, rights, findings);
    },
});
