/**
 * The hetzner blueprint: machines, a Talos cluster on them, the platform services in the order in which they need each
 * other, and the application. `platform` below is the sequence of docs/runbooks/hetzner.md.
 */
import { getZoneOutput } from "@pulumi/cloudflare/getZone";
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider";
import { Provider as HcloudProvider } from "@pulumi/hcloud/provider";
import type * as kubernetes from "@pulumi/kubernetes";
import { Provider as MinioProvider } from "@pulumi/minio/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AgentCluster } from "../components/agent-cluster";
import { secretFromVault } from "../components/parts/external-secret";
import { ObjectStore } from "../components/agent-cluster/talos-hetzner/buckets";
import { etcdBackupNamespace, versions } from "../components/agent-cluster/talos-hetzner/constants";
import { Provider as TalosProvider } from "../components/agent-cluster/talos-hetzner/talos";
import { Flowise, Ollama, SteelBrowser } from "../components/platform/ai";
import { Audit, lokiAddress } from "../components/platform/audit";
import { Authentik } from "../components/platform/authentik";
import type { Tool } from "../components/platform/authentik-blueprints";
import { CertManager } from "../components/platform/cert-manager";
import { CloudNativePg } from "../components/platform/cloudnative-pg";
import { EtcdBackup } from "../components/platform/etcd-backup";
import { ExternalDns } from "../components/platform/external-dns";
import { ExternalSecrets } from "../components/platform/external-secrets";
import { GitOps, gitOpsNamespace } from "../components/platform/gitops";
import type { PlatformHome } from "../components/platform/home";
import { Keda } from "../components/platform/keda";
import { storageClasses } from "../components/platform/longhorn";
import { Monitoring } from "../components/platform/monitoring";
import { PlatformNamespace } from "../components/platform/namespace";
import { NetBird } from "../components/platform/netbird";
import { fromGateway, PrivateGateway } from "../components/platform/private-gateway";
import { Signatures } from "../components/platform/signatures";
import { signedOnly } from "../components/platform/image-policies";
import { admissionOf } from "./admission";
import { Vault, vaultAddress } from "../components/platform/vault";
import { nameLabel } from "../topology/network-policies";
import { RagService } from "../components/rag-service";
import { TunnelEdge } from "../components/tunnel-edge";
import { UploadPipeline } from "../components/upload-pipeline";
import type { HetznerConfig } from "../config/hetzner";
import { groups } from "../config/identity";
import { alertsOf } from "../topology/alerts";
import { autoscalingOf, shareOf } from "../topology/derive";
import { hetznerFirewallsOf } from "../topology/firewalls";
import { networkPoliciesOf } from "../topology/network-policies";
import type { GatewayEdge, KubernetesPlace, Topology } from "../topology/types";
import type { Deployed } from ".";
import { secretBundles, sessionKeys } from "./app-settings";

/** Port of the app machines that operators alone reach. */
const privatePort = 8443;

/** The ClusterSecretStore that asks Vault. */
const vaultStore = "vault";
/** Where the application's values are in Vault, beside those of the platform's services; ops/vault-setup.sh makes them. */
const applicationPath = "application";

const passwordBy = (whose: string) => `vault kv get -field=agents-${whose}-password ${vaultAddress.engine}/${applicationPath}`;

export function deployHetzner(config: HetznerConfig, topology: Topology): Deployed {
    const randomProvider = new random.Provider("random");
    const place = topology.places[0] as KubernetesPlace;
    const store = objectStore(config);
    // The cluster comes first and its Secrets name what is installed in it afterwards.
    let vaultIs!: (ready: pulumi.Resource) => void;
    const vaultReady = new Promise<pulumi.Resource>((resolve) => (vaultIs = resolve));
    const cluster = new AgentCluster("agents", {
        platform: {
            kind: "talos-hetzner",
            place,
            network: topology.networks[0]!,
            firewall: hetznerFirewallsOf(topology).find((firewall) => firewall.place === place.name)!.rules,
            imageId: config.talosImage,
            talosVersion: versions.talos,
            kubernetesVersion: versions.kubernetes,
            entryPool: "app",
            sshPublicKey: config.sshPublicKey,
            egressMachine: config.machines.egress,
            token: pulumi.secret(config.hcloudToken),
            backups: { backups: store.bucket("longhorn"), schedule: { cron: "30 1 * * *", keep: 14 } },
            charts: config.charts,
            providers: { hcloud: new HcloudProvider("hcloud", { token: pulumi.secret(config.hcloudToken) }), talos: new TalosProvider("talos") },
        },
        namespace: topology.namespace,
        labels: signedOnly,
        share: shareOf(topology, "AgentCluster"),
        images: config.images,
        policies: networkPoliciesOf(topology),
        autoscaling: (service) => autoscalingOf(topology, service),
        secrets: secretBundles(config),
        secretSource: config.applicationSecrets === "vault" ? { kind: "vault", store: vaultStore, path: applicationPath, ready: vaultReady } : { kind: "pulumi" },
        sessionKeys: sessionKeys(config),
        protect: config.protectData,
    }, { providers: { random: randomProvider } });
    const { home, more } = cluster;
    const providers = { kubernetes: more.kubernetes, random: randomProvider };

    const { operator, issuer, vault, ready } = platform(config, topology, store, more.platform, providers);
    vaultIs(vault);
    const rag = new RagService("rag", {
        form: { kind: "cloudnativepg", archive: { url: pulumi.interpolate`s3://${store.bucket("postgres").bucket}/agents`, access: { kind: "s3", endpoint: `https://${config.objectStore.endpoint}`, accessKey: pulumi.secret(config.objectStore.accessKey), secretKey: pulumi.secret(config.objectStore.secretKey) } }, monitored: true },
        home: { ...home, storageClass: storageClasses.local, guards: [...home.guards, operator, ...ready] },
        share: shareOf(topology, "RagService"),
    }, { providers });
    const inside = { ...home, guards: [...home.guards, ...ready] };
    const upload = new UploadPipeline("upload", { form: { kind: "in-cluster" }, home: inside, share: shareOf(topology, "UploadPipeline"), database: rag.database }, { providers });
    cluster.serve({ secrets: rag.database.secrets, after: [rag.database.ready, ...upload.built.addresses] });
    const edge = topology.edges.find((one): one is GatewayEdge => one.kind === "gateway")!;
    const door = new TunnelEdge("edge", { form: { kind: "gateway" }, home: { ...home, guards: [...home.guards, issuer] }, edge, services: topology.services }, { providers, dependsOn: [issuer] });
    for (const service of topology.services.filter(({ name }) => name === edge.enters || edge.routes?.some((route) => route.to === name))) {
        fromGateway(door, service.name, { namespace: home.namespace, name: `${service.name}-from-gateway`, pods: { [nameLabel]: service.name }, port: service.port! });
    }
    const { record } = cloudflare(config, edge, more.cluster.appAddress).built;
    return { namespace: home.namespace, passwords: cluster.passwords, passwordsBy: cluster.passwords === undefined ? { admin: passwordBy("admin"), user: passwordBy("user") } : undefined, facts: { appAddress: more.cluster.appAddress, record, kubeconfig: more.cluster.kubeconfig, talosconfig: more.cluster.talosconfig } };
}

interface Providers {
    readonly kubernetes: kubernetes.Provider;
    readonly random: random.Provider;
}

/** Everything between the cluster and the application, each after what it needs. */
function platform(config: HetznerConfig, topology: Topology, store: ObjectStore, home: PlatformHome, providers: Providers) {
    const opts = { providers: { ...providers } };
    const internal = (tool: string) => `https://${tool}.${config.internalDomain}:${privatePort}`;
    const operatorsOnly: readonly Tool[] = [
        { name: "Grafana", slug: "grafana", address: internal("grafana"), groups: [...groups], signIn: { kind: "oidc", redirect: `${internal("grafana")}/login/generic_oauth` } },
        { name: "Devtron", slug: "devtron", address: internal("devtron"), groups: groups.slice(0, 2), signIn: { kind: "oidc", redirect: `${internal("devtron")}/orchestrator/api/dex/callback` } },
        { name: "Longhorn", slug: "longhorn", address: internal("longhorn"), groups: groups.slice(0, 1), signIn: { kind: "proxy", internal: "http://longhorn-frontend.longhorn-system.svc" } },
        ...config.signInTools,
    ];

    // 4. Networking and storage are there. Measures first: what follows tells how it is.
    const monitoring = new Monitoring("monitoring", {
        home, storageClass: storageClasses.durable,
        asks: topology.flows.flatMap(({ from, to, port }) => (from === "prometheus" && port !== undefined ? [{ name: to, namespace: topology.namespace, labels: { [nameLabel]: to }, port }] : [])),
        rules: Object.fromEntries(alertsOf(topology).map((group) => [group.name, { groups: [group] }])),
        dashboards: {},
        sources: [{ name: "Loki", type: "loki", url: lokiAddress }],
        signIn: { issuer: internal("auth"), address: internal("grafana"), secret: "grafana-sign-in" },
    }, opts);
    const measured: PlatformHome = { ...home, after: [...(home.after ?? []), monitoring.ready] };
    const certificates = new CertManager("cert-manager", { home: measured, issuer: topology.edges.flatMap((edge) => (edge.kind === "gateway" ? [edge.issuer] : []))[0]!, email: config.certificateEmail, proof: { kind: "cloudflare-dns", token: pulumi.secret(config.dnsToken) } }, opts);
    new ExternalDns("external-dns", { home: measured, zones: [config.dnsZone], token: pulumi.secret(config.dnsToken), owner: "agent-platform", labels: { "agent-platform/public": "true" } }, opts);
    const operator = new CloudNativePg("cloudnative-pg", { home: measured, manages: [topology.namespace, "authentik"], image: config.images["cloudnative-pg-operator"]!, certificates: certificates.issuer }, opts);
    new Keda("keda", { home: measured, looksInto: [{ namespace: topology.namespace, ports: portsAskedBy(topology, "keda-operator") }] }, opts);
    new EtcdBackup("etcd-backup", { home: measured, namespace: etcdBackupNamespace, image: config.images["talos-backup"]!, schedule: "15 * * * *", bucket: store.bucket("etcd"), clusterName: "agents", ageRecipient: config.backupRecipient }, opts);

    // 5. Secrets and identity.
    const vault = new Vault("vault", { home: measured, storageClass: storageClasses.durable, seal: { kind: "transit", ...config.vaultSeal, token: pulumi.secret(config.vaultSeal.token) }, certificates: certificates.issuer, askedBy: ["external-secrets"] }, opts);
    const secrets = new ExternalSecrets("external-secrets", { store: vaultStore, home: { ...measured, after: [...measured.after!, vault.ready] }, vault: { address: vaultAddress.url, namespace: vaultAddress.namespace, engine: vaultAddress.engine, role: "external-secrets", authority: vaultAddress.authority }, namespaces: [topology.namespace, "authentik", "monitoring", "flowise", gitOpsNamespace] }, opts);
    const fromVault = { store: secrets.storeName, path: "platform" };
    const authentik = new Authentik("authentik", { home: measured, tools: operatorsOnly, sources: config.identitySources, groups, insideRanges: [config.vpnCidr, topology.networks[0]!.cidr], secrets: { ...fromVault, ready: secrets.store }, database: { storageClass: storageClasses.local, operator: operator.ready } }, opts);
    secretFromVault(monitoring, "grafana-sign-in", { ...fromVault, namespace: "monitoring", secret: "grafana-sign-in", path: "grafana", keys: ["client-secret"] }, { dependsOn: [secrets.store] });
    const audit = new Audit("loki", { home: measured, storageClass: storageClasses.durable, bucket: store.bucket("logs"), mayChangeRights: config.mayChangeRights }, opts);
    new NetBird("netbird", { home: measured, image: config.images.netbird!, management: config.netbird.management, setupKey: pulumi.secret(config.netbird.setupKey), reaches: [{ cidr: "10.0.0.0/24", ports: [6443, 50000] }, { cidr: "10.0.1.0/24", ports: [privatePort] }] }, opts);

    // 6. Delivery: only what it has signed runs from here on.
    const signatures = new Signatures("signatures", { home: measured, ...admissionOf(config.images, config.signing), highestScore: 8.9 }, opts);
    const gitOps = new GitOps("gitops", { home: measured, repository: config.gitRepository, applications: [{ name: "customers", folder: "gitops/customers", namespace: "customers" }], storageClass: storageClasses.durable }, opts);
    customers(home, gitOps, opts);

    // 7. Models, a browser, flows.
    const after = signatures.ready;
    const asked = (...namespaces: string[]) => namespaces.map((namespace) => ({ to: { namespace } }));
    new Ollama("ollama", { home: measured, image: config.images.ollama!, replicas: 2, pool: "ai", storageClass: storageClasses.local, parallel: 4, askedBy: asked(topology.namespace, "flowise"), after }, opts);
    new SteelBrowser("steel-browser", { home: measured, image: config.images["steel-browser"]!, replicas: 2, pool: "ai", askedBy: asked(topology.namespace, "flowise"), after }, opts);
    new Flowise("flowise", { home: measured, image: config.images.flowise!, replicas: 1, pool: "app", storageClass: storageClasses.durable, secrets: { ...fromVault, path: "flowise" }, askedBy: [], after: [...after, secrets.store] }, opts);

    new PrivateGateway("private-gateway", {
        home: measured, gatewayClass: "cilium", port: privatePort, domain: config.internalDomain, issuer: "letsencrypt-prod",
        tools: [
            { name: "auth", service: "authentik-server", namespace: "authentik", port: 80, pods: { "app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server" }, podPort: 9000 },
            { name: "grafana", service: "monitoring-grafana", namespace: "monitoring", port: 80, pods: { "app.kubernetes.io/name": "grafana" }, podPort: 3000 },
            { name: "devtron", service: "devtron-service", namespace: gitOpsNamespace, port: 80, pods: { app: "devtron" }, podPort: 8080 },
            { name: "longhorn", service: "ak-outpost-private-tools", namespace: "authentik", port: 9000, pods: { "app.kubernetes.io/name": "authentik-outpost-proxy" }, podPort: 9000 },
            { name: "flowise", service: "flowise", namespace: "flowise", port: 3000, pods: { "app.kubernetes.io/name": "flowise" }, podPort: 3000 },
        ],
        after: [certificates.issuer, authentik.ready, audit.ready, monitoring.ready, gitOps.ready],
    }, opts);
    return { operator: operator.ready, issuer: certificates.issuer, vault: secrets.store, ready: [...signatures.ready, monitoring.ready] };
}

/** Buckets by what they are for. */
function objectStore({ objectStore: store, protectData }: HetznerConfig): ObjectStore {
    const { endpoint, region, accessKey, secretKey, prefix } = store;
    const provider = new MinioProvider("minio", { minioServer: endpoint, minioRegion: region, minioUser: pulumi.secret(accessKey), minioPassword: pulumi.secret(secretKey), minioSsl: true });
    return new ObjectStore("backups", { endpoint, region, accessKey, secretKey, prefix, purposes: ["etcd", "longhorn", "postgres", "logs"], protect: protectData }, { providers: [provider] });
}

/** Ports at which a part of the platform asks services and stores of ours. */
function portsAskedBy(topology: Topology, part: string): number[] {
    return [...new Set(topology.flows.flatMap(({ from, port }) => (from === part && port !== undefined ? [port] : [])))];
}

/** Where applications of customers go, which the repository describes; the gateway reaches them, and they the world. */
function customers(home: PlatformHome, gitOps: GitOps, opts: pulumi.ComponentResourceOptions): void {
    const space = new PlatformNamespace("customers", { home, level: "restricted", signed: true, incoming: [{ to: "itself" }], outgoing: [{ to: "itself" }, { to: "internet", ports: [443] }] }, { ...opts, parent: gitOps });
    fromGateway(gitOps, "customers", { namespace: space.namespace, name: "from-gateway", pods: { "agent-platform/public": "true" }, port: 8080 });
}

/** People → Cloudflare → the App load balancer, under our name and those of customers. */
function cloudflare({ dnsZone, cloudflareToken }: HetznerConfig, edge: GatewayEdge, loadBalancer: pulumi.Output<string>): TunnelEdge<"cloudflare-proxy"> {
    const provider = new CloudflareProvider("cloudflare", { apiToken: pulumi.secret(cloudflareToken) });
    const zoneId = getZoneOutput({ filter: { name: dnsZone } }, { provider }).zoneId.apply((id) => id ?? "");
    return new TunnelEdge("app", { form: { kind: "cloudflare-proxy", zoneId, zoneName: dnsZone, edge, loadBalancer }, prefix: "agent-platform" }, { providers: { cloudflare: provider } });
}
