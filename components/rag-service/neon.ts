/** Postgres at Neon, and the service that searches it on Cloud Run, beside the models of Vertex AI. */
import * as cloudrunv2 from "@pulumi/gcp/cloudrunv2";
import * as projects from "@pulumi/gcp/projects";
import * as secretmanager from "@pulumi/gcp/secretmanager";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as neon from "../../toolchain/plugins/neon/sdk";
import type { Share } from "../../topology/derive";
import type { ManagedPostgres, Service } from "../../topology/types";
import type { OciGatewayHome } from "../agent-cluster/oci-gateway";
import { refuse } from "../parts/component";

export interface NeonForm {
    readonly kind: "neon";
    /** Region of Neon, e.g. aws-eu-central-1. */
    readonly region: string;
    /** Neon's organization that pays. @default the personal account */
    readonly organization?: string | undefined;
    /** Where the search service runs. */
    readonly project: string;
    /** Google Cloud region of the service that searches. */
    readonly cloudRunRegion: string;
}

export interface NeonArgs {
    readonly form: NeonForm;
    /** `home` of an AgentCluster on a gateway at Oracle. */
    readonly home: OciGatewayHome;
    /** The store at Neon and the search service. */
    readonly share: Share;
}

/** What the search service is given once tunnel and tailnet are there. */
export interface SearchNeeds {
    readonly databaseHostname: string;
    readonly serviceToken: { readonly id: pulumi.Input<string>; readonly secret: pulumi.Input<string> };
    readonly tailnet: { readonly identity: string; readonly id: pulumi.Input<string>; readonly audience: pulumi.Input<string> };
}

export interface NeonDatabase {
    /** Secret values by `bundle/key`, for those whose address Neon lets in. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
    /** Host and port, for the tunnel. */
    readonly address: pulumi.Output<string>;
    /** The address to connect with for those that come by the tunnel: it ends at this port of their own machine. */
    readonly tunnelledUrl: pulumi.Output<string>;
    /** Unique id of the account that the search service runs as; its identity on the tailnet is bound to it. */
    readonly searchAccount: pulumi.Output<string>;
    search(needs: SearchNeeds): void;
}

const appRole = "agent_platform_app";
/** Where the tunnel to the database ends inside a container group. */
export const tunnelledPort = 15432;

export function neonDatabase(component: pulumi.ComponentResource, name: string, { form, home, share }: NeonArgs): NeonDatabase {
    const store = share.stores.find((one): one is ManagedPostgres => one.form === "neon");
    const service = share.services.find((one) => one.place !== undefined && home.topology.places.some((place) => place.name === one.place && place.kind === "cloud-run"));
    refuse(component, "RagService", name, [
        ...(store === undefined ? ["share.stores: there is no Postgres at Neon"] : []),
        ...(service?.port === undefined ? ["share.services: none with a port runs on Cloud Run"] : []),
    ]);
    const kept = { parent: component, protect: home.protect };
    const project = new neon.Project(`${name}-neon`, {
        name: home.prefix, region: form.region, postgresVersion: Number(store!.version), ...(form.organization === undefined ? {} : { organization: form.organization }), database: store!.database, role: store!.user,
        // One address may connect: that of the gateway, where the tunnel ends too.
        allowedAddresses: [home.address], suspendSeconds: -1,
    }, kept);
    const password = pulumi.secret(new random.RandomPassword(`${name}-app-password`, { length: 32, special: false }, kept).result);
    const account = new serviceaccount.Account(`${name}-search-account`, { project: form.project, accountId: `${home.prefix}-search`, displayName: "Search service of the agent platform" }, { parent: component });
    // A model may be asked, nothing else.
    new projects.IAMMember(`${name}-vertex`, { project: form.project, role: "roles/aiplatform.user", member: pulumi.interpolate`serviceAccount:${account.email}` }, { parent: component });
    // Neon finds the database by the name in TLS; through the tunnel the name is another, so it is told in the options.
    const tunnelledUrl = pulumi.secret(pulumi.interpolate`postgres://${appRole}:${password}@127.0.0.1:${tunnelledPort}/${store!.database}?sslmode=require&options=endpoint%3D${project.endpointId}`);
    return {
        secrets: {
            "database/url": pulumi.secret(pulumi.interpolate`postgres://${appRole}:${password}@${project.host}:${store!.port}/${store!.database}?sslmode=require`),
            "database/password": password,
            "database-owner/url": project.connectionUri,
        },
        address: pulumi.interpolate`${project.host}:${store!.port}`,
        tunnelledUrl,
        searchAccount: account.uniqueId,
        search: (needs) => searchService(component, name, { form, home, service: service!, account, tunnelledUrl, needs }),
    };
}

interface SearchArgs {
    readonly form: NeonForm;
    readonly home: OciGatewayHome;
    readonly service: Service;
    readonly account: serviceaccount.Account;
    readonly tunnelledUrl: pulumi.Output<string>;
    readonly needs: SearchNeeds;
}

/** One container group: the service, its place on the tailnet, and its end of the tunnel to the database. */
function searchService(parent: pulumi.Resource, name: string, { form, home, service, account, tunnelledUrl, needs }: SearchArgs): void {
    const { images, prefix, protect } = home;
    const [app, tailscale, cloudflared] = [images.app, images.tailscale, images.cloudflared];
    if (app === undefined || tailscale === undefined || cloudflared === undefined) throw new pulumi.ResourceError(`RagService "${name}" needs the images app, tailscale and cloudflared`, parent, true);
    const grants: pulumi.Resource[] = [];
    const secret = (key: string, value: pulumi.Input<string>) => {
        const kept = new secretmanager.Secret(`${name}-${key}-secret`, { project: form.project, secretId: `${prefix}-${key}`, replication: { userManaged: { replicas: [{ location: form.cloudRunRegion }] } } }, { parent, protect });
        const version = new secretmanager.SecretVersion(`${name}-${key}-version`, { secret: kept.id, secretData: pulumi.secret(value) }, { parent });
        grants.push(new secretmanager.SecretIamMember(`${name}-${key}-reader`, { secretId: kept.id, role: "roles/secretmanager.secretAccessor", member: pulumi.interpolate`serviceAccount:${account.email}` }, { parent }));
        return { secretKeyRef: { secret: kept.secretId, version: version.version } };
    };
    const fromSecrets = {
        DATABASE_URL: secret("database-url", tunnelledUrl),
        JWT_SECRET: secret("session-key", home.secrets["session/key"]!),
        ...(service.secrets["JWT_SECRET_PREVIOUS"] === undefined ? {} : { JWT_SECRET_PREVIOUS: secret("session-other-key", home.secrets["session/other-key"]!) }),
        TUNNEL_SERVICE_TOKEN_ID: secret("tunnel-token-id", needs.serviceToken.id),
        TUNNEL_SERVICE_TOKEN_SECRET: secret("tunnel-token-secret", needs.serviceToken.secret),
    };
    const taken = (...keys: (keyof typeof fromSecrets)[]) => keys.flatMap((key) => (fromSecrets[key] === undefined ? [] : [{ name: key as string, valueSource: fromSecrets[key] }]));
    const { limits } = service.resources;
    new cloudrunv2.Service(`${name}-search`, {
        project: form.project, location: form.cloudRunRegion, name: service.name, deletionProtection: protect,
        // Nobody comes in by Cloud Run's own address: callers are on the tailnet.
        ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY", invokerIamDisabled: false,
        template: {
            serviceAccount: account.email, executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2", timeout: "300s",
            // An instance that sleeps is not on the tailnet.
            scaling: { minInstanceCount: Math.max(1, service.replicas.min), maxInstanceCount: service.replicas.max },
            containers: [
                {
                    name: service.name, image: app, ports: { containerPort: service.port! }, dependsOns: ["tunnel"],
                    envs: [...Object.entries({ ...service.settings, GOOGLE_CLOUD_PROJECT: form.project, GOOGLE_CLOUD_LOCATION: form.cloudRunRegion }).map(([key, value]) => ({ name: key, value })), ...taken("DATABASE_URL", "JWT_SECRET", "JWT_SECRET_PREVIOUS")],
                    resources: { limits: { cpu: limits.cpu, memory: limits.memory }, cpuIdle: false, startupCpuBoost: true },
                    startupProbe: { httpGet: { path: service.health.startup.path ?? "/health", port: service.health.port }, periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 2 },
                    livenessProbe: { httpGet: { path: "/health", port: service.health.port }, periodSeconds: 10, timeoutSeconds: 3 },
                },
                {
                    name: "tunnel", image: cloudflared, args: ["access", "tcp", "--hostname", needs.databaseHostname, "--url", `127.0.0.1:${tunnelledPort}`], envs: taken("TUNNEL_SERVICE_TOKEN_ID", "TUNNEL_SERVICE_TOKEN_SECRET"),
                    resources: { limits: { cpu: "500m", memory: "256Mi" }, cpuIdle: false }, startupProbe: { tcpSocket: { port: tunnelledPort }, periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 2 },
                },
                {
                    name: "tailnet", image: tailscale,
                    // What arrives for this node is handed to the same port of the container group.
                    envs: Object.entries({ TS_USERSPACE: "true", TS_HOSTNAME: service.name, TS_STATE_DIR: "mem:", TS_EXTRA_ARGS: `--advertise-tags=${needs.tailnet.identity}`, TS_CLIENT_ID: needs.tailnet.id, TS_AUDIENCE: needs.tailnet.audience }).map(([key, value]) => ({ name: key, value })),
                    resources: { limits: { cpu: "500m", memory: "256Mi" }, cpuIdle: false },
                },
            ],
        },
        labels: { "part-of": "agent-platform" },
    }, { parent, dependsOn: grants });
}
