/** Admission of signed images: what a blueprint adds when only those may run. */
import type { Signing } from "../config/signing";
import type { Party, PlatformPart } from "../topology/types";

/** policy-controller, in the namespace where components/platform/signatures.ts installs it. */
export const admission: PlatformPart = {
    name: "signatures", owner: "AgentCluster", purpose: "lets signed images in, and no others", namespace: "signatures", labels: { "app.kubernetes.io/name": "policy-controller" }, port: 8443, tls: true,
    reserves: { cpu: "300m", memory: "384Mi" },
};

/** Signatures lie beside the images. */
export function signatureRegistry({ registry }: Signing): Party {
    return { name: "image-registry", purpose: "images and their signatures", ports: [{ port: registry.port, protocol: "TCP" }], speaks: "tls", hosts: [registry.host] };
}

export const admissionArrows: Record<string, string[]> = { "kubernetes-api": ["signatures"], signatures: ["image-registry", "kubernetes-api"] };
