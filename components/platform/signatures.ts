/**
 * Nothing runs that is not signed. Kyverno and not Sigstore's policy-controller, because one admission controller then
 * asks for the signature, for the scan that was signed with it, and pins what a tag meant at that moment; it also
 * judges what is running already, so that a key that was withdrawn shows.
 */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface SignaturesArgs {
    readonly home: PlatformHome;
    /** Public half of the key that the delivery pipeline signs with, as PEM. */
    readonly publicKey: string;
    /** Images that it answers for, as patterns: `registry.example.com/agents/*`. */
    readonly images: readonly string[];
    /** Namespaces whose images must all match one of the patterns: nothing from elsewhere runs there. */
    readonly onlyOwn: readonly string[];
    /** Worst finding of the scan that an image may carry: a CVSS score above it keeps it out. @default 8.9: none that is critical */
    readonly highestScore?: number;
}

export class Signatures extends pulumi.ComponentResource {
    /** Pods that are made after it are checked. */
    readonly ready: k8s.apiextensions.CustomResource;

    constructor(name: string, args: SignaturesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Signatures", name, {}, opts);
        const { home, publicKey, images, onlyOwn, highestScore = 8.9 } = args;
        refuse(this, "Signatures", name, [
            ...(/^-----BEGIN PUBLIC KEY-----[^]+-----END PUBLIC KEY-----\s*$/.test(publicKey) ? [] : ["publicKey: is no public key in PEM"]),
            ...(images.length === 0 ? ["images: without a pattern nothing is checked"] : []),
            ...images.filter((pattern) => pattern.startsWith("*")).map((pattern) => `images: "${pattern}" begins with any registry, and no one key answers for all of them`),
            ...(highestScore >= 0 && highestScore <= 10 ? [] : [`highestScore: ${highestScore} is no CVSS score`]),
        ]);
        const space = new PlatformNamespace("kyverno", {
            home,
            level: "restricted",
            incoming: [{ to: { cidrs: home.apiServer.cidrs }, ports: [9443] }, { to: { namespace: "monitoring" }, ports: [8000] }, { to: "itself" }],
            // Signatures lie beside the images in the registry.
            outgoing: [{ to: "api-server" }, { to: "internet", ports: [443] }, { to: "itself" }],
        }, { parent: this });
        const installed = release(this, name, {
            home,
            chart: "kyverno",
            namespace: space,
            values: {
                admissionController: { replicas: 3 },
                backgroundController: { replicas: 2 },
                reportsController: { replicas: 2 },
                cleanupController: { replicas: 2 },
                // What keeps the cluster itself alive must start even when the webhook does not answer.
                config: { webhooks: { namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system", "kyverno", "longhorn-system"] }] } } },
            },
        });
        this.ready = custom(this, `${name}-policy`, signaturePolicy({ publicKey, images, highestScore }), { dependsOn: [installed] });
        custom(this, `${name}-own-registry`, registryPolicy(images, onlyOwn), { dependsOn: [installed] });
        this.registerOutputs({});
    }
}

/** Signed by the pipeline's key, and with a scan that the same key signed. */
export function signaturePolicy({ publicKey, images, highestScore }: { readonly publicKey: string; readonly images: readonly string[]; readonly highestScore: number }) {
    const every = (check: string) => ["containers", "initContainers"].map((list) => `images.${list}.all(image, ${check})`).join(" && ");
    return {
        apiVersion: "policies.kyverno.io/v1",
        kind: "ImageValidatingPolicy",
        name: "signed-and-scanned",
        spec: {
            failurePolicy: "Fail",
            validationActions: ["Deny"],
            webhookConfiguration: { timeoutSeconds: 20 },
            evaluation: { admission: { enabled: true }, background: { enabled: true } },
            matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] }] },
            matchImageReferences: images.map((glob) => ({ glob })),
            validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
            attestors: [{ name: "pipeline", cosign: { key: { data: publicKey, hashAlgorithm: "sha256" } } }],
            attestations: [{ name: "scan", intoto: { type: "https://cosign.sigstore.dev/attestation/vuln/v1" } }],
            validations: [
                { expression: every("verifyImageSignatures(image, [attestors.pipeline]) > 0"), message: "an image has no signature of the delivery pipeline" },
                { expression: every("verifyAttestationSignatures(image, attestations.scan, [attestors.pipeline]) > 0"), message: "an image has no signed scan" },
                {
                    expression: every(`extractPayload(image, attestations.scan).predicate.scanner.result.Results.all(part, !has(part.Vulnerabilities) || part.Vulnerabilities.all(one, !has(one.CVSS) || one.CVSS.all(source, !has(one.CVSS[source].V3Score) || one.CVSS[source].V3Score <= ${highestScore.toFixed(1)})))`),
                    message: `a scan found a vulnerability above ${highestScore.toFixed(1)}`,
                },
            ],
        },
    };
}

/** In these namespaces every image is one that the signature policy looks at. */
export function registryPolicy(images: readonly string[], namespaces: readonly string[]) {
    const prefixes = images.map((pattern) => pattern.replace(/\*+$/, ""));
    const known = (container: string) => prefixes.map((prefix) => `${container}.image.startsWith(${JSON.stringify(prefix)})`).join(" || ");
    return {
        apiVersion: "policies.kyverno.io/v1",
        kind: "ValidatingPolicy",
        name: "own-registry",
        spec: {
            failurePolicy: "Fail",
            validationActions: ["Deny"],
            evaluation: { admission: { enabled: true }, background: { enabled: true } },
            matchConstraints: {
                namespaceSelector: { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...namespaces] }] },
                resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] }],
            },
            validations: [
                { expression: `object.spec.containers.all(container, ${known("container")})`, message: "an image comes from elsewhere than our registry" },
                { expression: `!has(object.spec.initContainers) || object.spec.initContainers.all(container, ${known("container")})`, message: "an image comes from elsewhere than our registry" },
            ],
        },
    };
}
