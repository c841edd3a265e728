/** The price file, read: what one unit of something costs where, and since when that is known. */
import file from "./prices.json";
import type { Provider } from "./types";

/** Hours of a month: 8760 / 12. */
export const hoursAMonth = 730;

export interface Price {
    readonly provider: string;
    readonly item: string;
    readonly price: number;
    /** `month`, `hour`, `GB`, `GB-month`, `GB-hour`, `vcpu-hour`, `ocpu-hour`, `CU-hour`. */
    readonly unit: string;
    /** Key of `sources`. */
    readonly source: string;
    readonly vcpu?: number;
    readonly memoryGb?: number;
    readonly gpu?: string;
    readonly arm?: boolean;
    /** Its processors are shared with others, or throttled after a burst. */
    readonly shared?: boolean;
    readonly vcpuPerOcpu?: number;
    readonly note?: string;
}

export interface PriceSource {
    readonly name: string;
    readonly url: string;
    /** Month in which it was so. */
    readonly asOf: string;
    readonly currency: string;
    /** Taken from the page at `url`, or as commonly known. */
    readonly how: string;
}

export interface PriceList {
    readonly note: string;
    readonly eurInUsd: { readonly rate: number; readonly asOf: string };
    readonly sources: Readonly<Record<string, PriceSource>>;
    readonly prices: readonly Price[];
}

export const priceList: PriceList = file;

/** What one machine costs by the month, in US dollars, and what it is. */
export interface Machine {
    readonly name: string;
    readonly monthly: number;
    readonly vcpu: number;
    readonly memoryGb: number;
    readonly gpu?: string;
    readonly arm: boolean;
    readonly shared: boolean;
    readonly source: PriceSource;
}

/** The price of an item, in US dollars; undefined when the file does not know it. */
export function priceOf(provider: Provider, item: string, list: PriceList = priceList): { readonly usd: number; readonly unit: string; readonly source: PriceSource } | undefined {
    const found = list.prices.find((price) => price.provider === provider && price.item === item);
    const source = found === undefined ? undefined : list.sources[found.source];
    if (found === undefined || source === undefined) return undefined;
    return { usd: source.currency === "EUR" ? found.price * list.eurInUsd.rate : found.price, unit: found.unit, source };
}

/** A machine by the provider's name. Oracle's flexible shapes say how much of each: `VM.Standard.E4.Flex:2:16` is 2 OCPU and 16 GB. */
export function machineOf(provider: Provider, name: string, list: PriceList = priceList): Machine | undefined {
    const flexible = /^(.+\.Flex)[:/](\d+)[:/](\d+)$/.exec(name);
    if (flexible !== null) {
        const [, shape, ocpu, memory] = flexible as unknown as [string, string, string, string];
        const [each, gigabyte] = [priceOf(provider, `shape/${shape}/ocpu`, list), priceOf(provider, `shape/${shape}/memory`, list)];
        const threads = list.prices.find((price) => price.item === `shape/${shape}/ocpu`)?.vcpuPerOcpu;
        if (each === undefined || gigabyte === undefined || threads === undefined) return undefined;
        return { name, monthly: (each.usd * Number(ocpu) + gigabyte.usd * Number(memory)) * hoursAMonth, vcpu: Number(ocpu) * threads, memoryGb: Number(memory), arm: threads === 1, shared: false, source: each.source };
    }
    const entry = list.prices.find((price) => price.provider === provider && price.item === `machine/${name}`);
    const found = priceOf(provider, `machine/${name}`, list);
    if (entry?.vcpu === undefined || entry.memoryGb === undefined || found === undefined) return undefined;
    return { name, monthly: found.unit === "hour" ? found.usd * hoursAMonth : found.usd, vcpu: entry.vcpu, memoryGb: entry.memoryGb, arm: entry.arm === true, shared: entry.shared === true, source: found.source, ...(entry.gpu === undefined ? {} : { gpu: entry.gpu }) };
}

/** Every machine of a provider that has its size in its name. */
export function machinesOf(provider: Provider, list: PriceList = priceList): Machine[] {
    return list.prices.filter((price) => price.provider === provider && price.item.startsWith("machine/")).flatMap((price) => machineOf(provider, price.item.slice("machine/".length), list) ?? []);
}
