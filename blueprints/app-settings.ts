/** What the settings of the application add to a topology, whatever its blueprint: variables, secrets, and whom they let it call. */
import { chosenOf, type AppSettings, type Call } from "../config/app-settings";
import { addressOf } from "../topology/addresses";
import { placeOf } from "../topology/derive";
import type { Flow, Party, PlatformPart, SecretName, Service, Topology } from "../topology/types";

/** The same topology where nothing is chosen. */
export function withAppSettings(topology: Topology, settings: AppSettings): Topology {
    const chosen = chosenOf(withPublicUrl(topology, settings));
    if (chosen.length === 0) return topology;
    let result: Topology = { ...topology, services: topology.services.map((service) => {
        const mine = chosen.filter(({ roles }) => roles.some((role) => isRole(service, role)));
        if (mine.length === 0) return service;
        const open = mine.flatMap(({ variable, text, kept }) => (kept === undefined ? [[variable, text] as const] : []));
        const secret = mine.flatMap(({ variable, kept }) => (kept === undefined ? [] : [[variable, kept] as const]));
        return { ...service, settings: { ...service.settings, ...Object.fromEntries(open) }, secrets: { ...service.secrets, ...Object.fromEntries<SecretName>(secret) } };
    }) };
    for (const { roles, calls } of chosen) {
        for (const service of topology.services.filter((one) => roles.some((role) => isRole(one, role)))) {
            for (const call of calls) result = withCall(result, service, call, settings);
        }
    }
    return result;
}

function isRole(service: Service, role: string): boolean {
    return service.image === "app" && service.settings.ROLE === role;
}

/** A provider of sign-ins sends people back to where they came from: to the edge, unless it is said otherwise. */
function withPublicUrl(topology: Topology, settings: AppSettings): AppSettings {
    const edge = topology.edges.find(({ address }) => address.startsWith("https://"));
    return settings.oidcProviders === undefined || settings.publicUrl !== undefined || edge === undefined ? settings : { ...settings, publicUrl: edge.address };
}

function withCall(topology: Topology, caller: Service, call: Call, { outgoingAllowedHosts = [] }: AppSettings): Topology {
    const address = addressOf(call.url);
    if (address === undefined) throw new Error(`config/app-checks.ts lets an address through that is none, for ${call.purpose}`);
    if (address.kind === "cluster") {
        const { service, namespace, port, tls } = address;
        const known = topology.platform.find((part) => part.namespace === namespace && part.port === port);
        // Which pods stand behind the name only that namespace knows, so all of them may be called at this port.
        const part: PlatformPart = known ?? { name: nameFor(topology, service === namespace ? service : `${service}-${namespace}`, port), owner: caller.owner, purpose: call.purpose, namespace, labels: {}, port, ...(tls ? { tls } : {}) };
        return withFlow(known === undefined ? { ...topology, platform: [...topology.platform, part] } : topology, { from: caller.name, to: part.name, port });
    }
    const { host, port } = address;
    const cidr = outgoingAllowedHosts.find((one) => one.host === host)?.cidr;
    const known = topology.parties.find((party) => party.hosts?.includes(host) === true && party.ports.some((one) => one.port === port));
    const party: Party = known ?? { name: nameFor(topology, host, port), purpose: call.purpose, ports: [{ port, protocol: "TCP" }], speaks: "tls", hosts: [host], ...(cidr === undefined ? {} : { cidr }) };
    const there = known === undefined ? { ...topology, parties: [...topology.parties, party] } : topology;
    // Where there is a proxy, it is the only way out.
    const proxy = topology.services.find((service) => service.image === "squid" && placeOf(topology, service.name) === placeOf(topology, caller.name));
    return proxy === undefined ? withFlow(there, { from: caller.name, to: party.name }) : withFlow(withFlow(there, { from: caller.name, to: proxy.name, port: proxy.port! }), { from: proxy.name, to: party.name });
}

function withFlow(topology: Topology, flow: Flow): Topology {
    return topology.flows.some(({ from, to, port }) => from === flow.from && to === flow.to && port === flow.port) ? topology : { ...topology, flows: [...topology.flows, flow] };
}

/** A DNS label that nobody has yet: what is `login.example.com` for people is `login-example-com` in a drawing. */
function nameFor(topology: Topology, host: string, port: number): string {
    const taken = new Set([...topology.services, ...topology.tasks, ...topology.stores, ...topology.platform, ...topology.parties, ...topology.edges].map(({ name }) => name));
    const words = host.replaceAll(/[^a-z0-9]+/g, "-");
    const name = (/^[a-z]/.test(words) ? words : `host-${words}`).slice(0, 57).replace(/-+$/, "");
    return taken.has(name) ? `${name}-${port}` : name;
}
