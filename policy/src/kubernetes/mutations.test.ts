import { testMutations, type Mutation } from "../testing/mutations";
import { merge } from "../common/merge";
import { objectResource, soundDeployment, soundPodSpec } from "./examples";

const kubernetes = (token: string): string => `kubernetes:${token}`;
const digest = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const object = (token: string, fields: Record<string, unknown>): Record<string, unknown> => {
    const [apiVersion = "", kind = ""] = token.split(":");
    return objectResource(apiVersion, kind, fields).properties.value as Record<string, unknown>;
};

/** Changes of a pod specification at a path. */
const pod = (at: string): readonly Mutation[] => [
    [`${at}/hostNetwork`, true, "k8s-host-namespaces"], [`${at}/hostPID`, true, "k8s-host-namespaces"], [`${at}/hostIPC`, true, "k8s-host-namespaces"], [`${at}/hostNetwork`, false],
    [`${at}/automountServiceAccountToken`, undefined, "k8s-sa-token"], [`${at}/automountServiceAccountToken`, true, "k8s-sa-token"], [`${at}/serviceAccountName`, undefined, "k8s-default-sa"], [`${at}/serviceAccountName`, "default", "k8s-default-sa"],
    [`${at}/securityContext/runAsNonRoot`, false, "k8s-run-as-non-root"], [`${at}/securityContext/runAsNonRoot`, undefined, "k8s-run-as-non-root"], [`${at}/securityContext/runAsUser`, 0, "k8s-run-as-user"], [`${at}/securityContext/runAsUser`, undefined],
    [`${at}/securityContext/seccompProfile`, undefined, "k8s-seccomp"], [`${at}/securityContext/seccompProfile/type`, "Unconfined", "k8s-seccomp"], [`${at}/securityContext/sysctls`, [{ name: "kernel.msgmax", value: "1" }], "k8s-sysctls"], [`${at}/securityContext/sysctls`, [{ name: "net.ipv4.ip_unprivileged_port_start", value: "80" }]],
    [`${at}/securityContext/seLinuxOptions`, { user: "system_u" }, "k8s-selinux"], [`${at}/securityContext/appArmorProfile`, { type: "Unconfined" }, "k8s-apparmor"], [`${at}/securityContext/windowsOptions`, { hostProcess: true }, "k8s-host-process"],
    [`${at}/volumes/1`, { name: "host", hostPath: { path: "/srv" } }, "k8s-volume-types"], [`${at}/volumes/1`, { name: "sock", hostPath: { path: "/var/run/docker.sock" } }, "k8s-volume-types", "k8s-runtime-socket"], [`${at}/volumes/1`, { name: "nfs", nfs: { server: "a", path: "/" } }, "k8s-volume-types"], [`${at}/volumes/1`, { name: "s", secret: { secretName: "a" } }],
];
/** Changes of a container at a path. */
const container = (at: string): readonly Mutation[] => [
    [`${at}/image`, "nginx", "k8s-image-pinned"], [`${at}/image`, "ghcr.io/example/shop:latest", "k8s-image-pinned"], [`${at}/image`, `registry.example/shop@${digest}`, "k8s-image-registry"], [`${at}/image`, `quay.io/example/shop@${digest}`],
    [`${at}/securityContext`, undefined, "k8s-priv-escalation", "k8s-caps-drop-all", "k8s-readonly-rootfs"], [`${at}/securityContext/privileged`, true, "k8s-privileged"], [`${at}/securityContext/allowPrivilegeEscalation`, true, "k8s-priv-escalation"], [`${at}/securityContext/allowPrivilegeEscalation`, undefined, "k8s-priv-escalation"],
    [`${at}/securityContext/readOnlyRootFilesystem`, false, "k8s-readonly-rootfs"], [`${at}/securityContext/readOnlyRootFilesystem`, undefined, "k8s-readonly-rootfs"], [`${at}/securityContext/capabilities`, undefined, "k8s-caps-drop-all"], [`${at}/securityContext/capabilities/drop`, ["NET_RAW"], "k8s-caps-drop-all"],
    [`${at}/securityContext/capabilities/add`, ["NET_BIND_SERVICE"]], [`${at}/securityContext/capabilities/add`, ["SYS_ADMIN"], "k8s-caps-added"], [`${at}/securityContext/capabilities/add`, ["CHOWN"], "k8s-caps-drop-all"], [`${at}/securityContext/runAsNonRoot`, false, "k8s-run-as-non-root"], [`${at}/securityContext/runAsUser`, 0, "k8s-run-as-user"],
    [`${at}/securityContext/procMount`, "Unmasked", "k8s-proc-mount"], [`${at}/securityContext/seccompProfile`, { type: "Unconfined" }, "k8s-seccomp"], [`${at}/resources`, undefined, "k8s-resources"], [`${at}/resources/limits/memory`, undefined, "k8s-resources"], [`${at}/resources/requests/cpu`, undefined, "k8s-resources"],
    [`${at}/ports/0/hostPort`, 8080, "k8s-host-port"], [`${at}/ports/0/hostPort`, 0], [`${at}/env`, [{ name: "DB_PASSWORD", value: "correct horse" }], "k8s-plaintext-secrets"], [`${at}/env`, [{ name: "LOG_LEVEL", value: "info" }]], [`${at}/env`, [{ name: "URL", value: "postgres://a:b1c2d3@db/x" }], "k8s-plaintext-secrets"],
    [`${at}/livenessProbe/httpGet/host`, "169.254.169.254", "k8s-host-probes"],
];
const at = "spec/template/spec";
const soundJob = (): Record<string, unknown> => ({ ...soundDeployment(), kind: "Job", apiVersion: "batch/v1", spec: { template: (soundDeployment().spec as Record<string, unknown>).template } });

testMutations("Kubernetes", {
    [kubernetes("apps/v1:Deployment")]: soundDeployment(),
    [kubernetes("batch/v1:CronJob")]: { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "shop", namespace: "shop" }, spec: { schedule: "@daily", jobTemplate: { spec: (soundJob().spec as Record<string, unknown>) } } },
    [kubernetes("core/v1:Pod")]: { apiVersion: "v1", kind: "Pod", metadata: { name: "shop", namespace: "shop" }, spec: merge(soundPodSpec(), {}) },
    [kubernetes("example.com/v1:Fleet")]: { apiVersion: "example.com/v1", kind: "Fleet", metadata: { name: "shop", namespace: "shop" }, spec: { groups: [{ template: { spec: soundPodSpec() } }] } },
    [kubernetes("core/v1:Service")]: object("core/v1:Service", { spec: { type: "ClusterIP", ports: [{ port: 8080 }] } }),
    [kubernetes("core/v1:Namespace")]: object("core/v1:Namespace", { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }),
    [kubernetes("core/v1:ConfigMap")]: object("core/v1:ConfigMap", { data: { level: "info" } }),
    [kubernetes("core/v1:ServiceAccount")]: object("core/v1:ServiceAccount", { automountServiceAccountToken: false }),
    [kubernetes("rbac.authorization.k8s.io/v1:Role")]: object("rbac.authorization.k8s.io/v1:Role", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] }),
    [kubernetes("rbac.authorization.k8s.io/v1:RoleBinding")]: object("rbac.authorization.k8s.io/v1:RoleBinding", { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "shop" }, subjects: [{ kind: "ServiceAccount", name: "shop", namespace: "shop" }] }),
    [kubernetes("networking.k8s.io/v1:NetworkPolicy")]: object("networking.k8s.io/v1:NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{ to: [{ ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ port: 443 }] }] } }),
    [kubernetes("networking.k8s.io/v1:Ingress")]: object("networking.k8s.io/v1:Ingress", { spec: { tls: [{ hosts: ["shop.example.com"], secretName: "tls" }], rules: [{ host: "shop.example.com" }] } }),
}, {
    [kubernetes("apps/v1:Deployment")]: [...pod(at), ...container(`${at}/containers/0`), ["metadata/namespace", undefined, "k8s-namespace"], ["metadata/namespace", "default", "k8s-namespace"], ["spec/replicas", 3]],
    [kubernetes("batch/v1:CronJob")]: [...pod("spec/jobTemplate/spec/template/spec"), ...container("spec/jobTemplate/spec/template/spec/containers/0")],
    [kubernetes("core/v1:Pod")]: [...pod("spec"), ...container("spec/containers/0")],
    [kubernetes("example.com/v1:Fleet")]: [...pod("spec/groups/0/template/spec"), ...container("spec/groups/0/template/spec/containers/0")],
    [kubernetes("core/v1:Service")]: [["spec/type", "NodePort", "k8s-service-exposure"], ["spec/type", "LoadBalancer", "k8s-service-exposure"], ["spec/externalIPs", ["192.0.2.1"], "k8s-service-exposure"], ["spec/type", "ExternalName"], ["spec/type", undefined], ["metadata/namespace", "kube-system", "k8s-namespace"]],
    [kubernetes("core/v1:Namespace")]: [["metadata/labels", undefined, "k8s-psa-labels"], ["metadata/labels", { "pod-security.kubernetes.io/enforce": "baseline" }, "k8s-psa-labels"], ["metadata/labels", { "pod-security.kubernetes.io/enforce": "privileged" }, "k8s-psa-labels"]],
    [kubernetes("core/v1:ConfigMap")]: [["data/password", "correct horse", "k8s-plaintext-secrets"], ["data/conf", "api_key = abcdefgh12345\n", "k8s-plaintext-secrets"], ["data/conf", "workers = 4\n"], ["data/key", "-----BEGIN PRIVATE KEY-----\nMIIE\n", "k8s-plaintext-secrets"]],
    [kubernetes("core/v1:ServiceAccount")]: [["automountServiceAccountToken", true, "k8s-sa-token"], ["automountServiceAccountToken", undefined, "k8s-sa-token"]],
    [kubernetes("rbac.authorization.k8s.io/v1:Role")]: [
        ["rules/0/verbs", ["*"], "k8s-rbac-wildcard"], ["rules/0/resources", ["secrets"], "k8s-rbac-secrets"], ["rules/0/resources", ["*"], "k8s-rbac-wildcard", "k8s-rbac-secrets", "k8s-rbac-exec"], ["rules/0", { apiGroups: [""], resources: ["pods"], verbs: ["create"] }, "k8s-rbac-exec"],
        ["rules/0", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }, "k8s-rbac-exec"], ["rules/0", { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] }, "k8s-rbac-escalation"], ["rules/0/verbs", ["get", "list", "watch"]],
        ["rules/0", { apiGroups: [""], resources: ["secrets"], resourceNames: ["tls"], verbs: ["get"] }],
    ],
    [kubernetes("rbac.authorization.k8s.io/v1:RoleBinding")]: [["roleRef", { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" }, "k8s-admin-binding"], ["subjects/0", { kind: "ServiceAccount", name: "default", namespace: "shop" }, "k8s-default-sa"], ["subjects/0", { kind: "Group", name: "system:authenticated" }, "k8s-admin-binding"]],
    [kubernetes("networking.k8s.io/v1:NetworkPolicy")]: [
        ["spec/ingress", [{}], "k8s-netpol-open"], ["spec/ingress", [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }], "k8s-netpol-open"], ["spec/egress/0/to/0/ipBlock/cidr", "0.0.0.0/0", "k8s-netpol-open"], ["spec/egress/0", { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 6443 }] }],
        ["spec/egress/0", { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 6443, endPort: 9000 }] }, "k8s-netpol-open"], ["spec/ingress", []],
    ],
    [kubernetes("networking.k8s.io/v1:Ingress")]: [["spec/tls", undefined, "k8s-ingress"], ["spec/rules/0/host", undefined, "k8s-ingress"], ["spec/rules/0/host", "*.example.com", "k8s-ingress"], ["metadata/annotations", { "nginx.ingress.kubernetes.io/configuration-snippet": "a" }, "k8s-ingress"], ["spec/ingressClassName", "gateway"]],
});
