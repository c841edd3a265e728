/** Tailscale: one policy for a tailnet, keys that expire, clients that do not. */
import { isObject } from "../../sdk/values";
import type { Kind, Vendor } from "../vendor";

const kinds: Record<string, Kind> = {
    acl: {
        id: () => "acl",
        check: ({ acl }) => {
            if (typeof acl !== "string") return [];
            try {
                // Comments and trailing commas are allowed: it is "HuJSON".
                const policy: unknown = JSON.parse(acl.replace(/^\s*\/\/.*$/gm, "").replace(/,(\s*[}\]])/g, "$1"));
                return typeof policy === "object" ? [] : [{ property: "acl", reason: "is no policy" }];
            } catch (error) {
                return [{ property: "acl", reason: `is not valid: ${(error as Error).message}` }];
            }
        },
    },
    tailnetKey: {
        immutable: ["reusable", "ephemeral", "preauthorized", "tags", "expiry", "description"],
        id: ({ seed }) => `k${seed.token(11)}CNTRL`,
        outputs: ({ seed, inputs, now }) => ({ key: `tskey-auth-k${seed.token(11)}CNTRL-${seed.of("secret").token(32)}`, expiresAt: new Date(now.getTime() + Number(inputs.expiry ?? 7_776_000) * 1000).toISOString(), createdAt: now.toISOString(), invalid: false, userId: "" }),
    },
    oauthClient: {
        id: ({ seed }) => `k${seed.token(11)}CNTRL`,
        outputs: ({ seed, now }) => ({ key: `tskey-client-k${seed.token(11)}CNTRL-${seed.of("secret").token(32)}`, createdAt: now.toISOString(), userId: "" }),
    },
    federatedIdentity: {
        id: ({ seed }) => `T${seed.token(11)}CNTRL-k${seed.of("key").token(11)}`,
        outputs: ({ seed, now }) => ({ audience: `api.tailscale.com/T${seed.token(11)}CNTRL-k${seed.of("key").token(11)}`, createdAt: now.toISOString(), updatedAt: now.toISOString(), userId: "" }),
    },
    dnsSplitNameservers: { id: ({ inputs }) => String(inputs.domain), immutable: ["domain"] },
    dnsNameservers: { id: () => "dns_nameservers" },
    dnsPreferences: { id: () => "dns_preferences" },
    dnsSearchPaths: { id: () => "dns_search_paths" },
    deviceSubnetRoutes: { id: ({ inputs }) => String(inputs.deviceId), immutable: ["deviceId"] },
    deviceTags: { id: ({ inputs }) => String(inputs.deviceId), immutable: ["deviceId"] },
    tailnetSettings: { id: () => "tailnet_settings" },
};

export const tailscale: Vendor = {
    name: "tailscale",
    kinds: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`tailscale:index/${name}:${name[0]!.toUpperCase()}${name.slice(1)}`, kind])),
    id: ({ seed }) => `n${seed.token(11)}CNTRL`,
    immutable: () => false,
    autonames: false,
    outside: new Set(["device", "user", "node"]),
    namesWithoutId: false,
    commonModules: [],
    missing: (name, value) => `Failed to fetch ${name} ${value}: not found (404)`,
    inUse: (object, by) => `${object.id} is in use by ${by.id}`,
    exists: (object) => `${object.type.slice(object.type.lastIndexOf(":") + 1)} "${object.id}" exists already; a tailnet has one`,
    invokes: {
        "tailscale:index/getDevice:getDevice": (making) => device(making),
        "tailscale:index/getDevices:getDevices": (making) => ({ devices: [device(making)] }),
        "tailscale:index/getAcl:getAcl": ({ all }) => {
            const acl = all("tailscale:index/acl:Acl")[0]?.outputs.acl ?? "{}";
            return { json: acl, hujson: acl };
        },
    },
};

function device({ seed, inputs, now }: Parameters<NonNullable<Kind["outputs"]>>[0]) {
    const name = String(inputs.name ?? inputs.hostname ?? "device");
    return { name, hostname: name, nodeId: `n${seed.token(11)}CNTRL`, id: seed.digits(16), addresses: [`100.${seed.number(64, 127)}.${seed.of("c").number(0, 255)}.${seed.of("d").number(1, 254)}`, `fd7a:115c:a1e0::${seed.hex(4)}:${seed.of("z").hex(4)}`], tags: Array.isArray(inputs.tags) && !isObject(inputs.tags) ? inputs.tags : [], created: now.toISOString(), os: "linux" };
}
