/** Use and cost of language models, added up as a person reads it. */
import type { Usage } from "../api/types.ts";

export type Measure = "cost" | "calls" | "failures" | "inputTokens" | "outputTokens";

export interface DayValue {
    day: string;
    value: number;
}

/** One value for each of the last `days` days up to `today` (YYYY-MM-DD, UTC as the server counts), also where nothing was used. */
export function byDay(usage: readonly Usage[], measure: Measure, days: number, today: string): DayValue[] {
    const sums = new Map<string, number>();
    for (const row of usage) {
        sums.set(row.day, (sums.get(row.day) ?? 0) + row[measure]);
    }
    const last = Date.parse(`${today}T00:00:00Z`);
    return Array.from({ length: days }, (_, i) => {
        const day = new Date(last - (days - 1 - i) * 86_400_000).toISOString().slice(0, 10);
        return { day, value: sums.get(day) ?? 0 };
    });
}

export type Totals = Record<Measure, number>;

/** The sums of the rows that `fits`. */
export function totals(usage: readonly Usage[], fits: (row: Usage) => boolean = () => true): Totals {
    const sum: Totals = { cost: 0, calls: 0, failures: 0, inputTokens: 0, outputTokens: 0 };
    for (const row of usage.filter(fits)) {
        for (const measure of Object.keys(sum) as Measure[]) {
            sum[measure] += row[measure];
        }
    }
    return sum;
}

/** The sums of each model, the most expensive first. */
export function byModel(usage: readonly Usage[]): (Totals & { model: string })[] {
    const models = [...new Set(usage.map(({ model }) => model))];
    return models.map((model) => ({ model, ...totals(usage, (row) => row.model === model) })).sort((a, b) => b.cost - a.cost || b.calls - a.calls);
}

/** `$0.0042`, `$12.30`: cents matter less the larger it gets. */
export function dollars(amount: number): string {
    return amount !== 0 && Math.abs(amount) < 0.995 ? `$${amount.toFixed(4)}` : new Intl.NumberFormat("en", { style: "currency", currency: "USD" }).format(amount);
}
