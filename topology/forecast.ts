/** What can be known of a deployment before it is there: it goes into the outputs of its stack, and is printed after each preview. */
import { checkBudget, costOf, type CostReport } from "./cost";
import { compileObjectives, type BackupPlan } from "./objectives";
import { proveDataPaths, type Way } from "./paths";
import { cheaperPools, placementsOf, type CheaperPool, type Placement } from "./placement";
import type { Topology } from "./types";

export interface Forecast {
    readonly blueprint: string;
    readonly cost: CostReport;
    readonly paths: {
        readonly count: number;
        readonly encrypted: number;
        /** By volume, of what leaves a machine: 0 to 1. */
        readonly encryptedShare: number;
        readonly ways: Readonly<Partial<Record<Way, number>>>;
    };
    readonly backups: readonly BackupPlan[];
    readonly cheaper: { readonly pools: readonly CheaperPool[]; readonly providers: readonly Placement[] };
    /** Absent without a budget. */
    readonly budget?: { readonly amount: number; readonly currency: "USD" | "EUR"; readonly kept: boolean };
}

/** Plain data, the same for the same topology. */
export function forecastOf(topology: Topology): Forecast {
    const cost = costOf(topology);
    const proof = proveDataPaths(topology);
    const { monthlyBudget } = topology.objectives;
    return {
        blueprint: topology.blueprint,
        cost,
        paths: { count: proof.paths.length, encrypted: proof.paths.filter((path) => path.encrypted).length, encryptedShare: Math.round(proof.encryptedShare * 1e4) / 1e4, ways: proof.ways },
        backups: compileObjectives(topology).backups,
        cheaper: { pools: cheaperPools(topology), providers: placementsOf(topology) },
        ...(monthlyBudget === undefined ? {} : { budget: { ...monthlyBudget, kept: checkBudget(topology, cost).length === 0 } }),
    };
}
