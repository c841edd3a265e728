import type { SettingsSchema } from "../core/settings";

export interface PortRange {
    readonly from: number;
    readonly to: number;
}

export const allPorts: PortRange = { from: 0, to: 65535 };

/** Ports by which machines, clusters and databases are administered, as settings and rules write them. */
export const adminPorts: readonly string[] = [
    "20-23", "135", "137-139", "445", "1433", "1521", "2049", "2375-2376", "2379-2380", "3306", "3389", "5432", "5601", "5900-5901", "5984-5986", "6379", "6443",
    "8500", "9042", "9092", "9200", "9300", "10250", "10255", "11211", "12250", "27017-27019",
];

export const adminPortSettings: SettingsSchema = {
    ports: { type: "array", items: { type: "string", pattern: "^[0-9]{1,5}(-[0-9]{1,5})?$" }, uniqueItems: true, default: adminPorts, description: "Ports, or ranges of them, that must not be open to the internet." },
};

/** Reads `22`, `"22"`, `"20-25"`, `"80,443"` and words for all ports; nothing if it is none of these. */
export function parsePorts(raw: unknown): PortRange[] | undefined {
    if (typeof raw === "number") return Number.isInteger(raw) ? [{ from: raw, to: raw }] : undefined;
    if (typeof raw !== "string" || raw.length > 2000) return undefined;
    const text = raw.trim();
    if (/^(\*|any|all|-1)$/i.test(text)) return [allPorts];
    const ranges: PortRange[] = [];
    for (const part of text.split(",")) {
        const match = /^\s*(\d{1,5})\s*(?:[-:]\s*(\d{1,5})\s*)?$/.exec(part);
        if (!match) return undefined;
        ranges.push({ from: Number(match[1]), to: Number(match[2] ?? match[1]) });
    }
    return ranges;
}

/** The listed ports that a range reaches, as the list writes them. */
export function reached(range: PortRange, listed: readonly string[]): string[] {
    return listed.filter(entry => (parsePorts(entry) ?? []).some(port => port.from <= range.to && range.from <= port.to));
}

/** How many ports a range holds. */
export function width(range: PortRange): number {
    return range.to - range.from + 1;
}

const numbers: Readonly<Record<string, string>> = { "-1": "all", "0": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "132": "sctp" };

/** A protocol by name: `tcp`, `udp`, `icmp`, `all`…; numbers and words for all of them are understood. */
export function protocolOf(raw: unknown): string | undefined {
    if (typeof raw !== "string" && typeof raw !== "number") return undefined;
    const text = String(raw).trim().toLowerCase();
    return /^(any|all|\*)$/.test(text) ? "all" : (numbers[text] ?? text);
}
