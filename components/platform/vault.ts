/** Vault: three copies that agree by Raft, opened by themselves, asked by pods with their Kubernetes identity. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { common, fixedName, refuse } from "../parts/component";
import { custom, release } from "./chart";
import type { PlatformHome } from "./home";
import { PlatformNamespace } from "./namespace";

/**
 * Who unseals Vault after a restart. Hetzner has no key service, so the key is kept where Vault itself is not: in
 * another Vault of the company, or in the key service of a cloud.
 */
export type Seal =
    | { readonly kind: "transit"; readonly address: string; readonly key: string; readonly token: pulumi.Input<string> }
    | { readonly kind: "gcpckms"; readonly project: string; readonly region: string; readonly keyRing: string; readonly key: string; readonly credentials: pulumi.Input<string> };

export interface VaultArgs {
    readonly home: PlatformHome;
    readonly storageClass: string;
    readonly seal: Seal;
    /** Who signs its certificate: an issuer of cert-manager for names inside the cluster. */
    readonly certificates: pulumi.Resource;
    /** Namespaces whose pods ask it. */
    readonly askedBy: readonly string[];
    /** An odd number, so that a majority exists. @default 3 */
    readonly replicas?: number;
}

/** Where it is, and the Secret with its certificate and that of its authority. */
export const vaultAddress = { namespace: "vault", url: "https://vault-active.vault.svc:8200", authority: "vault-tls", engine: "platform" } as const;

export class Vault extends pulumi.ComponentResource {
    readonly ready: k8s.helm.v3.Release;

    constructor(name: string, args: VaultArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:platform:Vault", name, {}, opts);
        const { home, storageClass, seal, replicas = 3 } = args;
        refuse(this, "Vault", name, [
            ...(replicas % 2 === 1 && replicas >= 3 ? [] : [`replicas: ${replicas} cannot lose one and keep a majority; choose 3 or 5`]),
            ...(seal.kind === "transit" && !seal.address.startsWith("https://") ? [`seal.address: "${seal.address}" is not reached over TLS`] : []),
        ]);
        const space = new PlatformNamespace("vault", {
            home,
            level: "restricted",
            keepsData: true,
            incoming: [{ to: "itself", ports: [8200, 8201] }, { to: { namespace: "monitoring" }, ports: [8200] }, ...args.askedBy.map((namespace) => ({ to: { namespace }, ports: [8200] }))],
            outgoing: [{ to: "itself", ports: [8200, 8201] }, { to: "api-server" }, { to: "internet", ports: [443, 8200] }],
        }, { parent: this });
        const names = ["vault", "vault-active", "vault-internal", ...Array.from({ length: replicas }, (_, index) => `vault-${index}.vault-internal`)].flatMap((host) => [host, `${host}.vault.svc`, `${host}.vault.svc.cluster.local`]);
        const issuer = custom(this, `${name}-authority`, { apiVersion: "cert-manager.io/v1", kind: "Issuer", name: "self", namespace: space.namespace, spec: { selfSigned: {} } }, { dependsOn: [args.certificates] });
        const certificate = custom(this, `${name}-certificate`, {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            name: "vault",
            namespace: space.namespace,
            spec: { secretName: vaultAddress.authority, commonName: "vault.vault.svc", dnsNames: names, ipAddresses: ["127.0.0.1"], duration: "2160h", renewBefore: "720h", privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" }, issuerRef: { name: "self", kind: "Issuer" } },
        }, { dependsOn: [issuer] });
        const key = new k8s.core.v1.Secret(`${name}-seal`, { metadata: { name: "vault-seal", namespace: space.namespace, labels: { ...common } }, stringData: sealSecrets(seal) }, fixedName(this));
        this.ready = release(this, name, {
            home,
            chart: "vault",
            namespace: space,
            // It is ready when somebody has initialised it, for which the key shares have to be handed to people.
            timeout: 3600,
            values: {
                global: { tlsDisable: false, serverTelemetry: { prometheusOperator: true } },
                injector: { enabled: false },
                csi: { enabled: false },
                ui: { enabled: true },
                server: {
                    logFormat: "json",
                    updateStrategyType: "RollingUpdate",
                    // Guaranteed: what it asks for is what it may use.
                    resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
                    statefulSet: { securityContext: { pod: { runAsNonRoot: true, runAsUser: 100, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } }, container: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } } },
                    extraEnvironmentVars: { VAULT_CACERT: "/vault/tls/ca.crt", VAULT_ADDR: "https://127.0.0.1:8200", ...(seal.kind === "gcpckms" ? { GOOGLE_APPLICATION_CREDENTIALS: "/vault/seal/credentials.json" } : {}) },
                    ...(seal.kind === "transit" ? { extraSecretEnvironmentVars: [{ envName: "VAULT_TOKEN", secretName: "vault-seal", secretKey: "token" }] } : {}),
                    volumes: [{ name: "tls", secret: { secretName: vaultAddress.authority, defaultMode: 0o440 } }, { name: "seal", secret: { secretName: "vault-seal", defaultMode: 0o440 } }],
                    volumeMounts: [{ name: "tls", mountPath: "/vault/tls", readOnly: true }, { name: "seal", mountPath: "/vault/seal", readOnly: true }],
                    dataStorage: { size: "10Gi", storageClass },
                    // Who asked for which secret, in the log of the container: the audit pipeline takes it from there.
                    auditStorage: { enabled: false },
                    ha: { enabled: true, replicas, raft: { enabled: true, setNodeId: true, config: serverConfig(seal, replicas) } },
                },
            },
        }, { dependsOn: [certificate, key] });
        this.registerOutputs({});
    }
}

function sealSecrets(seal: Seal): Record<string, pulumi.Output<string>> {
    return seal.kind === "transit" ? { token: pulumi.secret(seal.token) } : { "credentials.json": pulumi.secret(seal.credentials) };
}

/** Vault's own configuration. Secrets are not in it: they come in by files and variables. */
export function serverConfig(seal: Seal, replicas: number): string {
    const tls = ['  tls_cert_file = "/vault/tls/tls.crt"', '  tls_key_file = "/vault/tls/tls.key"', '  tls_client_ca_file = "/vault/tls/ca.crt"'];
    const others = Array.from({ length: replicas }, (_, index) => [
        "  retry_join {",
        `    leader_api_addr = "https://vault-${index}.vault-internal:8200"`,
        '    leader_ca_cert_file = "/vault/tls/ca.crt"',
        '    leader_client_cert_file = "/vault/tls/tls.crt"',
        '    leader_client_key_file = "/vault/tls/tls.key"',
        "  }",
    ]).flat();
    return [
        "ui = true",
        'listener "tcp" {',
        '  address = "[::]:8200"',
        '  cluster_address = "[::]:8201"',
        ...tls,
        '  tls_min_version = "tls12"',
        "  telemetry { unauthenticated_metrics_access = true }",
        "}",
        'storage "raft" {',
        '  path = "/vault/data"',
        ...others,
        "}",
        ...sealConfig(seal),
        'service_registration "kubernetes" {}',
        "telemetry {",
        '  prometheus_retention_time = "30s"',
        "  disable_hostname = true",
        "}",
        "",
    ].join("\n");
}

function sealConfig(seal: Seal): string[] {
    if (seal.kind === "transit") return ['seal "transit" {', `  address = "${seal.address}"`, '  mount_path = "transit/"', `  key_name = "${seal.key}"`, '  disable_renewal = "false"', "}"];
    return ['seal "gcpckms" {', `  project = "${seal.project}"`, `  region = "${seal.region}"`, `  key_ring = "${seal.keyRing}"`, `  crypto_key = "${seal.key}"`, "}"];
}
