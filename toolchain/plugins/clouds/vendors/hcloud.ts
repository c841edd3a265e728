/** Hetzner Cloud: numbers for identifiers, and everything refers by them. */
import { isObject, type Props, type Value } from "../../sdk/values";
import type { CloudObject, Kind, Making, Vendor } from "../vendor";

const LOCATIONS: Readonly<Record<string, { zone: string; city: string }>> = {
    fsn1: { zone: "eu-central", city: "Falkenstein" },
    nbg1: { zone: "eu-central", city: "Nuremberg" },
    hel1: { zone: "eu-central", city: "Helsinki" },
    ash: { zone: "us-east", city: "Ashburn, VA" },
    hil: { zone: "us-west", city: "Hillsboro, OR" },
    sin: { zone: "ap-southeast", city: "Singapore" },
};

/** Cores, memory in GB, disk in GB. */
const SERVER_TYPES: Readonly<Record<string, [number, number, number]>> = {
    cx22: [2, 4, 40], cx32: [4, 8, 80], cx42: [8, 16, 160], cx52: [16, 32, 320], cx23: [2, 4, 40], cx33: [4, 8, 80], cx43: [8, 16, 160], cx53: [16, 32, 320],
    cax11: [2, 4, 40], cax21: [4, 8, 80], cax31: [8, 16, 160], cax41: [16, 32, 320],
    cpx11: [2, 2, 40], cpx21: [3, 4, 80], cpx31: [4, 8, 160], cpx41: [8, 16, 240], cpx51: [16, 32, 360],
    ccx13: [2, 8, 80], ccx23: [4, 16, 160], ccx33: [8, 32, 240], ccx43: [16, 64, 360], ccx53: [32, 128, 600], ccx63: [48, 192, 960],
};

const kinds: Record<string, Kind> = {
    server: {
        immutable: ["image", "location", "datacenter", "userData", "sshKeys"],
        check: ({ serverType, location, image }) => [
            ...(typeof serverType === "string" && !(serverType in SERVER_TYPES) ? [{ property: "serverType", reason: `server type ${serverType} not found` }] : []),
            ...atLocation(location),
            ...(image === undefined ? [{ property: "image", reason: "is needed to create a server" }] : []),
        ],
        outputs: (making) => {
            const { inputs, seed } = making;
            const location = typeof inputs.location === "string" ? inputs.location : "fsn1";
            const [first] = Array.isArray(inputs.publicNets) ? inputs.publicNets : [];
            const open = (family: "ipv4" | "ipv6") => !isObject(first) || first[`${family}Enabled`] !== false;
            return {
                location,
                datacenter: `${location}-dc${seed.number(3, 14)}`,
                status: "running",
                backupWindow: inputs.backups === true ? "22-02" : "",
                primaryDiskSize: SERVER_TYPES[String(inputs.serverType)]?.[2] ?? 40,
                ipv4Address: open("ipv4") ? seed.publicAddress() : "",
                ipv6Address: open("ipv6") ? seed.publicAddress6() : "",
                ipv6Network: open("ipv6") ? seed.publicAddress6().replace(/::1$/, "::/64") : "",
                networks: attachments(making),
            };
        },
    },
    network: {
        immutable: ["ipRange"],
        check: ({ ipRange }) => badRange("ipRange", ipRange),
    },
    networkSubnet: {
        immutable: ["networkId", "ipRange", "networkZone", "type", "vswitchId"],
        check: ({ ipRange, type }) => [...badRange("ipRange", ipRange), ...(typeof type === "string" && !["cloud", "server", "vswitch"].includes(type) ? [{ property: "type", reason: `expected type to be one of [cloud server vswitch], got ${type}` }] : [])],
        id: ({ inputs }) => `${inputs.networkId}-${inputs.ipRange}`,
        outputs: ({ inputs }) => ({ gateway: String(inputs.ipRange).replace(/\d+\/\d+$/, "1") }),
        refuse: ({ inputs, find, all, type }) => {
            const network = find(inputs.networkId, "hcloud:index/network:Network");
            const range = String(inputs.ipRange);
            if (network !== undefined && !contains(String(network.inputs.ipRange), range)) return `invalid input in field 'ip_range': ${range} is not part of the network's range ${String(network.inputs.ipRange)} (invalid_input)`;
            const other = all(type).find((subnet) => String(subnet.inputs.networkId) === String(inputs.networkId) && overlap(String(subnet.inputs.ipRange), range));
            return other === undefined ? undefined : `subnet ${range} overlaps with ${String(other.inputs.ipRange)} (invalid_input)`;
        },
    },
    networkRoute: { immutable: ["networkId", "destination", "gateway"], id: ({ inputs }) => `${inputs.networkId}-${inputs.destination}` },
    serverNetwork: {
        immutable: ["serverId", "networkId", "subnetId", "ip"],
        id: (making) => `${making.inputs.serverId}-${making.inputs.networkId ?? networkOf(making.inputs.subnetId)}`,
        outputs: (making) => ({ ip: making.seed.addressIn(rangeOf(making, making.inputs.subnetId, making.inputs.networkId)), macAddress: mac(making) }),
    },
    loadBalancer: {
        immutable: ["location", "networkZone"],
        check: ({ location }) => atLocation(location),
        outputs: ({ seed, inputs }) => {
            const location = typeof inputs.location === "string" ? inputs.location : "fsn1";
            return { ipv4: seed.publicAddress(), ipv6: seed.publicAddress6(), location, networkZone: LOCATIONS[location]?.zone ?? "eu-central", networkIp: "", networkId: 0, algorithm: { type: "round_robin" } };
        },
    },
    loadBalancerNetwork: {
        immutable: ["loadBalancerId", "networkId", "subnetId", "ip"],
        id: ({ inputs }) => `${inputs.loadBalancerId}-${inputs.networkId ?? networkOf(inputs.subnetId)}`,
        outputs: (making) => ({ ip: making.seed.addressIn(rangeOf(making, making.inputs.subnetId, making.inputs.networkId)) }),
    },
    loadBalancerService: { immutable: ["loadBalancerId", "listenPort"], id: ({ inputs }, outputs) => `${inputs.loadBalancerId}__${inputs.listenPort ?? outputs.listenPort ?? (inputs.protocol === "https" ? 443 : 80)}`, outputs: ({ inputs }) => servicePorts(inputs) },
    loadBalancerTarget: { immutable: ["loadBalancerId", "serverId", "type", "labelSelector", "ip"], id: ({ inputs }) => `lb-${inputs.type}-tgt-${inputs.serverId ?? inputs.labelSelector ?? inputs.ip}-${inputs.loadBalancerId}` },
    volume: { immutable: ["location", "format"], replacedBy: (before, after) => (Number(after.size) < Number(before.size) ? ["size"] : []), outputs: ({ seed, inputs }) => ({ linuxDevice: `/dev/disk/by-id/scsi-0HC_Volume_${seed.of("id").digits(8)}`, location: inputs.location ?? "fsn1", serverId: inputs.serverId ?? 0 }) },
    volumeAttachment: { immutable: ["serverId", "volumeId"], id: ({ inputs }) => String(inputs.volumeId) },
    placementGroup: { immutable: ["type"], outputs: () => ({ servers: [] }) },
    sshKey: { immutable: ["publicKey"], outputs: ({ seed }) => ({ fingerprint: seed.hex(32).replace(/(..)(?!$)/g, "$1:") }) },
    primaryIp: { immutable: ["type", "location", "datacenter"], outputs: ({ seed, inputs }) => ({ ipAddress: inputs.type === "ipv6" ? seed.publicAddress6() : seed.publicAddress(), ipNetwork: "", assigneeId: inputs.assigneeId ?? 0, location: inputs.location ?? "fsn1" }) },
    floatingIp: { immutable: ["type", "homeLocation"], outputs: ({ seed }) => ({ ipAddress: seed.publicAddress(), ipNetwork: "" }) },
    firewallAttachment: { immutable: ["firewallId"], id: ({ inputs }) => String(inputs.firewallId) },
};

export const hcloud: Vendor = {
    name: "hcloud",
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`hcloud:index/${name}:${name[0]!.toUpperCase()}${name.slice(1)}`, kind])),
    id: ({ seed }) => seed.of("id").digits(8),
    immutable: () => false,
    autonames: true,
    outside: new Set(["image", "vswitch", "project"]),
    namesWithoutId: false,
    commonModules: [],
    missing: (name, value) => `${spaced(name)} with ID '${value}' not found (not_found)`,
    inUse: (object, by) => `${lastOf(object)} with ID '${object.id}' is still in use by ${lastOf(by)} ${by.id} (resource_in_use)`,
    exists: (object) => `${lastOf(object)} ${object.id} already exists (uniqueness_error)`,
    value: (name, { seed }) => (name === "created" ? undefined : name === "macAddress" ? `86:00:00:${seed.hex(6).replace(/(..)(?!$)/g, "$1:")}` : undefined),
    invokes: {
        "hcloud:index/getLocations:getLocations": () => ({ names: Object.keys(LOCATIONS), locations: Object.entries(LOCATIONS).map(([name, { zone, city }], index) => ({ id: index + 1, name, city, networkZone: zone, country: "DE", description: `${city} DC Park 1`, latitude: 50, longitude: 12 })) }),
        "hcloud:index/getLocation:getLocation": ({ inputs }) => ({ networkZone: LOCATIONS[String(inputs.name)]?.zone ?? "eu-central", city: LOCATIONS[String(inputs.name)]?.city ?? "" }),
        "hcloud:index/getImage:getImage": ({ inputs, seed }) => ({ id: Number(seed.digits(9)), status: "available", architecture: inputs.withArchitecture ?? "x86", type: "snapshot", osFlavor: "unknown", description: String(inputs.withSelector ?? inputs.name ?? "") }),
        "hcloud:index/getServerType:getServerType": ({ inputs }) => {
            const [cores, memory, disk] = SERVER_TYPES[String(inputs.name)] ?? [2, 4, 40];
            return { cores, memory, disk, architecture: String(inputs.name).startsWith("cax") ? "arm" : "x86", cpuType: String(inputs.name).startsWith("ccx") ? "dedicated" : "shared", storageType: "local" };
        },
    },
};

function attachments(making: Making): Value {
    const { networks } = making.inputs;
    if (!Array.isArray(networks)) return [];
    return networks.map((network, index) => {
        const given = isObject(network) ? network : {};
        const seed = making.seed.of(`network ${index}`);
        return { aliasIps: [], ip: seed.addressIn(rangeOf(making, given.subnetId, given.networkId)), macAddress: `86:00:00:${seed.hex(6).replace(/(..)(?!$)/g, "$1:")}` };
    });
}

function rangeOf({ find, all }: Making, subnetId: Value | undefined, networkId: Value | undefined): string {
    const subnet = find(subnetId, "hcloud:index/networkSubnet:NetworkSubnet") ?? all("hcloud:index/networkSubnet:NetworkSubnet").find((each) => String(each.inputs.networkId) === String(networkId));
    return String(subnet?.inputs.ipRange ?? find(networkId, "hcloud:index/network:Network")?.inputs.ipRange ?? "");
}

function networkOf(subnetId: Value | undefined): string {
    return String(subnetId ?? "").split("-")[0]!;
}

function mac({ seed }: Making): string {
    return `86:00:00:${seed.hex(6).replace(/(..)(?!$)/g, "$1:")}`;
}

function servicePorts({ protocol, listenPort, destinationPort, proxyprotocol }: Props): Props {
    const port = protocol === "https" ? 443 : 80;
    return { listenPort: listenPort ?? port, destinationPort: destinationPort ?? 80, proxyprotocol: proxyprotocol ?? false };
}

function atLocation(location: Value | undefined): { property: string; reason: string }[] {
    return typeof location === "string" && !(location in LOCATIONS) ? [{ property: "location", reason: `location ${location} not found; there are ${Object.keys(LOCATIONS).join(", ")}` }] : [];
}

function badRange(property: string, range: Value | undefined): { property: string; reason: string }[] {
    return typeof range === "string" && parse(range) === undefined ? [{ property, reason: `${range} is no valid range of addresses, such as 10.0.0.0/16` }] : [];
}

function parse(cidr: string): { base: number; size: number } | undefined {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
    if (match === null) return undefined;
    const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
    const size = 2 ** (32 - bits);
    const base = ((a * 256 + b) * 256 + c) * 256 + d;
    return [a, b, c, d].every((part) => part < 256) && bits <= 32 && base % size === 0 ? { base, size } : undefined;
}

function contains(outer: string, inner: string): boolean {
    const [a, b] = [parse(outer), parse(inner)];
    return a !== undefined && b !== undefined && b.base >= a.base && b.base + b.size <= a.base + a.size;
}

function overlap(one: string, other: string): boolean {
    const [a, b] = [parse(one), parse(other)];
    return a !== undefined && b !== undefined && a.base < b.base + b.size && b.base < a.base + a.size;
}

function spaced(name: string): string {
    return name.replace(/Ids?$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function lastOf(object: CloudObject): string {
    return spaced(object.type.slice(object.type.lastIndexOf(":") + 1)).trim();
}
