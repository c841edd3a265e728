import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { soundTopology, spreadTopology } from "../../topology/arbitrary";
import { forecastOf, type Forecast } from "../../topology/forecast";
import type { Place, Topology } from "../../topology/types";
import { forecastOfStack } from "./cost";
import { costPage, forecastLines, readForecast } from "./forecast";
import { repository } from "../core/paths";

const [base] = fc.sample(soundTopology, { numRuns: 1, seed: 1 }) as [Topology];

/** The sound topology on three machines of Google's, each `machine`. */
function on(machine: string, min: number, budget?: number): Forecast {
    const place: Place = { name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "gcp", cluster: "gke", zones: 3, pools: [{ name: "general", purpose: "is a pool", machine, min, max: 10 }] };
    return forecastOf({ ...base, places: [place], objectives: { ongoingRequests: [], ...(budget === undefined ? {} : { monthlyBudget: { amount: budget, currency: "USD" } }) } });
}

const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);

describe("the lines after a preview", () => {
    it("tell the cost of a month, and what it is made of", () => {
        const [cost] = plain(forecastLines(on("e2-standard-2", 3)));
        assert.match(cost!, /^cost {7}219\.\d\d to 562\.\d\d USD a month \(at least: gcp 219\.\d\d\)$/);
    });

    it("tell the difference to the last deployment, line by line, and nothing when there is none", () => {
        const before = JSON.parse(JSON.stringify(on("e2-standard-2", 3))) as Forecast;
        const lines = plain(forecastLines(on("e2-standard-2", 4), readForecast(before)));
        assert.deepEqual(lines.slice(1, 3), ["           +48.92 since the last deployment", "             +48.92  pool cluster/general"]);
        assert.ok(!plain(forecastLines(on("e2-standard-2", 3), before)).join().includes("since the last"));
    });

    it("tell a budget, kept or kept only at the least scale", () => {
        assert.ok(plain(forecastLines(on("e2-standard-2", 3, 1000))).includes("budget     1000.00 USD a month, kept"));
        assert.ok(plain(forecastLines(on("e2-standard-2", 3, 300))).includes("budget     300.00 USD a month, kept; at its greatest scale it would cost more"));
    });

    it("name what has no known price, and never count it as nothing", () => {
        const text = plain(forecastLines(on("z9-huge", 3))).join("\n");
        assert.match(text, /without a known price: pool cluster\/general: gcp z9-huge/);
    });

    it("tell the ways of the data and the encrypted share, for any topology", () => {
        fc.assert(fc.property(fc.oneof(soundTopology, spreadTopology), (topology) => {
            const line = plain(forecastLines(forecastOf(topology))).find((one) => one.startsWith("data paths"));
            assert.match(line!, /^data paths \d+: .*; \d+(\.\d)? % of what leaves a machine is encrypted$/);
        }), { numRuns: 20 });
    });

    it("are left out for outputs of another version, whatever they are", () => {
        for (const value of [undefined, null, 1, "text", {}, { cost: {} }, { cost: { lines: [] } }]) assert.equal(readForecast(value), undefined);
        assert.ok(readForecast(on("e2-standard-2", 3)) !== undefined);
    });
});

describe("npm run cost", () => {
    for (const file of globSync("Pulumi.*.yaml", { cwd: repository })) {
        const stack = file.slice("Pulumi.".length, -".yaml".length);
        it(`knows the price of everything that ${stack} pays for, without reading a secret`, () => {
            const forecast = forecastOfStack(stack);
            assert.deepEqual(forecast.cost.unpriced, []);
            const page = plain(costPage(forecast));
            for (const line of forecast.cost.lines) assert.ok(page.some((one) => one.includes(line.name)), line.name);
        });
    }
});
