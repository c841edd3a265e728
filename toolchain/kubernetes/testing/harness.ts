/** A cluster of its own for tests, and a few verbs for pods. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, tryRun } from "../../core/run";
import type { KubeClient, KubeObject } from "../api";
import { clusterClient, importImages, startCluster, stopCluster } from "../cluster";
import { findPrograms } from "../programs";
import { buildNodeImage, nodeImageName } from "./node-image";

export interface PodObject extends KubeObject {
    spec: { nodeName?: string };
    status: { phase: string; podIP?: string; conditions?: { type: string; status: string }[] };
}

/** An installation in a temporary home. */
export class TestCluster {
    readonly home = mkdtempSync(join(tmpdir(), "ap-cluster-"));
    image = "";
    client!: KubeClient;

    /** Without pods of its own to run, a test needs no image for them. */
    async start({ withImage = true }: { withImage?: boolean } = {}): Promise<void> {
        await startCluster(() => undefined, this.home);
        this.client = clusterClient(this.home);
        if (!withImage) return;
        const image = buildNodeImage();
        const archive = join(this.home, "node-image.tar");
        writeFileSync(archive, image.archive);
        await importImages([{ archive, name: nodeImageName }], () => undefined, this.home);
        this.image = image.reference;
    }

    async remove(): Promise<void> {
        this.client?.close();
        await stopCluster({ keepData: false }, () => undefined, this.home);
        rmSync(this.home, { recursive: true, force: true });
    }

    async kubectl(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
        return tryRun(join((await findPrograms()).kubernetes, "kubectl"), args, { env: { KUBECONFIG: join(this.home, "kubeconfig") }, timeout: 60_000 });
    }

    async apply(...objects: object[]): Promise<void> {
        await run(join((await findPrograms()).kubernetes, "kubectl"), ["apply", "--server-side", "-f", "-"],
            { env: { KUBECONFIG: join(this.home, "kubeconfig") }, input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) });
    }

    async namespace(name: string): Promise<void> {
        await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } });
        await eventually(`the service account of ${name}`, async () => this.client.find(`/api/v1/namespaces/${name}/serviceaccounts/default`));
    }

    async pod(namespace: string, name: string): Promise<PodObject> {
        return this.client.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    }

    async running(namespace: string, name: string): Promise<PodObject> {
        return eventually(`pod ${namespace}/${name}`, async () => {
            const pod = await this.client.find<PodObject>(`/api/v1/namespaces/${namespace}/pods/${name}`);
            return pod?.status.phase === "Running" && pod.status.conditions?.some(each => each.type === "Ready" && each.status === "True") ? pod : undefined;
        }, 60_000);
    }

    /** Runs JavaScript in a pod. */
    async evaluate(namespace: string, name: string, script: string): Promise<string> {
        const { code, stdout, stderr } = await this.kubectl("exec", "-n", namespace, name, "--", "/node", "-e", script);
        return code === 0 ? stdout.trim() : `failed: ${stderr.trim()}`;
    }

    /** What a pod gets from `host:port`: the answer, or why there is none. */
    async fetch(namespace: string, name: string, host: string, port: number): Promise<string> {
        return this.evaluate(namespace, name, `
            const s = require("net").connect({ host: ${JSON.stringify(host)}, port: ${port} });
            const t = setTimeout(() => { console.log("timeout"); process.exit(); }, 1500);
            s.on("data", d => { console.log(String(d)); process.exit(); }).on("error", e => { console.log(e.code); process.exit(); });`);
    }
}

/** A pod under restricted Pod Security that answers on TCP ports with its own name. */
export function serverPod(namespace: string, name: string, image: string, options: { labels?: Record<string, string>; ports?: { name?: string; containerPort: number }[]; claim?: string; script?: string } = {}): object {
    const ports = options.ports ?? [{ name: "main", containerPort: 8080 }];
    const script = options.script ?? ports.map(({ containerPort }) => `require("net").createServer(s => s.on("error", () => 0).end(${JSON.stringify(`${name}:${containerPort}`)})).listen(${containerPort});`).join("\n");
    return {
        apiVersion: "v1", kind: "Pod", metadata: { namespace, name, labels: options.labels ?? { app: name } },
        spec: {
            terminationGracePeriodSeconds: 0, enableServiceLinks: false, automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10002, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } },
            containers: [{
                name: "main", image, imagePullPolicy: "IfNotPresent", args: ["-e", script], ports,
                readinessProbe: options.script ? undefined : { tcpSocket: { port: ports[0]!.containerPort }, periodSeconds: 1 },
                resources: { requests: { cpu: "5m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                volumeMounts: options.claim ? [{ name: "data", mountPath: "/data" }] : [],
            }],
            volumes: options.claim ? [{ name: "data", persistentVolumeClaim: { claimName: options.claim } }] : [],
        },
    };
}

/** Asks until there is an answer. @throws when there is none in time */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false>, patience = 30_000): Promise<T> {
    let last: unknown;
    for (const end = Date.now() + patience; Date.now() < end; await sleep(200)) {
        try {
            const answer = await ask();
            if (answer !== undefined && answer !== false) return answer;
            last = undefined;
        } catch (error) {
            last = error;
        }
    }
    throw new Error(`waited in vain for ${what}`, { cause: last });
}
