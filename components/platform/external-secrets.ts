/** Secrets come from Vault while pods run: nobody writes them into a manifest. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace, type Door } from "./namespace";

export interface ExternalSecretsArgs {
    readonly home: PlatformHome;
    /** Name of the ClusterSecretStore. @default vault */
    readonly store?: string;
    readonly vault: {
        /** `https://vault.vault.svc:8200`. */
        readonly address: string;
        readonly namespace: string;
        /** Path of the key-value engine. */
        readonly engine: string;
        /** Role of Vault's Kubernetes authentication. */
        readonly role: string;
        /** Where the certificate of Vault's authority is: a Secret with `ca.crt`. */
        readonly authority: string;
    };
    /** Namespaces that may ask for secrets. */
    readonly namespaces: readonly string[];
}

export class ExternalSecrets extends pulumi.ComponentResource {
    /** What ExternalSecrets name; waits for Vault. */
    readonly store: k8s.apiextensions.CustomResource;
    readonly storeName: string;

    constructor(name: string, args: ExternalSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:ExternalSecrets", name, {}, opts);
        const { home, vault, namespaces, store = "vault" } = args;
        refuse(this, "ExternalSecrets", name, [
            ...(vault.address.startsWith("https://") ? [] : [`vault.address: "${vault.address}" is not reached over TLS`]),
            ...(namespaces.length === 0 ? ["namespaces: none may ask, so there would be no secret anywhere"] : []),
        ]);
        const space = new PlatformNamespace("external-secrets", {
            home,
            level: "restricted",
            incoming: [{ to: { cidrs: home.apiServer.cidrs }, ports: [10250] }, { to: { namespace: "monitoring" }, ports: [8080] }, { to: "itself" }],
            outgoing: [{ to: "api-server" }, { to: "itself" }, { to: { namespace: vault.namespace }, ports: [8200] } satisfies Door],
        }, { parent: this });
        const installed = release(this, name, {
            home,
            chart: "external-secrets",
            namespace: space,
            values: { replicaCount: 2, leaderElect: true, webhook: { replicaCount: 2 }, certController: { replicaCount: 2 }, podDisruptionBudget: { enabled: true, minAvailable: 1 }, processClusterExternalSecret: false, serviceMonitor: { enabled: true } },
        });
        this.storeName = store;
        this.store = custom(this, `${name}-store`, {
            apiVersion: "external-secrets.io/v1",
            kind: "ClusterSecretStore",
            name: store,
            spec: {
                conditions: [{ namespaces: [...namespaces] }],
                provider: {
                    vault: {
                        server: vault.address,
                        path: vault.engine,
                        version: "v2",
                        caProvider: { type: "Secret", name: vault.authority, key: "ca.crt", namespace: vault.namespace },
                        auth: { kubernetes: { mountPath: "kubernetes", role: vault.role, serviceAccountRef: { name: "external-secrets", namespace: "external-secrets" } } },
                    },
                },
            },
        }, { dependsOn: [installed] });
        this.registerOutputs({});
    }
}
