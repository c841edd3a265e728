import { object } from "../examples";
import { cis } from "../frameworks";
import { objectRule } from "../objects";
import { reportRights } from "./grants";

const rights = [{ group: "", resource: "secrets", verbs: ["get", "list", "watch"], what: "allows reading every Secret" }];

export const rbacSecrets = objectRule({
    id: "k8s-rbac-secrets",
    title: "Roles read only Secrets that they name",
    what: "No Role or ClusterRole allows get, list or watch on secrets without `resourceNames`.",
    why: "Who may list Secrets has every password and token of the namespace, those of stronger accounts included.",
    severity: "high",
    strictness: "mandatory",
    references: [cis("5.1.2")],
    remediation: ["Mount the Secret into the pod instead of reading it through the API, or name it in `resourceNames`."],
    compliant: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["shop"], verbs: ["get"] }] })],
    violating: [object("rbac.authorization.k8s.io/v1", "Role", { rules: [{ apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get", "list"] }] })],
    kinds: ["Role", "ClusterRole"],
    checkObject({ properties }, _settings, findings) {
        reportRights(properties, rights, findings, { unlessNamed: true });
    },
});
