/** What a fresh cluster holds from the start: names (CoreDNS), storage classes, the metrics API, and rights of the supervisor. */
import { defaultClass, provisioner, retainingClass } from "./volumes";

interface Manifest {
    path: string;
    object: object;
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Pure: the objects and where they are applied. @param upstream name servers outside of the cluster */
export function systemObjects(settings: { dnsService: string; corednsImage: string; upstream: readonly string[]; metrics: { address: string; port: number; authority: string } }): Manifest[] {
    const labels = { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS" };
    return [
        clusterRole("agent-platform:supervisor", [
            { apiGroups: [""], resources: ["pods", "namespaces", "services"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "list", "watch"] },
            { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get", "list", "watch", "create", "patch", "delete"] },
        ]),
        binding("agent-platform:supervisor", "agent-platform:supervisor", { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "agent-platform:supervisor" }),
        binding("agent-platform:kubelet-api", "system:kubelet-api-admin", { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "agent-platform:kubelet-api" }),
        storageClass(defaultClass, "Delete", true),
        storageClass(retainingClass, "Retain", false),
        clusterRole("system:coredns", [
            { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
        ]),
        binding("system:coredns", "system:coredns", { kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }),
        { path: "/api/v1/namespaces/kube-system/serviceaccounts/coredns", object: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: "kube-system" } } },
        {
            path: "/api/v1/namespaces/kube-system/configmaps/coredns",
            object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace: "kube-system" }, data: { Corefile: corefile(settings.upstream) } },
        },
        {
            path: "/api/v1/namespaces/kube-system/services/kube-dns",
            object: {
                apiVersion: "v1", kind: "Service", metadata: { name: "kube-dns", namespace: "kube-system", labels },
                spec: {
                    clusterIP: settings.dnsService, selector: { "k8s-app": "kube-dns" },
                    ports: [{ name: "dns", protocol: "UDP", port: 53, targetPort: 1053 }, { name: "dns-tcp", protocol: "TCP", port: 53, targetPort: 1053 }],
                },
            },
        },
        ...metricsObjects(settings.metrics),
        { path: "/apis/apps/v1/namespaces/kube-system/deployments/coredns", object: corednsDeployment(labels, settings.corednsImage, corefile(settings.upstream)) },
    ];
}

/** The metrics API is served by the supervisor, outside of the cluster: a service that leads to its address. */
function metricsObjects({ address, port, authority }: { address: string; port: number; authority: string }): Manifest[] {
    const labels = { "kubernetes.io/service-name": "metrics" };
    return [
        { path: "/api/v1/namespaces/kube-system/services/metrics", object: { apiVersion: "v1", kind: "Service", metadata: { name: "metrics", namespace: "kube-system" }, spec: { ports: [{ name: "https", port: 443, targetPort: port }] } } },
        {
            path: "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/metrics",
            object: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "metrics", namespace: "kube-system", labels }, addressType: "IPv4", ports: [{ name: "https", protocol: "TCP", port }], endpoints: [{ addresses: [address], conditions: { ready: true } }] },
        },
        {
            path: "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
            object: {
                apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "v1beta1.metrics.k8s.io" },
                spec: { group: "metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100, caBundle: Buffer.from(authority).toString("base64"), service: { name: "metrics", namespace: "kube-system", port: 443 } },
            },
        },
    ];
}

function corefile(upstream: readonly string[]): string {
    return `.:1053 {
    errors
    health :8080 {
        lameduck 3s
    }
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
${upstream.length > 0 ? `    forward . ${upstream.join(" ")} {\n        max_concurrent 1000\n    }\n` : ""}    cache 30
    loop
    reload
}
`;
}

function corednsDeployment(labels: Record<string, string>, image: string, config: string): object {
    return {
        apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "coredns", namespace: "kube-system", labels },
        spec: {
            replicas: 1, selector: { matchLabels: { "k8s-app": "kube-dns" } },
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
            template: {
                metadata: { labels, annotations: { "agent-platform.local/corefile": String(config.length) } },
                spec: {
                    serviceAccountName: "coredns", priorityClassName: "system-cluster-critical", dnsPolicy: "Default",
                    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
                    containers: [{
                        name: "coredns", image, imagePullPolicy: "IfNotPresent", args: ["-conf", "/etc/coredns/Corefile"],
                        resources: { requests: { cpu: "20m", memory: "48Mi" }, limits: { memory: "170Mi" } },
                        ports: [{ name: "dns", containerPort: 1053, protocol: "UDP" }, { name: "dns-tcp", containerPort: 1053, protocol: "TCP" }],
                        livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 30, timeoutSeconds: 5, failureThreshold: 5 },
                        readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2, timeoutSeconds: 2 },
                        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
                    }],
                    volumes: [{ name: "config", configMap: { name: "coredns" } }],
                },
            },
        },
    };
}

function storageClass(name: string, reclaimPolicy: "Delete" | "Retain", isDefault: boolean): Manifest {
    return {
        path: `/apis/storage.k8s.io/v1/storageclasses/${name}`,
        object: {
            apiVersion: "storage.k8s.io/v1", kind: "StorageClass", provisioner, reclaimPolicy, volumeBindingMode: "Immediate",
            metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
        },
    };
}

function clusterRole(name: string, rules: object[]): Manifest {
    return { path: `${rbac}/clusterroles/${name}`, object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules } };
}

function binding(name: string, role: string, subject: object): Manifest {
    return {
        path: `${rbac}/clusterrolebindings/${name}`,
        object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role }, subjects: [subject] },
    };
}
