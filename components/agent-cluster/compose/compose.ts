/**
 * The services of one place as a Docker Compose project: what a machine that runs containers by itself is told.
 * Who may talk to whom is the topology's: each called service has a network of its own, which only its callers share.
 */
import type { Flow, ImageName, Runnable, SecretName, Service, Task, Topology } from "../../../topology/types";
import { at } from "../../../topology/derive";
import { parseCpu, parseMemory } from "../../../topology/quantities";
import { users } from "../../parts/pod";

/** A compose file, as much of its format as is used (https://compose-spec.io). */
export interface ComposeProject {
    readonly name: string;
    readonly services: Readonly<Record<string, ComposeService>>;
    readonly networks: Readonly<Record<string, { readonly internal?: true; readonly driver_opts?: Readonly<Record<string, string>>; readonly ipam: { readonly config: readonly { readonly subnet: string }[] } }>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
    readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

export interface ComposeService {
    readonly image: string;
    readonly command?: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly user: string;
    readonly read_only: true;
    readonly cap_drop: readonly ["ALL"];
    readonly security_opt: readonly ["no-new-privileges:true"];
    readonly tmpfs: readonly string[];
    readonly cpus: number;
    readonly mem_limit: number;
    readonly pids_limit: number;
    readonly init: true;
    readonly restart: "always" | "no";
    readonly stop_grace_period?: string;
    readonly ports?: readonly string[];
    readonly networks: Readonly<Record<string, { readonly aliases: readonly string[] }>>;
    readonly secrets?: readonly { readonly source: string; readonly target: string }[];
    readonly configs?: readonly { readonly source: string; readonly target: string }[];
    readonly healthcheck?: { readonly test: readonly string[]; readonly interval: string; readonly timeout: string; readonly start_period: string; readonly retries: number };
    readonly depends_on?: Readonly<Record<string, { readonly condition: "service_completed_successfully" | "service_started"; readonly restart?: true }>>;
    readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
}

export interface ComposeArgs {
    readonly topology: Topology;
    /** The machine's place. */
    readonly place: string;
    readonly images: Readonly<Partial<Record<ImageName, string>>>;
    /** Services that listen on the machine's own address, because the load balancer or the tailnet reaches them there. */
    readonly published: readonly string[];
    /** Configuration files by service: content is not here, only where it lies and where it is wanted. */
    readonly files: Readonly<Record<string, readonly { readonly name: string; readonly target: string }[]>>;
    readonly logging: ComposeService["logging"];
    /** More of the environment, by service. */
    readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Folders on the machine. Secrets are in memory only. */
export const folders = { configuration: "/etc/agent-platform", secrets: "/run/agent-platform/secrets" } as const;
/** Where containers find their secrets. */
const mounted = "/run/secrets/agent-platform";
/** All networks of the project lie in here; the machine's own firewall speaks of it. */
export const containerRange = "172.30.0.0/16";
/** The network of those that reach stores: nothing else is let out of it. */
export const storesNetwork = { name: "stores", bridge: "ap-stores", subnet: "172.30.0.0/24" } as const;
/** The network of those that may call the internet. */
export const internetNetwork = { name: "internet", bridge: "ap-internet", subnet: "172.30.1.0/24" } as const;
/** The network through which published ports are reached. */
export const entryNetwork = { name: "entry", bridge: "ap-entry", subnet: "172.30.2.0/24" } as const;

export function composeOf(args: ComposeArgs): ComposeProject {
    const here = at(args.topology, args.place);
    const names = new Set([...here.services, ...here.tasks].map((one) => one.name));
    const flows = args.topology.flows.filter((flow) => names.has(flow.from) || names.has(flow.to));
    const called = [...new Set(flows.filter((flow) => names.has(flow.from) && names.has(flow.to)).map((flow) => flow.to))].sort();
    const networksOf = (name: string) => networkNames(name, flows, names, called, args.published);
    const services = Object.fromEntries([
        ...here.tasks.map((task) => [composeName(task.name), container(args, task, networksOf(task.name))] as const),
        ...here.services.map((service) => [composeName(service.name), container(args, service, networksOf(service.name), here.tasks)] as const),
    ]);
    const used = new Set(Object.values(services).flatMap((service) => Object.keys(service.networks)));
    const secrets = [...new Set([...here.services, ...here.tasks].flatMap((one) => Object.values(one.secrets)))].sort();
    return {
        name: args.topology.namespace,
        services,
        networks: Object.fromEntries([
            ...[storesNetwork, internetNetwork, entryNetwork].filter((one) => used.has(one.name)).map(({ name, bridge, subnet }) => [name, { driver_opts: { "com.docker.network.bridge.name": bridge }, ipam: { config: [{ subnet }] } }] as const),
            ...called.map((name, index) => [`to-${name}`, { internal: true as const, ipam: { config: [{ subnet: `172.30.${16 + index}.0/24` }] } }] as const),
        ]),
        secrets: Object.fromEntries(secrets.map((name) => [secretKey(name), { file: `${folders.secrets}/${name}` }])),
        configs: Object.fromEntries(Object.values(args.files).flat().map(({ name }) => [name.replaceAll(".", "-"), { file: `${folders.configuration}/${name}` }])),
    };
}

/** As document 002 writes them: `plugin_daemon`; the name of the topology is an alias in every network. */
export function composeName(name: string): string {
    return name.replaceAll("-", "_");
}

/** The secrets that a place needs, as the machine's boot fetches them. */
export function secretsAt(topology: Topology, place: string): SecretName[] {
    const here = at(topology, place);
    return [...new Set([...here.services, ...here.tasks].flatMap((one) => Object.values(one.secrets)))].sort();
}

function networkNames(name: string, flows: readonly Flow[], here: ReadonlySet<string>, called: readonly string[], published: readonly string[]): string[] {
    const mine = flows.filter((flow) => flow.from === name);
    const inner = [...mine.filter((flow) => here.has(flow.to)).map((flow) => `to-${flow.to}`), ...(called.includes(name) ? [`to-${name}`] : [])];
    const outer = mine.filter((flow) => !here.has(flow.to));
    return [
        ...(published.includes(name) ? [entryNetwork.name] : []),
        ...(outer.some((flow) => flow.port !== undefined) ? [storesNetwork.name] : []),
        ...(outer.some((flow) => flow.port === undefined) ? [internetNetwork.name] : []),
        ...[...new Set(inner)].sort(),
    ];
}

function container(args: ComposeArgs, one: Service | Task, networks: readonly string[], first: readonly Task[] = []): ComposeService {
    const image = args.images[one.image];
    if (image === undefined) throw new Error(`there is no image "${one.image}" for ${one.name}`);
    const user = `${users[one.image]}:${users[one.image]}`;
    const files = args.files[one.name] ?? [];
    const service = "health" in one ? one : undefined;
    return {
        image,
        ...(one.args === undefined ? {} : { command: one.args }),
        environment: environmentOf(one, args.environment?.[one.name] ?? {}),
        user,
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        tmpfs: [`/tmp:size=${parseMemory(one.scratch)},uid=${users[one.image]},gid=${users[one.image]},mode=0700`],
        cpus: (parseCpu(one.resources.limits.cpu) ?? 1000) / 1000,
        mem_limit: parseMemory(one.resources.limits.memory) ?? 0,
        pids_limit: 512,
        init: true,
        restart: service === undefined ? "no" : "always",
        ...(service === undefined ? {} : { stop_grace_period: `${service.graceSeconds}s` }),
        ...(service?.port !== undefined && args.published.includes(one.name) ? { ports: [`${service.port}:${service.port}`] } : {}),
        networks: Object.fromEntries(networks.map((network) => [network, { aliases: [one.name] }])),
        ...(Object.keys(one.secrets).length === 0 ? {} : { secrets: [...new Set(Object.values(one.secrets))].sort().map((name) => ({ source: secretKey(name), target: `${mounted}/${name}` })) }),
        ...(files.length === 0 ? {} : { configs: files.map(({ name, target }) => ({ source: name.replaceAll(".", "-"), target })) }),
        ...(service !== undefined && service.image === "app" ? { healthcheck: healthOf(service) } : {}),
        ...(first.length === 0 || service?.image !== "app" ? {} : { depends_on: Object.fromEntries(first.map((task) => [composeName(task.name), { condition: "service_completed_successfully" as const }])) }),
        logging: args.logging,
    };
}

function environmentOf(one: Runnable, more: Readonly<Record<string, string>>): Record<string, string> {
    const files = Object.entries(one.secrets).map(([name, secret]) => [`${name}_FILE`, `${mounted}/${secret}`] as const);
    // In a compose file `$` begins a variable.
    return Object.fromEntries([...Object.entries(one.settings), ...files, ...Object.entries(more)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value.replaceAll("$", "$$$$")]));
}

/** The app's image has no shell: Node asks. */
function healthOf({ health }: Service): NonNullable<ComposeService["healthcheck"]> {
    const { path = "/health", periodSeconds, initialDelaySeconds = 0 } = health.liveness ?? health.readiness;
    const question = `fetch("http://127.0.0.1:${health.port}${path}").then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;
    return { test: ["CMD", "/usr/local/bin/node", "-e", question], interval: `${periodSeconds}s`, timeout: "3s", start_period: `${Math.max(30, initialDelaySeconds)}s`, retries: 3 };
}

function secretKey(name: SecretName): string {
    return name.replaceAll("/", "-");
}
