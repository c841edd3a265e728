/** What the cluster tests do to pods: find them, kill them, and run a probe with another one's labels. */
import { KubeConfig, CoreV1Api, AppsV1Api, BatchV1Api, RbacAuthorizationV1Api, type V1Pod } from "@kubernetes/client-node";
import { eventually } from "../support/client";
import type { Deployment } from "./deployment";

export class Pods {
    readonly core: CoreV1Api;
    readonly apps: AppsV1Api;
    readonly batch: BatchV1Api;
    readonly rbac: RbacAuthorizationV1Api;

    constructor(private readonly deployment: Deployment) {
        const config = new KubeConfig();
        config.loadFromFile(deployment.kubeconfig);
        this.core = config.makeApiClient(CoreV1Api);
        this.apps = config.makeApiClient(AppsV1Api);
        this.batch = config.makeApiClient(BatchV1Api);
        this.rbac = config.makeApiClient(RbacAuthorizationV1Api);
    }

    async of(name: string): Promise<V1Pod[]> {
        const list = await this.core.listNamespacedPod({ namespace: this.deployment.namespace, labelSelector: `app.kubernetes.io/name=${name}` });
        return list.items.filter(pod => pod.metadata?.deletionTimestamp === undefined);
    }

    /** As hard as `kill -9` of a node: no grace, no preStop. */
    async kill(name: string): Promise<void> {
        const pods = await this.of(name);
        if (pods.length === 0) throw new Error(`there is no pod of ${name} to kill`);
        await Promise.all(pods.map(pod => this.core.deleteNamespacedPod({ namespace: this.deployment.namespace, name: pod.metadata!.name!, gracePeriodSeconds: 0 })));
    }

    async ready(name: string): Promise<void> {
        await eventually(`${name} is ready again`, 180_000, async () => {
            const pods = await this.of(name);
            return pods.length > 0 && pods.every(pod => pod.status?.conditions?.some(condition => condition.type === "Ready" && condition.status === "True")) ? true : undefined;
        });
    }

    /**
     * Whether a pod with the labels of `as` can open a TCP connection to `host:port` within `seconds`, trying again and again.
     * The probe never becomes ready, so that no Service sends it traffic.
     */
    async canConnect(as: string, host: string, port: number, seconds: number): Promise<boolean> {
        const [model] = await this.of("agent-api");
        const container = model!.spec!.containers[0]!;
        const name = `probe-${as}-${Date.now().toString(36)}`;
        const namespace = this.deployment.namespace;
        const script = `const attempt=()=>require("net").connect(${port},${JSON.stringify(host)}).on("connect",()=>process.exit(0)).on("error",()=>undefined);attempt();setInterval(attempt,1000);setTimeout(()=>process.exit(1),${seconds * 1000})`;
        await this.core.createNamespacedPod({
            namespace,
            body: {
                metadata: { name, labels: { ...model!.metadata!.labels, "app.kubernetes.io/name": as, "pod-template-hash": "probe" } },
                spec: {
                    restartPolicy: "Never",
                    automountServiceAccountToken: false,
                    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
                    containers: [{
                        name: "probe",
                        image: container.image!,
                        // The policies of a new pod take a moment to be in force; a wrong "yes" must not come from that.
                        command: ["node", "-e", `setTimeout(()=>{${script}},3000)`],
                        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
                        readinessProbe: { exec: { command: ["/nonexistent"] } },
                        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                    }],
                },
            },
        });
        try {
            return await eventually(`${name} ends`, 90_000, async () => {
                const pod = await this.core.readNamespacedPod({ namespace, name });
                const phase = pod.status?.phase;
                return phase === "Succeeded" ? true : phase === "Failed" ? false : undefined;
            });
        } finally {
            await this.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
        }
    }
}
