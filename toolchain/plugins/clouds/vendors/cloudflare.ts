/** Cloudflare: 32 hexadecimal digits, or a UUID where Zero Trust begins. */
import type { Kind, Making, Vendor } from "../vendor";

/** Types whose identifier is a UUID. */
const UUIDS = /ZeroTrust(Tunnel|Access)|CustomHostname$|VirtualNetwork|WorkersDeployment|R2/;

const kinds: Record<string, Kind> = {
    zeroTrustTunnelCloudflared: {
        immutable: ["accountId", "configSrc"],
        outputs: ({ inputs }) => ({ accountTag: inputs.accountId!, status: "inactive", tunType: "cfd_tunnel", remoteConfig: inputs.configSrc === "cloudflare", connections: [], metadata: "{}", configSrc: "local", connsActiveAt: "", connsInactiveAt: "", deletedAt: "" }),
    },
    zeroTrustTunnelCloudflaredConfig: { immutable: ["accountId", "tunnelId"], id: ({ inputs }) => String(inputs.tunnelId), outputs: () => ({ version: 1, source: "cloudflare" }) },
    zeroTrustTunnelCloudflaredRoute: { immutable: ["accountId"] },
    dnsRecord: {
        immutable: ["zoneId"],
        check: ({ type, content, ttl, proxied }) => [
            ...(type === "CNAME" && content === undefined ? [{ property: "content", reason: "is needed for a CNAME record" }] : []),
            ...(proxied === true && typeof ttl === "number" && ttl !== 1 ? [{ property: "ttl", reason: "must be 1 (automatic) for a proxied record" }] : []),
        ],
        outputs: ({ now }) => ({ proxiable: true, proxied: false, meta: "{}", settings: {}, createdOn: now.toISOString(), modifiedOn: now.toISOString(), commentModifiedOn: "", tagsModifiedOn: "" }),
        refuse: ({ inputs, all, type }) => {
            const other = all(type).find((record) => ["zoneId", "name", "type", "content", "data"].every((field) => JSON.stringify(record.inputs[field]) === JSON.stringify(inputs[field])));
            return other === undefined ? undefined : "81058: An identical record already exists.";
        },
    },
    ruleset: {
        immutable: ["accountId", "zoneId", "kind", "phase"],
        outputs: ({ now }) => ({ version: "1", lastUpdated: now.toISOString() }),
        refuse: ({ inputs, all, type }) => {
            const other = all(type).find((each) => each.inputs.kind === "zone" && ["zoneId", "kind", "phase"].every((field) => each.inputs[field] === inputs[field]));
            return other === undefined ? undefined : `20217: a ruleset of phase ${String(inputs.phase)} exists in this zone already (${other.id})`;
        },
    },
    zone: { outputs: ({ seed }) => ({ nameServers: [`${seed.word(5)}.ns.cloudflare.com`, `${seed.of("b").word(4)}.ns.cloudflare.com`], status: "active", originalNameServers: [] }) },
    customHostname: { immutable: ["zoneId", "hostname"], outputs: ({ seed }) => ({ status: "pending", ownershipVerification: { type: "txt", name: "_cf-custom-hostname", value: seed.uuid() } }) },
    zeroTrustAccessServiceToken: { outputs: ({ seed }) => ({ clientId: `${seed.hex(32)}.access`, clientSecret: seed.of("secret").hex(64) }) },
    r2Bucket: { id: ({ inputs }) => String(inputs.name), immutable: ["name", "accountId", "location"] },
};

export const cloudflare: Vendor = {
    name: "cloudflare",
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`cloudflare:index/${name}:${name[0]!.toUpperCase()}${name.slice(1)}`, kind])),
    id: ({ seed, type }) => (UUIDS.test(type) ? seed.of("id").uuid() : seed.of("id").hex(32)),
    value: (name, { now, seed }) => {
        if (/(On|At)$/.test(name)) return now.toISOString();
        if (name === "aud") return seed.of("aud").hex(64);
        return undefined;
    },
    immutable: (_type, name) => ["accountId", "zoneId"].includes(name),
    autonames: false,
    outside: new Set(["account", "zone", "destination", "app", "identityProvider", "list"]),
    namesWithoutId: false,
    commonModules: [],
    aliases: { tunnelId: "zerotrusttunnelcloudflared", applicationId: "zerotrustaccessapplication", virtualNetworkId: "zerotrusttunnelcloudflaredvirtualnetwork" },
    missing: (name, value) => `404 Not Found: ${name} ${value} does not exist`,
    inUse: (object, by) => `400 Bad Request: ${object.id} cannot be deleted: it is in use by ${by.id}`,
    exists: (object) => `409 Conflict: ${object.id} already exists`,
    invokes: {
        "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": (making) => ({ token: tunnelToken(making) }),
        "cloudflare:index/getZone:getZone": ({ inputs }) => ({ status: "active", type: "full", paused: false, ...(inputs.zoneId === undefined ? {} : { zoneId: inputs.zoneId }) }),
        "cloudflare:index/getIpRanges:getIpRanges": () => ({ ipv4Cidrs: ["198.18.0.0/16"], ipv6Cidrs: ["2001:db8::/32"] }),
    },
};

/** Decodes to what a real one does: account, tunnel and secret. */
function tunnelToken({ inputs, find, urn, seed }: Making): string {
    const secret = find(inputs.tunnelId)?.inputs.tunnelSecret ?? seed.of(`${urn} ${String(inputs.tunnelId)}`).base64(32);
    return Buffer.from(JSON.stringify({ a: inputs.accountId, t: inputs.tunnelId, s: secret })).toString("base64");
}
