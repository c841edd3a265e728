/** What a deployment will cost and how its data travels, for a person: the lines after a preview. */
import pc from "picocolors";
import { costChanges, money, type CostReport } from "../../topology/cost";
import type { Forecast } from "../../topology/forecast";

/** Lines of one change, or of one placement, that are shown; the rest is counted. */
const shown = 5;

/** A forecast as it came out of a stack's outputs; undefined when it is none that this version can read. */
export function readForecast(value: unknown): Forecast | undefined {
    const forecast = value as Partial<Forecast> | undefined | null;
    return typeof forecast === "object" && forecast !== null && Array.isArray(forecast.cost?.lines) && forecast.paths !== undefined ? (forecast as Forecast) : undefined;
}

/** A few lines: cost with the difference to the last deployment, and the share of encrypted traffic. */
export function forecastLines(now: Forecast, before?: Forecast): string[] {
    return [...costLines(now.cost, before?.cost), ...budgetLines(now), pathLine(now), ...cheaperLines(now)];
}

/** Every line of the bill too, and where it could be smaller: `npm run cost`. */
export function costPage(now: Forecast, before?: Forecast): string[] {
    const { cost } = now;
    const width = Math.max(0, ...cost.lines.map((line) => line.name.length));
    const bill = cost.lines.map((line) => `  ${line.name.padEnd(width)}  ${span(line.atLeast, line.atMost).padStart(18)}  ${pc.dim(`${line.what}, ${line.provider}, ${line.component}`)}`);
    const providers = now.cheaper.providers.map((one) => `  ${one.provider.padEnd(8)} ${(one.monthly === undefined ? "" : `${one.monthly.toFixed(2)} USD`).padStart(14)}  ${one.why ?? one.machines.join(", ")}`);
    return [
        ...bill,
        ...(bill.length === 0 ? [] : [pc.dim(`  at least: ${Object.entries(cost.byComponent).map(([name, amount]) => `${name} ${amount.toFixed(2)}`).join(", ")}`), ""]),
        ...forecastLines(now, before),
        ...(providers.length === 0 ? [] : ["", "the same cluster elsewhere, a month at the least scale", ...providers]),
        ...(cost.pricesAsOf === undefined ? [] : ["", pc.dim(`list prices, approximate, the oldest of ${cost.pricesAsOf}; topology/prices.json names the sources`)]),
    ];
}

function costLines(cost: CostReport, before: CostReport | undefined): string[] {
    if (cost.lines.length === 0 && cost.unpriced.length === 0) return ["cost       nothing beside your own machines"];
    const parts = Object.entries(cost.byProvider).map(([provider, amount]) => `${provider} ${amount.toFixed(2)}`).join(", ");
    const lines = [`cost       ${span(cost.atLeast, cost.atMost)} ${cost.currency} a month ${pc.dim(`(at least: ${parts})`)}`];
    const changes = before === undefined ? [] : costChanges(before, cost);
    if (changes.length > 0) {
        lines.push(`           ${signed(changes.reduce((sum, change) => sum + change.after - change.before, 0))} since the last deployment`);
        for (const change of changes.slice(0, shown)) lines.push(`             ${signed(change.after - change.before)}  ${change.name}`);
        if (changes.length > shown) lines.push(pc.dim(`             … and ${changes.length - shown} more`));
    }
    if (cost.unpriced.length > 0) lines.push(`           ${pc.yellow("without a known price:")} ${cost.unpriced.join("; ")}`);
    return lines;
}

function budgetLines({ budget, cost }: Forecast): string[] {
    if (budget === undefined) return [];
    const most = cost.atMost > budget.amount ? `; at its greatest scale it would cost more` : "";
    return [`budget     ${money(budget.amount, budget.currency)} a month, ${budget.kept ? `kept${most}` : pc.red("not kept")}`];
}

function pathLine({ paths }: Forecast): string {
    const ways = Object.entries(paths.ways).map(([way, count]) => `${count} ${wayNames[way as keyof typeof wayNames] ?? way}`).join(", ");
    return `data paths ${paths.count}: ${ways}; ${Math.floor(paths.encryptedShare * 1000) / 10} % of what leaves a machine is encrypted`;
}

const wayNames = { machine: "on one machine", internal: "in a private network", tailscale: "by WireGuard (Tailscale)", netbird: "by WireGuard (NetBird)", tunnel: "by a tunnel", https: "by TLS" } as const;

function cheaperLines({ cheaper }: Forecast): string[] {
    return cheaper.pools.slice(0, 1).map((one) => `cheaper    ${one.instead} instead of ${one.machine} for ${one.place}/${one.pool} saves ${one.saves.toFixed(2)} USD a month`);
}

function span(least: number, most: number): string {
    return least === most ? least.toFixed(2) : `${least.toFixed(2)} to ${most.toFixed(2)}`;
}

function signed(amount: number): string {
    return `${amount < 0 ? "-" : "+"}${Math.abs(amount).toFixed(2)}`;
}
