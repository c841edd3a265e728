/** A regional group of Compute Engine instances, each of which runs the same compose project. */
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { parseMemory } from "../../../topology/quantities";
import { at } from "../../../topology/derive";
import { refuse } from "../../parts/component";
import { bootScript, composeOf, containerRange, nginxConfiguration, secretsAt, squidConfiguration } from "../compose";
import { accessOf } from "../access";
import { resolveComputeGroupArgs, type ComputeGroupArgs, type ComputeGroupHome, type ComputeGroupNeeds, type ResolvedComputeGroupArgs } from "./args";
import { granted, instanceGroup, keptSecrets } from "./instances";
import { privateNetwork } from "./network";
import { observability } from "./observability";

export type { ComputeGroupArgs, ComputeGroupHome, ComputeGroupNeeds, ComputeGroupPlatform } from "./args";

export interface BuiltComputeGroup {
    readonly home: ComputeGroupHome;
    readonly passwords: { readonly admin: pulumi.Output<string>; readonly user: pulumi.Output<string> };
    readonly facts: Readonly<Record<string, pulumi.Input<unknown>>>;
    serve(needs: ComputeGroupNeeds): void;
}

export function computeGroup(component: pulumi.ComponentResource, name: string, given: ComputeGroupArgs): BuiltComputeGroup {
    const args = resolveComputeGroupArgs(given, (problems) => refuse(component, "AgentCluster", name, problems));
    const { topology, platform, place, network, protect } = args;
    const prefix = topology.namespace;
    const managed = topology.places.find((one) => one.kind === "managed" && one.network === network.name);
    const made = privateNetwork(component, name, { prefix, region: platform.region, network, subnet: place.subnet!, services: managed?.subnet ?? "10.10.64.0/20", firewalls: args.firewalls });
    const account = new serviceaccount.Account(`${name}-account`, { accountId: `${prefix}-instances`, displayName: "Instances of the agent platform" }, { parent: component });
    const grants = granted(component, name, platform.project, account.email);
    observability(component, name, { prefix, project: platform.project, alertEmail: platform.alertEmail });

    const { passwords, secrets: own } = accessOf(component, name, protect, args.sessionKeys);
    let group: pulumi.Output<string> | undefined;
    const home: ComputeGroupHome = {
        prefix, project: platform.project, region: platform.region, protect, networkId: made.network.id, peering: made.peering, account: account.email, secrets: own, place,
        port: topology.services.find((service) => service.name === args.edge.enters)!.port!,
        group: () => group ?? refuseEarly(component, name),
    };
    return {
        home,
        passwords,
        facts: { network: made.network.name, account: account.email },
        serve(needs) {
            const kept = keptSecrets(component, name, { account, protect, secrets: secretsAt(topology, place.name), prefix, region: platform.region, values: { ...own, ...needs.secrets } });
            const pool = place.pools[0];
            group = instanceGroup(component, name, {
                prefix, region: platform.region, zones: platform.zones, machine: pool.machine, disk: Math.ceil((parseMemory(pool.disk ?? "30Gi") ?? 0) / 2 ** 30), min: pool.min, max: pool.max, cpuPercent: 60,
                tag: place.name, port: home.port, healthPath: "/health", networkId: made.network.id, subnetworkId: made.subnetwork.id, account: account.email,
                startupScript: kept.versions.apply((versions) => startup(args, home.port, versions, needs.stores)),
                after: [made.nat, ...grants, ...kept.grants, ...needs.after],
            }).instanceGroup;
        },
    };
}

function refuseEarly(component: pulumi.Resource, name: string): never {
    throw new pulumi.ResourceError(`AgentCluster "${name}" has no instances before serve()`, component, true);
}

/** Everything that an instance is told at boot; no secret is in it, only where each lies. */
export function startup({ topology, platform, place, images, edge }: ResolvedComputeGroupArgs, port: number, versions: Readonly<Record<string, string>>, stores: ComputeGroupNeeds["stores"]): string {
    const services = at(topology, place.name).services;
    const squid = services.find((service) => service.image === "squid");
    const callers = new Set(topology.flows.filter((flow) => flow.to === squid?.name).map((flow) => flow.from));
    const proxy: Record<string, string> = squid === undefined ? {} : { HTTPS_PROXY: `http://${squid.name}:${squid.port}`, NODE_USE_ENV_PROXY: "1", NO_PROXY: services.map((service) => service.name).join(",") };
    const project = composeOf({
        topology, place: place.name, images, published: [edge.enters],
        files: { [edge.enters]: [{ name: "nginx.conf", target: "/etc/nginx/nginx.conf" }], ...(squid === undefined ? {} : { [squid.name]: [{ name: "squid.conf", target: "/etc/squid/squid.conf" }] }) },
        logging: { driver: "gcplogs", options: { "gcp-project": platform.project, "gcp-log-cmd": "false", labels: "com.docker.compose.service" } },
        environment: Object.fromEntries([...callers].map((caller) => [caller, proxy])),
    });
    const api = edge.routes?.find((route) => route.path === "/api/")?.to ?? edge.enters;
    const registries = [...new Set(Object.values(images).map((image) => image.split("/")[0]!))].filter((host) => host.endsWith(".pkg.dev"));
    return bootScript({
        project,
        files: {
            "nginx.conf": nginxConfiguration({ topology, edge, port, health: api, caller: "google" }),
            ...(squid?.port === undefined ? {} : { "squid.conf": squidConfiguration({ port: squid.port, clients: [containerRange] }) }),
        },
        fetchSecrets: `token() { curl --fail --silent --show-error --retry 5 --header 'Metadata-Flavor: Google' 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token' | jq --raw-output .access_token; }
fetch_secret() {
    curl --fail --silent --show-error --retry 5 --header "Authorization: Bearer $(token)" "https://secretmanager.googleapis.com/v1/$2:access" | jq --raw-output .payload.data | base64 --decode | keep "$1"
}
${Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)).map(([secret, version]) => `fetch_secret ${secret} ${version}`).join("\n")}`,
        signIn: registries.map((host) => `token | docker login --username oauth2accesstoken --password-stdin https://${host}`).join("\n"),
        stores,
        packages: ["docker.io", "docker-compose", "ca-certificates", "curl", "jq", "iptables"],
    });
}
