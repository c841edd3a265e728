/** What an address or a host name that somebody configured leads to: a service of the same cluster, a zone, or somebody outside. */

export type Address =
    /** `http://scanner.security.svc:8080`: the port is that of the pods, for policies speak of no other. */
    | { readonly kind: "cluster"; readonly service: string; readonly namespace: string; readonly port: number; readonly tls: boolean }
    | { readonly kind: "outside"; readonly host: string; readonly port: number; readonly tls: boolean };

const clusterName = /^([a-z]([-a-z0-9]*[a-z0-9])?)\.([a-z0-9]([-a-z0-9]*[a-z0-9])?)\.svc(\.cluster\.local)?$/;

/** Undefined for what is no address of the web. */
export function addressOf(url: string): Address | undefined {
    if (!URL.canParse(url)) return undefined;
    const { protocol, hostname, port: written } = new URL(url);
    if ((protocol !== "https:" && protocol !== "http:") || hostname === "") return undefined;
    const tls = protocol === "https:";
    const port = written === "" ? (tls ? 443 : 80) : Number(written);
    const found = clusterName.exec(hostname);
    return found === null ? { kind: "outside", host: hostname, port, tls } : { kind: "cluster", service: found[1]!, namespace: found[3]!, port, tls };
}

const privateV4 = [{ start: /^10\./, bits: 8 }, { start: /^172\.(1[6-9]|2\d|3[01])\./, bits: 12 }, { start: /^192\.168\./, bits: 16 }, { start: /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, bits: 10 }] as const;

/** Whether a range of addresses is wholly one of the private ones: what else could be opened is the internet, or a metadata service. */
export function isPrivateRange(cidr: string): boolean {
    const [base = "", bits = ""] = cidr.split("/");
    return privateV4.some((range) => range.start.test(base) && Number(bits) >= range.bits);
}

/** Whether a host cannot be public by its mere name. */
export function isInside(host: string): boolean {
    if (/^[\d.]+$/.test(host)) return /^(0|127|169\.254)\./.test(host) || privateV4.some(({ start }) => start.test(host));
    return host.startsWith("[") || !host.includes(".") || /\.(local|internal|localhost|home\.arpa)$/.test(host);
}

/** Whether a host name is the zone or domain itself, or below it. */
export function isInZone(hostname: string, zone: string): boolean {
    return hostname === zone || hostname.endsWith(`.${zone}`);
}
