/** What a deployment costs by the month, before it is there. */
import type { Finding } from "./checks";
import { placeOf, poolsOf } from "./derive";
import { byText } from "./network-policies";
import { pathOf } from "./paths";
import { hoursAMonth, machineOf, priceList, priceOf, type PriceList, type PriceSource } from "./prices";
import { parseCpu, parseMemory } from "./quantities";
import { copiesOf, runsInCluster } from "./stores";
import type { ComponentName, Place, Pool, Provider, Service, Store, Topology } from "./types";

type Currency = "USD" | "EUR";

/** One thing that is paid for. */
export interface CostLine {
    /** Stable between deployments: `pool cluster/general`. */
    readonly name: string;
    readonly provider: Provider;
    readonly component: ComponentName;
    /** What it is made of: `3 × e2-standard-2`. */
    readonly what: string;
    /** A month at the least scale, and at the greatest. */
    readonly atLeast: number;
    readonly atMost: number;
}

export interface CostReport {
    readonly currency: Currency;
    readonly atLeast: number;
    readonly atMost: number;
    readonly byProvider: Readonly<Record<string, number>>;
    readonly byComponent: Readonly<Record<string, number>>;
    readonly lines: readonly CostLine[];
    /** What somebody is paid for at a price that the file does not know. */
    readonly unpriced: readonly string[];
    /** The oldest price in it. */
    readonly pricesAsOf?: string;
}

/** An amount that is not known yet is never a zero: it is named in `unpriced`. */
export function costOf(topology: Topology, list: PriceList = priceList): CostReport {
    const currency = topology.objectives.monthlyBudget?.currency ?? "USD";
    const bill = new Bill(list, currency);
    for (const place of topology.places) billPlace(bill, place);
    for (const network of topology.networks) if (network.nat === true) bill.add({ name: `NAT ${network.name}`, provider: network.provider, component: "AgentCluster" }, "nat", 1, 1, "gateway");
    for (const store of topology.stores) billStore(bill, topology, store);
    for (const service of topology.services) billService(bill, topology, service);
    billEdges(bill, topology);
    billTraffic(bill, topology);
    for (const { provider, item, count, owner } of topology.subscriptions) bill.add({ name: `plan ${provider} ${item}`, provider, component: owner }, item, count, count, "×");
    return bill.report();
}

/** How a line of one deployment differs from that of another; only lines that do. */
export interface CostChange {
    readonly name: string;
    readonly before: number;
    readonly after: number;
}

/** What changes by the month, the greatest difference first. */
export function costChanges(before: CostReport, after: CostReport): CostChange[] {
    const factor = before.currency === after.currency ? 1 : after.currency === "USD" ? priceList.eurInUsd.rate : 1 / priceList.eurInUsd.rate;
    const amounts = (report: CostReport, times: number): Map<string, number> => new Map(report.lines.map((line) => [line.name, line.atLeast * times]));
    const [old, now] = [amounts(before, factor), amounts(after, 1)];
    return [...new Set([...old.keys(), ...now.keys()])]
        .map((name) => ({ name, before: old.get(name) ?? 0, after: now.get(name) ?? 0 }))
        .filter((change) => Math.abs(change.after - change.before) >= 0.005)
        .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || byText(a.name, b.name));
}

/** A deployment that costs more than its budget even at the least scale. */
export function checkBudget(topology: Topology, report: CostReport): Finding[] {
    const budget = topology.objectives.monthlyBudget;
    if (budget === undefined || report.atLeast <= budget.amount) return [];
    const dear = [...report.lines].sort((a, b) => b.atLeast - a.atLeast).slice(0, 3).map((line) => `${line.name} (${line.what}) ${money(line.atLeast, report.currency)}`);
    return [{ path: "objectives.monthlyBudget", message: `a month costs at least ${money(report.atLeast, report.currency)} and may cost ${money(budget.amount, budget.currency)}; most of it is ${dear.join(", ")}` }];
}

export function money(amount: number, currency: Currency): string {
    return `${amount.toFixed(2)} ${currency}`;
}

type Head = Pick<CostLine, "name" | "provider" | "component">;

/** Collects lines in one currency. */
class Bill {
    private readonly lines: CostLine[] = [];
    private readonly unpriced: string[] = [];
    private oldest: string | undefined;

    constructor(private readonly list: PriceList, private readonly currency: Currency) {}

    /** `least` to `most` units of an item of the price file; an item by the hour is meant for the whole month. */
    add(head: Head, item: string, least: number, most: number, unit: string): void {
        const found = priceOf(head.provider, item, this.list);
        if (found === undefined) return this.unknown(`${head.name}: ${head.provider} ${item}`);
        const monthly = found.usd * (found.unit.endsWith("hour") ? hoursAMonth : 1);
        this.line(head, `${range(least, most)} ${unit}`, monthly * least, monthly * most, found.source);
    }

    machines(head: Head, pool: Pool): void {
        const machine = machineOf(head.provider, pool.machine, this.list);
        if (machine === undefined) return this.unknown(`${head.name}: ${head.provider} ${pool.machine}`);
        this.line(head, `${range(pool.min, pool.max)} × ${pool.machine}`, machine.monthly * pool.min, machine.monthly * pool.max, machine.source);
    }

    /** Several items at once, each `[item, units]`, for `least` to `most` hours. */
    hours(head: Head, items: readonly (readonly [item: string, units: number])[], least: number, most: number, what: string): void {
        let hourly = 0;
        let source: PriceSource | undefined;
        for (const [item, units] of items) {
            const found = priceOf(head.provider, item, this.list);
            if (found === undefined) return this.unknown(`${head.name}: ${head.provider} ${item}`);
            hourly += found.usd * units;
            source = found.source;
        }
        this.line(head, what, hourly * least, hourly * most, source);
    }

    report(): CostReport {
        const lines = [...this.lines].sort((a, b) => byText(a.name, b.name));
        const sum = (some: readonly CostLine[], key: "atLeast" | "atMost"): number => cents(some.reduce((total, line) => total + line[key], 0));
        const by = (key: "provider" | "component"): Record<string, number> =>
            Object.fromEntries([...new Set(lines.map((line) => line[key]))].sort(byText).map((name) => [name, sum(lines.filter((line) => line[key] === name), "atLeast")]));
        return {
            currency: this.currency, atLeast: sum(lines, "atLeast"), atMost: sum(lines, "atMost"), byProvider: by("provider"), byComponent: by("component"), lines,
            unpriced: [...this.unpriced].sort(byText), ...(this.oldest === undefined ? {} : { pricesAsOf: this.oldest }),
        };
    }

    private line(head: Head, what: string, least: number, most: number, source: PriceSource | undefined): void {
        const rate = this.currency === "USD" ? 1 : 1 / this.list.eurInUsd.rate;
        this.lines.push({ ...head, what, atLeast: cents(least * rate), atMost: cents(Math.max(least, most) * rate) });
        if (source !== undefined && (this.oldest === undefined || source.asOf < this.oldest)) this.oldest = source.asOf;
    }

    private unknown(what: string): void {
        // What runs on a cluster that was given is on the bill of whoever gave it.
        if (!what.includes(": any ")) this.unpriced.push(what);
    }
}

function billPlace(bill: Bill, place: Place): void {
    const of = (name: string): Head => ({ name, provider: place.provider, component: "AgentCluster" });
    for (const pool of poolsOf(place)) {
        bill.machines(of(`pool ${place.name}/${pool.name}`), pool);
        if (pool.disk !== undefined) bill.add(of(`disks ${place.name}/${pool.name}`), "disk", pool.min * gigabytes(pool.disk), pool.max * gigabytes(pool.disk), "GB of disk");
    }
    if (place.kind !== "kubernetes" || place.cluster === "existing") return;
    if (place.cluster === "talos") bill.add(of(`control plane ${place.name}`), "load-balancer", 1, 1, "load balancer of its API");
    else bill.add(of(`control plane ${place.name}`), "kubernetes", 1, 1, "control plane");
}

function billStore(bill: Bill, topology: Topology, store: Store): void {
    const place = placeOf(topology, store.name)!;
    const head: Head = { name: `store ${store.name}`, provider: place.provider, component: store.owner };
    const size = gigabytes(store.size);
    if (runsInCluster(store)) {
        // Longhorn keeps volumes on the machines' own disks; other clusters buy a disk for each.
        if (place.kind === "kubernetes" && place.cluster !== "talos") bill.add({ ...head, name: `volumes ${store.name}` }, "disk", size * copiesOf(store), size * copiesOf(store), "GB of disk");
        return;
    }
    const copies = copiesOf(store);
    switch (store.form) {
        case "gcs":
        case "oci-bucket":
        case "s3":
            return bill.add(head, "objects", size, size, "GB of objects");
        case "memorystore":
            return bill.hours(head, [[store.highAvailability ? "redis/HA" : "redis", size]], hoursAMonth, hoursAMonth, `${size} GB Memorystore${store.highAvailability ? " with standby" : ""}`);
        case "oci-cache":
            return bill.hours(head, [["redis", size * copies]], hoursAMonth, hoursAMonth, `${copies} × ${size} GB OCI Cache`);
        case "neon": {
            const units = Number(/[\d.]+/.exec(store.machine)?.[0] ?? 1);
            bill.hours(head, [["postgres-cu", units]], hoursAMonth, hoursAMonth, `${store.machine}, never asleep`);
            return bill.add({ ...head, name: `volumes ${store.name}` }, "postgres-disk", size, size, "GB of disk");
        }
        case "cloud-sql":
        case "oci-postgres": {
            const [cpus, memory] = managedSize(store.machine);
            bill.hours(head, [["postgres-vcpu", cpus * copies], ["postgres-memory", memory * copies]], hoursAMonth, hoursAMonth, `${copies} × ${store.machine}`);
            return bill.add({ ...head, name: `volumes ${store.name}` }, "postgres-disk", size * copies, size * copies, "GB of disk");
        }
    }
}

/** Containers that are paid by use; all others are on the bill of their machines. */
function billService(bill: Bill, topology: Topology, service: Service): void {
    const place = placeOf(topology, service.name)!;
    if (place.kind !== "cloud-run" && place.kind !== "fly" && place.kind !== "modal") return;
    const { min, max } = service.replicas;
    const [least, most] = service.hours === undefined ? [min * hoursAMonth, max * hoursAMonth] : [Math.max(1, min) * service.hours, max * service.hours];
    const { cpu, memory } = service.resources.limits;
    const items: (readonly [string, number])[] = [["serverless-vcpu", (parseCpu(cpu) ?? 0) / 1000], ["serverless-memory", gigabytes(memory)]];
    if (service.gpu !== undefined) items.push([`gpu/${service.gpu.kind}`, service.gpu.count]);
    bill.hours({ name: `service ${service.name}`, provider: place.provider, component: service.owner }, items, least, most, `${range(least, most)} hours of ${cpu} CPU, ${memory}${service.gpu === undefined ? "" : `, ${service.gpu.count} × ${service.gpu.kind}`}`);
}

function billEdges(bill: Bill, topology: Topology): void {
    for (const edge of topology.edges) {
        const at = (provider: Provider, name: string): Head => ({ name: `${name} ${edge.name}`, provider, component: "TunnelEdge" });
        if ((edge.kind === "gateway" || edge.kind === "load-balancer") && edge.provider !== "any") {
            bill.add(at(edge.provider, "load balancer"), "load-balancer", 1, 1, "load balancer");
            if (edge.rateLimit !== undefined && edge.provider === "gcp") bill.add(at("gcp", "WAF"), "waf", 1, 1, "security policy");
        }
        const provider = placeOf(topology, edge.enters)?.provider;
        if (edge.kind !== "local-port" && edge.gigabytes !== undefined && provider !== undefined) bill.add(at(provider, "traffic"), "egress", edge.gigabytes, edge.gigabytes, "GB to people");
    }
}

/** What leaves a provider is paid to it; what comes in, and what stays, is free. */
function billTraffic(bill: Bill, topology: Topology): void {
    const leaving = new Map<string, { provider: Provider; component: ComponentName; gigabytes: number }>();
    for (const flow of topology.flows) {
        const here = placeOf(topology, flow.from);
        const path = pathOf(topology, flow);
        if (here === undefined || !("way" in path) || path.way === "internal" || path.way === "machine" || flow.gigabytes === undefined) continue;
        const there = placeOf(topology, flow.to);
        if (there?.provider === here.provider) continue;
        const component = [...topology.services, ...topology.tasks, ...topology.stores, ...topology.platform].find((one) => one.name === flow.from)!.owner;
        const key = `${here.provider} ${component}`;
        leaving.set(key, { provider: here.provider, component, gigabytes: (leaving.get(key)?.gigabytes ?? 0) + flow.gigabytes });
    }
    for (const { provider, component, gigabytes: amount } of leaving.values()) bill.add({ name: `traffic ${component} from ${provider}`, provider, component }, "egress", amount, amount, "GB to other clouds");
}

/** `db-custom-2-8192`: CPUs and mebibytes; `…:2:32`: OCPUs of two threads and gigabytes. */
function managedSize(machine: string): [cpus: number, gigabytes: number] {
    const custom = /-(\d+)-(\d+)$/.exec(machine);
    if (custom !== null) return [Number(custom[1]), Number(custom[2]) / 1024];
    const flexible = /[:/](\d+)[:/](\d+)$/.exec(machine);
    return flexible === null ? [1, 4] : [Number(flexible[1]) * 2, Number(flexible[2])];
}

function gigabytes(size: string): number {
    return Math.round(((parseMemory(size) ?? 0) / 2 ** 30) * 100) / 100;
}

function range(least: number, most: number): string {
    return least === most ? String(least) : `${least}–${most}`;
}

function cents(amount: number): number {
    return Math.round(amount * 100) / 100;
}
