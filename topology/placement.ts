/** Where the same deployment would run for less, and still keep what it promises. */
import { at, poolsOf } from "./derive";
import { hoursAMonth, machineOf, machinesOf, priceList, priceOf, type Machine, type PriceList } from "./prices";
import { parseCpu, parseMemory } from "./quantities";
import { runsInCluster } from "./stores";
import type { KubernetesPlace, Pool, Provider, Topology } from "./types";

/** A pool on another machine of the same provider. */
export interface CheaperPool {
    readonly place: string;
    readonly pool: string;
    readonly machine: string;
    readonly instead: string;
    /** US dollars a month, at the least scale. */
    readonly saves: number;
}

/** A cluster at one provider: the cheapest machines that are large enough, its control plane included. */
export interface Placement {
    readonly provider: Provider;
    /** US dollars a month, at the least scale; absent when it cannot be built there. */
    readonly monthly?: number;
    readonly machines: readonly string[];
    /** Why it cannot keep the promises. Absent: it can. */
    readonly why?: string;
}

/**
 * What each provider promises of a control plane and nodes over three zones; Hetzner has no zones and promises 99.9 %
 * of its network. From the service level agreements, as commonly known in 2025.
 */
const promised: Readonly<Partial<Record<Provider, number>>> = { aws: 0.9995, azure: 0.9995, gcp: 0.9995, oci: 0.9995, hetzner: 0.999 };

/** Flexible shapes are as large as one asks: the cheapest x86 one of Oracle's. */
const oracleShape = "VM.Standard.E4.Flex";

/** Pools whose machine has a cheaper one beside it that is no smaller and of the same kind, the greatest saving first. */
export function cheaperPools(topology: Topology, list: PriceList = priceList): CheaperPool[] {
    return topology.places.flatMap((place) => poolsOf(place).flatMap((pool): CheaperPool[] => {
        const now = machineOf(place.provider, pool.machine, list);
        if (now === undefined) return [];
        const best = cheapest(place.provider, now, list);
        if (best === undefined || best.monthly >= now.monthly - 0.005 || pool.min === 0) return [];
        return [{ place: place.name, pool: pool.name, machine: pool.machine, instead: best.name, saves: Math.round((now.monthly - best.monthly) * pool.min * 100) / 100 }];
    })).sort((a, b) => b.saves - a.saves);
}

/** The first cluster of a topology at each provider, the cheapest that keeps all promises first. */
export function placementsOf(topology: Topology, list: PriceList = priceList): Placement[] {
    const place = topology.places.find((one): one is KubernetesPlace => one.kind === "kubernetes" && one.pools.length > 0);
    if (place === undefined) return [];
    return (Object.keys(promised) as Provider[]).map((provider) => placementAt(topology, place, provider, list)).sort((a, b) => Number(a.why !== undefined) - Number(b.why !== undefined) || (a.monthly ?? Infinity) - (b.monthly ?? Infinity));
}

function placementAt(topology: Topology, place: KubernetesPlace, provider: Provider, list: PriceList): Placement {
    const needed = place.pools.map((pool) => ({ pool, size: sizeOf(topology, place, pool, list) }));
    const chosen = needed.map(({ pool, size }) => ({ pool, machine: cheapest(provider, size, list) }));
    const missing = chosen.findIndex((one) => one.machine === undefined);
    if (missing >= 0) {
        const { pool, size } = needed[missing]!;
        return { provider, machines: [], why: `no machine there has ${size.vcpu} CPUs, ${size.memoryGb} GB${size.gpu === undefined ? "" : ` and a ${size.gpu}`} for the pool ${pool.name}` };
    }
    const nodes = chosen.reduce((sum, { pool, machine }) => sum + pool.min * machine!.monthly, 0);
    // Where nobody runs the control plane for us: three small machines and a load balancer.
    const ours = provider === "hetzner" ? cheapest(provider, { vcpu: 2, memoryGb: 4, arm: false, shared: true }, list) : undefined;
    const fee = ours === undefined ? (priceOf(provider, "kubernetes", list)?.usd ?? 0) * hoursAMonth : 3 * ours.monthly + (priceOf(provider, "load-balancer", list)?.usd ?? 0);
    const asked = topology.objectives.availability;
    const offered = promised[provider]!;
    return {
        provider,
        monthly: Math.round((nodes + fee) * 100) / 100,
        machines: [...chosen.map(({ pool, machine }) => `${pool.min} × ${machine!.name}`), ...(ours === undefined ? [] : [`3 × ${ours.name}`])],
        ...(asked !== undefined && asked > offered ? { why: `promises ${offered * 100} %, and ${asked * 100} % is asked for` } : {}),
    };
}

type Size = Pick<Machine, "vcpu" | "memoryGb" | "gpu" | "arm" | "shared">;

/** As large as the machine that the blueprint names; where its price is not known, as the largest container needs. */
function sizeOf(topology: Topology, place: KubernetesPlace, pool: Pool, list: PriceList): Size {
    const named = machineOf(place.provider, pool.machine, list);
    if (named !== undefined) return { vcpu: named.vcpu, memoryGb: named.memoryGb, arm: named.arm, shared: named.shared, ...(pool.gpu === undefined ? {} : { gpu: pool.gpu.kind }) };
    const here = at(topology, place.name);
    const all = [...here.services, ...here.tasks, ...here.stores.filter(runsInCluster)].map((one) => one.resources.limits);
    const [cpu, memory] = [Math.max(1000, ...all.map((one) => parseCpu(one.cpu) ?? 0)), Math.max(2 ** 31, ...all.map((one) => parseMemory(one.memory) ?? 0))];
    return { vcpu: Math.ceil(cpu / 1000) + 1, memoryGb: Math.ceil(memory / 2 ** 30) + 2, arm: false, shared: true, ...(pool.gpu === undefined ? {} : { gpu: pool.gpu.kind }) };
}

/** No smaller, of the same processor family, with the same accelerator or none; shared processors only in the place of shared ones. */
function cheapest(provider: Provider, size: Size, list: PriceList): Machine | undefined {
    const flexible = provider === "oci" && size.gpu === undefined && !size.arm ? machineOf("oci", `${oracleShape}:${Math.ceil(size.vcpu / 2)}:${Math.ceil(size.memoryGb)}`, list) : undefined;
    return [...machinesOf(provider, list), ...(flexible === undefined ? [] : [flexible])]
        .filter((machine) => machine.vcpu >= size.vcpu && machine.memoryGb >= size.memoryGb && machine.arm === size.arm && machine.gpu === size.gpu && (size.shared || !machine.shared))
        .sort((a, b) => a.monthly - b.monthly || (a.name < b.name ? -1 : 1))[0];
}
