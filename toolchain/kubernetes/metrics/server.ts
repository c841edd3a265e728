/**
 * The metrics API of the cluster (`kubectl top`, horizontal autoscaling), served to the API server's aggregation layer
 * alone: it comes with its own certificate, after it has checked who asks and what they may see.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { Informer, KubeClient, type KubeObject } from "../api";
import { parseSample, parseSelector, usageBetween, type Sample, type Usage } from "./usage";

export interface MetricsSpec {
    address: string;
    port: number;
    certificate: string;
    key: string;
    /** The authority that has signed the API server's certificate for this purpose, and the name in it. */
    clientAuthority: string;
    clientName: string;
    kubelet: string;
    node: string;
}

const interval = 10_000;
const group = "metrics.k8s.io/v1beta1";

/** Runs until aborted. */
export async function serveMetrics(spec: MetricsSpec, kubeconfig: string, client: KubeClient, signal: AbortSignal, log: (line: string) => void): Promise<void> {
    const kubelet = KubeClient.fromKubeconfig(kubeconfig, spec.kubelet);
    const pods = new Informer<KubeObject>(client, "/api/v1/pods", () => undefined, () => undefined);
    let sample: Sample = { cpu: new Map(), memory: new Map() };
    let usage = new Map<string, Usage>();
    let complained = false;
    const look = async () => {
        try {
            const next = parseSample(await kubelet.text("/metrics/resource"));
            usage = usageBetween(sample, next, usage);
            sample = next;
            complained = false;
        } catch (error) {
            // A kubelet that is away for long would fill the log.
            if (!complained) log(`metrics: ${error instanceof Error ? error.message : String(error)}`);
            complained = true;
        }
    };
    const timer = setInterval(() => void look(), interval);
    void look();
    const server = createServer({ key: readFileSync(spec.key), cert: readFileSync(spec.certificate), ca: readFileSync(spec.clientAuthority), requestCert: true, rejectUnauthorized: true }, (request, response) => {
        const trusted = (request.socket as TLSSocket).getPeerCertificate().subject?.CN === spec.clientName;
        if (trusted) answer(request, response, usage, pods.objects, spec.node);
        else send(response, 403, failure(403, "Forbidden", "only the API server may ask"));
    });
    const listen = () => server.listen({ host: spec.address, port: spec.port });
    server.on("error", error => {
        log(`metrics: ${error.message}`);
        if (!signal.aborted) setTimeout(listen, interval).unref();
    });
    listen();
    await pods.run(signal);
    clearInterval(timer);
    server.close();
    kubelet.close();
}

function answer(request: IncomingMessage, response: ServerResponse, usage: ReadonlyMap<string, Usage>, pods: readonly KubeObject[], node: string): void {
    const url = new URL(request.url ?? "/", "https://metrics");
    const parts = url.pathname.split("/").filter(Boolean);
    if (request.method !== "GET" || parts[0] !== "apis" || (parts.length > 1 && parts[1] !== "metrics.k8s.io") || (parts.length > 2 && parts[2] !== "v1beta1")) {
        send(response, 404, failure(404, "NotFound", "there is no such thing"));
        return;
    }
    const version = { groupVersion: group, version: "v1beta1" };
    const about = { name: "metrics.k8s.io", versions: [version], preferredVersion: version };
    if (parts.length === 1) return send(response, 200, { kind: "APIGroupList", apiVersion: "v1", groups: [about] });
    if (parts.length === 2) return send(response, 200, { kind: "APIGroup", apiVersion: "v1", ...about });
    if (parts.length === 3) return send(response, 200, resources);
    try {
        const found = find(parts.slice(3), parseSelector(url.searchParams.get("labelSelector") ?? ""), usage, pods, node);
        send(response, found ? 200 : 404, found ?? failure(404, "NotFound", "nothing has been measured under that name"));
    } catch (error) {
        send(response, 400, failure(400, "BadRequest", error instanceof Error ? error.message : String(error)));
    }
}

const resources = {
    kind: "APIResourceList", apiVersion: "v1", groupVersion: group,
    resources: [
        { name: "nodes", singularName: "node", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] },
        { name: "pods", singularName: "pod", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
    ],
};

/** `nodes`, `nodes/NAME`, `pods`, `namespaces/NS/pods`, `namespaces/NS/pods/NAME`. */
function find(path: string[], selected: (labels: Record<string, string>) => boolean, usage: ReadonlyMap<string, Usage>, pods: readonly KubeObject[], node: string): object | undefined {
    if (path[0] === "nodes" && path.length <= 2) {
        const own = usage.get("");
        const item = own && { kind: "NodeMetrics", apiVersion: group, metadata: { name: node }, ...times(own), usage: quantities(own) };
        if (path.length === 2) return path[1] === node ? item : undefined;
        return { kind: "NodeMetricsList", apiVersion: group, metadata: {}, items: item ? [item] : [] };
    }
    const [namespace, name] = path[0] === "namespaces" && path[2] === "pods" && path.length <= 4 ? [path[1], path[3]] : path[0] === "pods" && path.length === 1 ? [] : [null, null];
    if (namespace === null) return undefined;
    const items = pods.filter(({ metadata }) => (namespace === undefined || metadata.namespace === namespace) && (name === undefined || metadata.name === name) && selected(metadata.labels ?? {}))
        .flatMap(pod => describePod(pod, usage));
    return name === undefined ? { kind: "PodMetricsList", apiVersion: group, metadata: {}, items } : items[0];
}

function describePod({ metadata }: KubeObject, usage: ReadonlyMap<string, Usage>): object[] {
    const prefix = `${metadata.namespace}/${metadata.name}/`;
    const containers = [...usage].filter(([key]) => key.startsWith(prefix));
    if (containers.length === 0) return [];
    const { name, namespace, labels } = metadata;
    return [{
        kind: "PodMetrics", apiVersion: group, metadata: { name, namespace, labels }, ...times(containers[0]![1]),
        containers: containers.map(([key, used]) => ({ name: key.slice(prefix.length), usage: quantities(used) })),
    }];
}

function times({ at, window }: Usage): object {
    return { timestamp: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"), window: `${(window / 1000).toFixed(3)}s` };
}

function quantities({ cpu, memory }: Usage): object {
    return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(memory / 1024)}Ki` };
}

function failure(code: number, reason: string, message: string): object {
    return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
}

function send(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
