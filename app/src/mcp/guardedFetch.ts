/**
 * `fetch` for servers that a configuration names: public addresses only unless allowed, by the address that was checked,
 * no redirects, and bounded answers.
 */
import { lookup } from "node:dns";
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { isPublicAddress, OutgoingRefused, requireOutgoing } from "../http/outgoing.js";

/** Bytes of one answer; a server that sends more is cut off. */
const MOST_BYTES = 8 * 2 ** 20;

/** Resolves names to public addresses only; the connection goes to the address that was checked. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, "", 4);
        const found = addresses.filter(({ address }) => isPublicAddress(address));
        const first = found[0];
        if (first === undefined) return callback(new OutgoingRefused("Its name leads to no public address."), "", 4);
        if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
    });
};

/** @param allowed hosts that may be private, as `host` or `host:port` */
export function guardedFetch(allowed: readonly string[]): (url: string | URL, init?: RequestInit) => Promise<Response> {
    return async (url, init = {}) => {
        const target = requireOutgoing(String(url), { allowed });
        const known = allowed.includes(target.host) || allowed.includes(target.hostname);
        const request = target.protocol === "https:" ? requestTls : requestPlain;
        const signal = init.signal ?? undefined;
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            const sending = request(target, { method: init.method ?? "GET", headers: Object.fromEntries(new Headers(init.headers)), signal, lookup: known ? undefined : publicLookup }, resolve);
            sending.once("error", reject);
            sending.end(typeof init.body === "string" ? init.body : undefined);
        });
        const status = answer.statusCode ?? 502;
        if (status >= 300 && status < 400) {
            answer.destroy();
            throw new OutgoingRefused("It redirects elsewhere.");
        }
        const headers = new Headers(Object.entries(answer.headers).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]])));
        if (status === 204 || status === 205) {
            answer.resume();
            return new Response(null, { status, headers });
        }
        return new Response(Readable.toWeb(Readable.from(bounded(answer), { objectMode: false })) as unknown as ReadableStream<Uint8Array>, { status, headers });
    };
}

async function* bounded(answer: IncomingMessage): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) throw new OutgoingRefused("Its answer is too large.");
        yield chunk;
    }
}
