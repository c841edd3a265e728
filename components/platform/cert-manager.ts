/** Certificates: cert-manager, and who signs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

export interface CertManagerArgs {
    readonly home: PlatformHome;
    /** Name of the ClusterIssuer: `letsencrypt-prod`. */
    readonly issuer: string;
    /** Where Let's Encrypt writes to when a certificate ends. */
    readonly email: string;
    /** How ownership of a name is proven. */
    readonly proof:
        /** A record in a zone at Cloudflare; also for names of customers who point `_acme-challenge` there. */
        | { readonly kind: "cloudflare-dns"; readonly token: pulumi.Input<string> }
        /** A path on port 80 of a Gateway. */
        | { readonly kind: "gateway"; readonly gateway: string; readonly namespace: pulumi.Input<string> };
    /** @default Let's Encrypt's production server */
    readonly server?: string;
}

export class CertManager extends pulumi.ComponentResource {
    /** Certificates that name this issuer are signed. */
    readonly issuer: k8s.apiextensions.CustomResource;

    constructor(name: string, args: CertManagerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:CertManager", name, {}, opts);
        const { home, issuer, email, proof, server = "https://acme-v02.api.letsencrypt.org/directory" } = args;
        refuse(this, "CertManager", name, [
            ...(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(issuer) ? [] : [`issuer: "${issuer}" is no name of an object`]),
            ...(/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email) ? [] : [`email: "${email}" is no address`]),
            ...(server.startsWith("https://") ? [] : [`server: "${server}" is not reached over TLS`]),
        ]);
        const space = new PlatformNamespace("cert-manager", {
            home,
            level: "restricted",
            // The API server asks the webhook about every certificate object.
            incoming: [{ to: { cidrs: home.apiServer.cidrs }, ports: [10250] }, { to: { namespace: "monitoring" }, ports: [9402] }, { to: "itself" }],
            outgoing: [{ to: "api-server" }, { to: "internet", ports: [443, 80, 53] }, { to: "internet", ports: [53], protocol: "UDP" }, { to: "itself" }],
        }, { parent: this });
        const installed = release(this, name, {
            home,
            chart: "cert-manager",
            namespace: space,
            values: {
                crds: { enabled: true, keep: true },
                replicaCount: 2,
                podDisruptionBudget: { enabled: true },
                webhook: { replicaCount: 3, podDisruptionBudget: { enabled: true } },
                cainjector: { replicaCount: 2 },
                config: { apiVersion: "controller.config.cert-manager.io/v1alpha1", kind: "ControllerConfiguration", enableGatewayAPI: true },
                // Records are looked up where the world looks them up, not in the cluster.
                extraArgs: ["--dns01-recursive-nameservers-only", "--dns01-recursive-nameservers=1.1.1.1:53,9.9.9.9:53"],
                prometheus: { enabled: true },
            },
        });
        const token = proof.kind === "gateway" ? undefined : new k8s.core.v1.Secret(`${name}-dns-token`, {
            metadata: { name: "cloudflare-dns", namespace: space.namespace, labels: { ...common } },
            stringData: pulumi.secret({ token: proof.token }),
        }, fixedName(this));
        this.issuer = custom(this, `${name}-issuer`, {
            apiVersion: "cert-manager.io/v1",
            kind: "ClusterIssuer",
            name: issuer,
            spec: { acme: { server, email, privateKeySecretRef: { name: `${issuer}-account` }, solvers: [solverOf(proof)] } },
        }, { dependsOn: [installed, ...(token === undefined ? [] : [token])] });
        this.registerOutputs({});
    }
}

function solverOf(proof: CertManagerArgs["proof"]): Record<string, unknown> {
    if (proof.kind === "gateway") return { http01: { gatewayHTTPRoute: { parentRefs: [{ kind: "Gateway", name: proof.gateway, namespace: proof.namespace }] } } };
    // `Follow`: a customer's `_acme-challenge` is a CNAME into the zone that the token may write to.
    return { dns01: { cnameStrategy: "Follow", cloudflare: { apiTokenSecretRef: { name: "cloudflare-dns", key: "token" } } } };
}
