/**
 * Nothing runs that is not signed. Sigstore's policy-controller and not Kyverno: one Deployment and two definitions in place
 * of four and twenty, it looks at the namespaces that are labelled and leaves the rest of the cluster working when it is away,
 * and its very version can be built from Go modules, so that tests/cluster/signatures.test.ts proves what is deployed.
 */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { containerSecurity } from "../parts/pod";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { digestPolicy, matches, scannedPolicy, signedOnly, signedPolicy, type ImageOfOthers } from "./image-policies";
import { PlatformNamespace, type Door } from "./namespace";

/** Where it is, by which name its webhooks go, and where they are answered. */
export const admission = { namespace: "signatures", webhook: "policy.sigstore.dev", port: 8443, metrics: 9090, user: 65532 } as const;

export interface SignaturesArgs {
    readonly home: PlatformHome;
    /** Public half of the key that signs, as PEM. */
    readonly publicKey: string;
    /** Images that it answers for, as patterns: `registry.example.com/agents/**`. */
    readonly images: readonly string[];
    /** Images of others that may run in the labelled namespaces too. @default none */
    readonly others?: readonly ImageOfOthers[];
    /** Ask for a signed scan as well, in which nothing is worse than this CVSS score. @default none is asked for */
    readonly highestScore?: number;
    /** The registry's port, and its addresses where it is in a private network. @default 443, anywhere in the internet */
    readonly registry?: { readonly port: number; readonly cidr?: string | undefined };
    /** Who calls webhooks in the API server's name, beside its own addresses. @default nobody */
    readonly calledBy?: readonly Door["to"][];
}

export class Signatures extends pulumi.ComponentResource {
    /** Pods in namespaces with the label `signedOnly` are checked; whatever makes them waits for these. */
    readonly ready: readonly k8s.apiextensions.CustomResource[];

    constructor(name: string, args: SignaturesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Signatures", name, {}, opts);
        const { home, publicKey, images, others = [], highestScore, registry = { port: 443 }, calledBy = [] } = args;
        refuse(this, "Signatures", name, [
            ...(/^-----BEGIN PUBLIC KEY-----[^]+-----END PUBLIC KEY-----\s*$/.test(publicKey) ? [] : ["publicKey: is no public key in PEM"]),
            ...(images.length === 0 ? ["images: without a pattern nothing of ours could run"] : []),
            ...images.filter((pattern) => pattern.startsWith("*")).map((pattern) => `images: "${pattern}" begins with any registry, and no one key answers for all of them`),
            ...others.filter(({ image }) => !/@sha256:[0-9a-f]{64}$/.test(image)).map(({ image }) => `others: "${image}" is not named by digest, so it could become another one`),
            ...others.filter(({ image }) => matches(images, image)).map(({ image }) => `others: "${image}" is one that the key answers for`),
            ...(highestScore === undefined || (highestScore >= 0 && highestScore <= 10) ? [] : [`highestScore: ${highestScore} is no CVSS score`]),
        ]);
        const space = new PlatformNamespace(admission.namespace, {
            home,
            level: "restricted",
            incoming: [
                ...[{ cidrs: home.apiServer.cidrs }, ...calledBy].map((to): Door => ({ to, ports: [admission.port] })),
                { to: { namespace: "monitoring" }, ports: [admission.metrics] },
            ],
            // Signatures lie beside the images in the registry.
            outgoing: [{ to: "api-server" }, { to: registry.cidr === undefined ? "internet" : { cidrs: [registry.cidr] }, ports: [registry.port] }],
        }, { parent: this });
        const installed = release(this, name, { home, chart: "policy-controller", namespace: space, values: chartValues });
        const policies = [signedPolicy(publicKey, images), ...(highestScore === undefined ? [] : [scannedPolicy(publicKey, images, highestScore)]), ...(others.length === 0 ? [] : [digestPolicy(others)])];
        this.ready = policies.map((policy) => custom(this, `${name}-${policy.name}`, policy, { dependsOn: [installed] }));
        this.registerOutputs({});
    }
}

const podSecurity = { enabled: true, ...containerSecurity, runAsUser: admission.user, seccompProfile: { type: "RuntimeDefault" } };

const chartValues = {
    cosign: { webhookName: admission.webhook, webhookTimeoutSeconds: { mutating: 10, validating: 20 } },
    webhook: {
        // As many as machines that may be lost at once, and one: without an answer nothing starts.
        replicaCount: 3,
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        failurePolicy: "Fail",
        // The same label that it goes by when nothing is said: nothing of the platform is in its way.
        namespaceSelector: { matchExpressions: Object.entries(signedOnly).map(([key, value]) => ({ key, operator: "In", values: [value] })) },
        configData: { "no-match-policy": "deny" },
        // A key needs no list of authorities, which would be fetched from the internet at every start.
        extraArgs: { "disable-tuf": true },
        podSecurityContext: podSecurity,
        securityContext: { enabled: true, runAsNonRoot: true, runAsUser: admission.user, seccompProfile: { type: "RuntimeDefault" } },
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
    },
    // Runs once, when the chart is taken away, and may delete leases of its own namespace.
    leasescleanup: { podSecurityContext: podSecurity, resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "100m", memory: "128Mi" } } },
};
