/** Models behind Ray Serve: what a blueprint adds when embedding, reranking and OCR scale on their own. */
import { rayPorts, rayReplicas } from "../topology/ray";
import type { Flow, PlatformPart, SecretName, Service } from "../topology/types";
import type { Size } from "./shared";

/** What the services that make vectors need to ask it, and the worker that reads scans. */
export interface Asking {
    readonly vectors: { readonly settings: Readonly<Record<string, string>>; readonly secrets: Readonly<Record<string, SecretName>> };
    readonly scans: { readonly secrets: Readonly<Record<string, SecretName>> };
}

export const askInference: Asking = {
    vectors: { settings: { EMBEDDER_URL: `http://inference:${rayPorts.serve}/embed` }, secrets: { EMBEDDER_API_KEY: "inference/key" } },
    scans: { secrets: { PARSERS: "inference/parsers" } },
};
export const askNobody: Asking = { vectors: { settings: {}, secrets: {} }, scans: { secrets: {} } };

/** One RayService; a replica of each application fits into one of its workers. */
export function inferenceService(size: Size): Service {
    const alive = "/api/local_raylet_healthz";
    return {
        name: "inference",
        owner: "RagService",
        purpose: "embedding, reranking, OCR on Ray Serve",
        image: "ray",
        form: "ray-service",
        port: rayPorts.serve,
        otherPorts: [rayPorts.dashboard, rayPorts.metrics],
        peers: [rayPorts.gcs, rayPorts.serve, rayPorts.dashboard, { first: rayPorts.agent, last: rayPorts.objectManager }, rayPorts.workers],
        replicas: { min: rayReplicas.min, max: rayReplicas.max },
        resources: size(["1000m", "2Gi"], ["1000m", "3Gi"]),
        head: size(["500m", "1Gi"], ["1000m", "2Gi"]),
        health: {
            port: rayPorts.agent,
            startup: { path: alive, periodSeconds: 5, failureThreshold: 60 },
            readiness: { path: alive, periodSeconds: 5, failureThreshold: 3 },
            liveness: { path: alive, periodSeconds: 10, failureThreshold: 12 },
        },
        settings: { HOME: "/tmp", MODEL_DIR: "/models/minilm", RAY_USAGE_STATS_ENABLED: "0" },
        secrets: { INFERENCE_API_KEY: "inference/key" },
        scratch: "2Gi",
        priority: "serving",
        graceSeconds: 60,
    };
}

/** KubeRay, which watches over it, in the namespace where components/platform installs it. */
export const kubeRay: PlatformPart = { name: "kuberay-operator", owner: "AgentCluster", purpose: "runs Ray", namespace: "kuberay", labels: { "app.kubernetes.io/name": "kuberay-operator" } };

/** Who opens connections because of it, beside those who ask it. */
export const inferenceArrows: Record<string, string[]> = { inference: ["kubernetes-api"], "kuberay-operator": ["inference"] };
/** KubeRay gives the head its applications, and asks it for their state. */
export const inferenceFlows: readonly Flow[] = [{ from: "kuberay-operator", to: "inference", port: rayPorts.dashboard }];
