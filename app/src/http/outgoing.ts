/**
 * Requests to addresses that a user may name. They reach public hosts only, by the address that was checked, follow no
 * redirect and end in time: nobody makes this service talk to its own network.
 */
import { lookup } from "node:dns";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

export class OutgoingRefused extends Error {}

export interface OutgoingOptions {
    /** Hosts that may be private, as `host` or `host:port`. */
    allowed?: readonly string[];
    /** @default 5000 */
    timeoutMs?: number;
}

const PRIVATE = new BlockList();
for (const [net, bits] of [["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24], ["192.168.0.0", 16], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 4], ["240.0.0.0", 4]] as const) PRIVATE.addSubnet(net, bits, "ipv4");
// Only 2000::/3 is public; within it are tunnels that lead back to IPv4.
const PUBLIC6 = new BlockList();
PUBLIC6.addSubnet("2000::", 3, "ipv6");
for (const [net, bits] of [["2001::", 23], ["2001:db8::", 32], ["2002::", 16]] as const) PRIVATE.addSubnet(net, bits, "ipv6");

export function isPublicAddress(address: string): boolean {
    const family = isIP(address);
    if (family === 4) return !PRIVATE.check(address, "ipv4");
    return family === 6 && PUBLIC6.check(address, "ipv6") && !PRIVATE.check(address, "ipv6");
}

/** Throws OutgoingRefused for an address that will never be called. */
export function requireOutgoing(url: string, { allowed = [] }: OutgoingOptions = {}): URL {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !["https:", "http:"].includes(parsed.protocol)) throw new OutgoingRefused("It is not a web address.");
    const known = allowed.includes(parsed.host) || allowed.includes(parsed.hostname);
    if (parsed.username !== "" || parsed.password !== "") throw new OutgoingRefused("It holds credentials.");
    if (known) return parsed;
    if (parsed.protocol !== "https:") throw new OutgoingRefused("Only https is called.");
    const bare = parsed.hostname.replace(/^\[|\]$/g, "");
    if (isIP(bare) !== 0 ? !isPublicAddress(bare) : !bare.includes(".") || /\.(local|internal|localhost|home\.arpa)\.?$/i.test(bare)) throw new OutgoingRefused("It is not on the public internet.");
    return parsed;
}

/** Sends JSON; gives the status. */
export async function postOutgoing(url: string, body: string, headers: Record<string, string>, options: OutgoingOptions = {}): Promise<number> {
    const target = requireOutgoing(url, options);
    const allowed = options.allowed ?? [];
    const checked: LookupFunction | undefined =
        allowed.includes(target.host) || allowed.includes(target.hostname)
            ? undefined
            : (hostname, lookupOptions, callback) => {
                  // The very address that is connected to is checked, so that a name cannot change in between.
                  lookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
                      if (error !== null) return callback(error, "", 4);
                      const found = addresses.filter(({ address }) => isPublicAddress(address));
                      const first = found[0];
                      if (first === undefined) return callback(new OutgoingRefused("Its name leads to no public address."), "", 4);
                      if (lookupOptions.all === true) callback(null, found);
                      else callback(null, first.address, first.family);
                  });
              };
    const request = target.protocol === "https:" ? requestTls : requestPlain;
    return new Promise((resolve, reject) => {
        const sending = request(target, { method: "POST", lookup: checked, headers: { "content-type": "application/json", ...headers }, signal: AbortSignal.timeout(options.timeoutMs ?? 5_000) }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
        });
        sending.once("error", reject);
        sending.end(body);
    });
}
