/**
 * A port on this machine that leads to a Service in the cluster, through the API server, as `kubectl port-forward` does.
 * Unlike it, every connection chooses a pod that is ready now, so restarts and roll-outs do not end it.
 */
import { createServer, type Server, type Socket } from "node:net";
import { DiscoveryV1Api, KubeConfig, PortForward } from "@kubernetes/client-node";

export interface Target {
    /** The file; without it, the one that kubectl would take. */
    kubeconfig?: string;
    context?: string;
    namespace: string;
    service: string;
    /** The port of the pods, not of the Service. */
    port: number;
}

/** Milliseconds that the list of ready pods is trusted. */
const freshness = 1_000;

/** Listens on 127.0.0.1:`port`; connections made while no pod is ready are answered with 503. */
export async function forward(target: Target, port: number): Promise<Server> {
    const config = new KubeConfig();
    if (target.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(target.kubeconfig);
    if (target.context !== undefined) config.setCurrentContext(target.context);
    const pods = readyPods(config, target);
    const forwarder = new PortForward(config, true);
    const server = createServer({ noDelay: true }, socket => {
        socket.on("error", () => socket.destroy());
        connect(socket).catch(() => unavailable(socket));
    });

    async function connect(socket: Socket): Promise<void> {
        socket.pause();
        const ready = await pods();
        const pod = ready[Math.floor(Math.random() * ready.length)];
        if (pod === undefined) return unavailable(socket);
        const opened = await forwarder.portForward(target.namespace, pod, [target.port], socket, null, socket);
        const tunnel = typeof opened === "function" ? opened() : opened;
        tunnel?.on("close", () => socket.end());
        tunnel?.on("error", () => socket.destroy());
        socket.on("close", () => tunnel?.close());
        socket.resume();
    }

    await new Promise<void>((listening, failed) => {
        server.once("error", failed);
        server.listen(port, "127.0.0.1", () => listening());
    });
    return server;
}

/** Names of the ready pods behind the Service; endpoints are looked up again after `freshness`. */
function readyPods(config: KubeConfig, target: Target): () => Promise<string[]> {
    const discovery = config.makeApiClient(DiscoveryV1Api);
    let known: { at: number; names: Promise<string[]> } | undefined;
    return () => {
        if (known === undefined || Date.now() - known.at > freshness) {
            known = { at: Date.now(), names: lookUp() };
            known.names.catch(() => (known = undefined));
        }
        return known.names;
    };

    async function lookUp(): Promise<string[]> {
        const slices = await discovery.listNamespacedEndpointSlice({ namespace: target.namespace, labelSelector: `kubernetes.io/service-name=${target.service}` });
        return slices.items.flatMap(slice => slice.endpoints ?? [])
            .filter(endpoint => endpoint.conditions?.ready !== false && endpoint.targetRef?.kind === "Pod")
            .flatMap(endpoint => endpoint.targetRef?.name ?? []);
    }
}

/** A browser shows this and tries again by itself. */
function unavailable(socket: Socket): void {
    const body = "The web front is not ready yet; this page tries again by itself.\n";
    socket.end(`HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nRefresh: 3\r\nRetry-After: 3\r\nConnection: close\r\n\r\n${body}`);
}
