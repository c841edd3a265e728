/**
 * From promises to numbers: replicas, thresholds and backups that keep them, or the reason why they cannot be kept.
 * alerts.ts makes the alert rules of the same promises.
 */
import type { Finding } from "./checks";
import { at, placeOf, poolsOf } from "./derive";
import { machineOf } from "./prices";
import { parseCpu, parseMemory } from "./quantities";
import { copiesOf, runsInCluster } from "./stores";
import type { Service, Store, Topology } from "./types";

/** How many replicas a service needs, and why. */
export interface NeededReplicas {
    readonly service: string;
    readonly min: number;
    readonly max: number;
    readonly because: readonly string[];
}

/** How a store is backed up. */
export interface BackupPlan {
    readonly store: string;
    readonly everyHours: number;
    /** As cron writes it, in UTC. */
    readonly schedule: string;
    /** The write-ahead log goes to the archive as it is written, at the latest after so many seconds. */
    readonly archiveSeconds?: number;
    readonly keepDays: number;
    /** The most that is lost, and how long a restore takes, by the figures in `assumed`. */
    readonly lossMinutes: number;
    readonly restoreMinutes: number;
}

export interface Plan {
    readonly replicas: readonly NeededReplicas[];
    readonly backups: readonly BackupPlan[];
    /** Promises that cannot be kept. */
    readonly findings: readonly Finding[];
}

/** Figures of a restore that have to be measured where it matters: a restore drill tells the true ones. */
export const assumed = {
    /** Reading a base backup back from objects. */
    restoreMegabytesPerSecond: 100,
    /** Finding out, deciding, starting. */
    preparationMinutes: 5,
    /** Replaying an hour of the log takes a twentieth of it. */
    replaySpeed: 20,
    keepDays: 30,
} as const;

/** Above this share of the time, one replica is not enough: its restarts alone take more. */
const singleReplicaLimit = 0.999;

/** What keeps the promises of a topology; findings where the blueprint does not. */
export function compileObjectives(topology: Topology): Plan {
    const replicas = neededReplicas(topology);
    const { lossMinutes, recoveryMinutes, backups } = topology.objectives;
    // Where nothing is promised about losses, nothing is planned: a plan that nobody asked for would be taken for a promise.
    const asked = lossMinutes !== undefined || recoveryMinutes !== undefined || backups !== undefined;
    const plans = asked ? topology.stores.filter((store) => store.engine === "postgres").map((store) => backupOf(topology, store)) : [];
    return {
        replicas,
        backups: plans.map((one) => one.plan),
        findings: [
            ...replicas.flatMap((needed) => checkReplicas(topology, needed)),
            ...checkAvailability(topology),
            ...checkColdStarts(topology),
            ...checkCapacity(topology, replicas),
            ...plans.flatMap((one) => one.findings),
            ...checkBuckets(topology),
            ...checkWork(topology),
        ],
    };
}

/** Messages for each replica at which work is done in time; undefined without a promise about it. */
export function messagesPerReplica(topology: Topology, service: string): number | undefined {
    const work = topology.objectives.work?.find((one) => one.service === service);
    return work === undefined ? undefined : Math.floor(work.withinSeconds / work.secondsEach);
}

/** The services that people wait for: behind an edge, and whatever those call in turn. */
export function waitedFor(topology: Topology): Set<string> {
    const found = new Set(topology.edges.filter((edge) => edge.kind !== "private").flatMap((edge) => [edge.enters, ...(edge.routes ?? []).map((route) => route.to)]));
    for (const name of found) for (const flow of topology.flows) if (flow.from === name) found.add(flow.to);
    return found;
}

function neededReplicas(topology: Topology): NeededReplicas[] {
    const { availability = 0, concurrentUsers } = topology.objectives;
    const waited = waitedFor(topology);
    return topology.services.filter((service) => waited.has(service.name)).map((service) => {
        const because: string[] = [];
        let [min, max] = [0, 1];
        if (availability >= singleReplicaLimit && !restartsElsewhere(topology, service)) {
            [min, max] = [2, 2];
            because.push(`${percent(availability)} of the time allows ${Math.round((1 - availability) * 43_800)} minutes of outage a month, and every restart of a single replica is one`);
        }
        const ongoing = topology.objectives.ongoingRequests.find((one) => one.service === service.name);
        if (concurrentUsers !== undefined && ongoing !== undefined && ongoing.perReplica >= 1) {
            const needed = Math.ceil(concurrentUsers / ongoing.perReplica);
            if (needed > max) because.push(`${concurrentUsers} people at once with ${ongoing.perReplica} requests for each replica`);
            max = Math.max(max, needed);
        }
        return { service: service.name, min, max, because };
    });
}

function checkReplicas(topology: Topology, needed: NeededReplicas): Finding[] {
    const { replicas } = topology.services.find((one) => one.name === needed.service)!;
    const path = `services.${needed.service}.replicas`;
    if (replicas.min < needed.min) return [{ path, message: `at least ${replicas.min}, ${needed.min} are needed: ${needed.because.join("; ")}` }];
    if (replicas.max < needed.max) return [{ path, message: `at most ${replicas.max}, ${needed.max} are needed: ${needed.because.join("; ")}` }];
    return [];
}

/** Stores without a standby, machines without a second, clusters in a single zone. */
function checkAvailability(topology: Topology): Finding[] {
    const { availability } = topology.objectives;
    if (availability === undefined || availability < singleReplicaLimit) return [];
    const asked = `${percent(availability)} of the time is promised`;
    const waited = waitedFor(topology);
    const stores = topology.stores.filter((store) => waited.has(store.name) && store.engine !== "objects" && copiesOf(store) < 2)
        .map((store): Finding => ({ path: `stores.${store.name}`, message: `is one ${store.engine} without a standby, and ${asked}` }));
    const used = new Set([...waited].map((name) => placeOf(topology, name)?.name));
    const places = topology.places.filter((place) => used.has(place.name)).flatMap((place): Finding[] => {
        const path = `places.${place.name}`;
        if ((place.kind === "vm" || place.kind === "compute-group") && place.pools[0].min < 2) return [{ path, message: `is ${place.pools[0].min === 1 ? "one machine" : "no machine"} at least, and ${asked}` }];
        if (place.kind === "kubernetes" && place.cluster === "talos" && (place.controlPlane?.min ?? 0) < 3) return [{ path, message: `has ${place.controlPlane?.min ?? 0} machines of a control plane; to lose one, etcd needs 3` }];
        if (place.kind === "kubernetes" && !["existing", "talos"].includes(place.cluster) && (place.zones ?? 1) < 2) return [{ path, message: `is in one zone, and ${asked}` }];
        return [];
    });
    return [...stores, ...places];
}

/** Whoever wakes a container waits for it. */
function checkColdStarts(topology: Topology): Finding[] {
    const { p95Seconds } = topology.objectives;
    if (p95Seconds === undefined) return [];
    const direct = new Set(topology.edges.filter((edge) => edge.kind !== "private").flatMap((edge) => [edge.enters, ...(edge.routes ?? []).map((route) => route.to)]));
    return topology.services.filter((service) => direct.has(service.name) && service.replicas.min === 0 && p95Seconds < startSeconds(service))
        .map((service) => ({ path: `services.${service.name}.replicas`, message: `may sleep, and waking takes up to ${startSeconds(service)} s, but 95 of 100 answers are promised in ${p95Seconds} s: keep one awake` }));
}

/** Machines for the most replicas of everything in a place, where the size of the machines is known. */
function checkCapacity(topology: Topology, needed: readonly NeededReplicas[]): Finding[] {
    if (topology.objectives.concurrentUsers === undefined) return [];
    return topology.places.flatMap((place): Finding[] => {
        const pools = poolsOf(place).filter((pool) => place.kind !== "kubernetes" || pool !== place.controlPlane);
        const machines = pools.map((pool) => ({ pool, machine: machineOf(place.provider, pool.machine) }));
        if (machines.length === 0 || machines.some((one) => one.machine === undefined)) return [];
        const here = at(topology, place.name);
        // A group of machines runs one of each container on every machine, so all of them have to fit on one.
        const each = place.kind !== "kubernetes";
        const load = [
            ...here.services.map((service) => ({ amounts: service.resources.requests, count: each ? 1 : Math.max(service.replicas.min, needed.find((one) => one.service === service.name)?.max ?? 0) })),
            ...here.services.flatMap((service) => (service.head === undefined ? [] : [{ amounts: service.head.requests, count: 1 }])),
            ...here.stores.filter(runsInCluster).map((store) => ({ amounts: store.resources.requests, count: copiesOf(store) })),
            ...here.platform.flatMap((part) => (part.reserves === undefined ? [] : [{ amounts: part.reserves, count: 1 }])),
        ];
        const sum = (of: (one: (typeof load)[number]) => number): number => load.reduce((total, one) => total + of(one) * one.count, 0);
        const [cpu, memory] = [sum((one) => parseCpu(one.amounts.cpu) ?? 0) / 1000, sum((one) => parseMemory(one.amounts.memory) ?? 0) / 2 ** 30];
        // A tenth belongs to the system and its agents.
        const room = (of: (one: (typeof machines)[number]) => number): number => machines.reduce((total, one) => total + (each ? 1 : one.pool.max) * of(one) * 0.9, 0);
        const [cpus, gigabytes] = [room((one) => one.machine!.vcpu), room((one) => one.machine!.memoryGb)];
        if (cpu <= cpus && memory <= gigabytes) return [];
        return [{ path: `places.${place.name}`, message: `${topology.objectives.concurrentUsers} people at once need ${cpu.toFixed(1)} CPUs and ${memory.toFixed(1)} GB ${each ? "on each machine, which has" : "here; its machines have"} ${cpus.toFixed(1)} and ${gigabytes.toFixed(1)}` }];
    });
}

const cadences = [24, 12, 6, 4, 2, 1] as const;

/** The rarest backup that keeps both promises. */
function backupOf(topology: Topology, store: Store): { plan: BackupPlan; findings: Finding[] } {
    const { lossMinutes, recoveryMinutes, backups } = topology.objectives;
    const path = `stores.${store.name}`;
    const findings: Finding[] = [];
    const finding = (message: string): void => void findings.push({ path, message });
    const archives = backups?.archivesLog ?? (lossMinutes !== undefined && lossMinutes < 24 * 60);
    const copying = (parseMemory(store.size) ?? 0) / 2 ** 20 / assumed.restoreMegabytesPerSecond / 60;
    const restore = (hours: number): number => Math.ceil(assumed.preparationMinutes + copying + (archives ? (hours * 60) / assumed.replaySpeed : 0));
    const loss = (hours: number, seconds: number | undefined): number => (seconds === undefined ? hours * 60 : Math.ceil(seconds / 60));
    const keeps = (hours: number): boolean => (recoveryMinutes === undefined || restore(hours) <= recoveryMinutes) && (archives || lossMinutes === undefined || hours * 60 <= lossMinutes);

    const everyHours = backups?.everyHours ?? cadences.find(keeps) ?? 1;
    const archiveSeconds = archives ? Math.min(300, Math.max(60, Math.floor(((lossMinutes ?? 5) * 60) / 2))) : undefined;
    const plan: BackupPlan = {
        store: store.name, everyHours, schedule: everyHours >= 24 ? `0 2 */${Math.round(everyHours / 24)} * *`.replace("*/1 ", "* ") : `0 */${everyHours} * * *`,
        ...(archiveSeconds === undefined ? {} : { archiveSeconds }), keepDays: assumed.keepDays, lossMinutes: loss(everyHours, archiveSeconds), restoreMinutes: restore(everyHours),
    };
    if (lossMinutes !== undefined && plan.lossMinutes > lossMinutes) {
        finding(archives
            ? `its log is archived every ${archiveSeconds} s at the earliest, so up to ${plan.lossMinutes} minutes are lost; ${lossMinutes} are promised`
            : `a backup every ${everyHours} h loses up to ${plan.lossMinutes} minutes of work; ${lossMinutes} are promised: archive the write-ahead log`);
    }
    if (archives && !archivesItsLog(store)) finding(`${lossMinutes === undefined ? "its log is to be archived" : `at most ${lossMinutes} minutes may be lost`}, but a ${store.form} ${store.form === "cloudnativepg" ? "without an archive " : ""}keeps no archive of its log: choose cloudnativepg with an archive, or a provider's with point-in-time recovery`);
    if (recoveryMinutes !== undefined && plan.restoreMinutes > recoveryMinutes) finding(`restoring ${store.size} takes about ${plan.restoreMinutes} minutes at ${assumed.restoreMegabytesPerSecond} MB/s; ${recoveryMinutes} are promised`);
    return { plan, findings };
}

function archivesItsLog(store: Store): boolean {
    return store.form === "cloud-sql" || store.form === "neon" || (store.form === "cloudnativepg" && store.archive !== undefined);
}

/** A file that was overwritten by mistake comes back from its version. */
function checkBuckets(topology: Topology): Finding[] {
    if (topology.objectives.lossMinutes === undefined) return [];
    return topology.stores.flatMap((store) => (store.engine === "objects" && !store.versioning ? [{ path: `stores.${store.name}`, message: "keeps no versions, so what is overwritten or deleted is lost, whatever is promised about losses" }] : []));
}

function checkWork(topology: Topology): Finding[] {
    return (topology.objectives.work ?? []).flatMap((work): Finding[] => {
        const path = `objectives.work.${work.service}`;
        const service = topology.services.find((one) => one.name === work.service);
        const most = messagesPerReplica(topology, work.service)!;
        if (service === undefined) return [{ path, message: `nothing is called "${work.service}"` }];
        if (most < 1) return [{ path, message: `one piece takes ${work.secondsEach} s, and ${work.withinSeconds} s are promised: no number of replicas makes it faster` }];
        return (service.scaling ?? []).flatMap((trigger) =>
            trigger.kind === "queue" && trigger.perReplica !== undefined && trigger.perReplica > most
                ? [{ path, message: `${trigger.perReplica} messages for each replica take ${trigger.perReplica * work.secondsEach} s, and ${work.withinSeconds} s are promised: ${most} at most` }]
                : []);
    });
}

/** Its provider starts it again somewhere else. */
function restartsElsewhere(topology: Topology, service: Service): boolean {
    const kind = placeOf(topology, service.name)?.kind;
    // Each machine of a group runs every container; how many machines there are is checked with the places.
    return kind === "cloud-run" || kind === "fly" || kind === "modal" || kind === "compute-group" || kind === "vm";
}

function startSeconds({ health: { startup } }: Service): number {
    return (startup.initialDelaySeconds ?? 0) + startup.periodSeconds * (startup.failureThreshold ?? 3);
}

function percent(share: number): string {
    return `${Math.round(share * 1e6) / 1e4} %`;
}
