import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
    const [r, g, b] = [1, 3, 5].map((at) => {
        const value = parseInt(hex.slice(at, at + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (light + 0.05) / (dark + 0.05);
}

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const tokens = new Map([...css.matchAll(/--([\w-]+):\s*light-dark\((#[\da-f]{6}),\s*(#[\da-f]{6})\)/g)].map((match) => [match[1] as string, [match[2] as string, match[3] as string]]));

const grounds = ["ground", "surface", "sunken", "hover"];
/** Text and what it may stand on: 4.5 to 1. */
const text: [string, string[]][] = [
    ["ink", [...grounds, "accent-ground", "good-ground", "warn-ground", "bad-ground"]],
    ["ink-soft", grounds],
    ["ink-faint", grounds],
    ["accent", ["ground", "surface", "sunken", "accent-ground"]],
    ["accent-strong", ["ground", "surface", "sunken"]],
    ["on-accent", ["accent", "accent-strong"]],
    ["on-bad", ["bad-strong"]],
    ["on-mark", ["mark"]],
    ["good", ["surface", "good-ground"]],
    ["warn", ["surface", "warn-ground"]],
    ["bad", ["ground", "surface", "sunken", "bad-ground"]],
];
/** Edges of fields and marks of state: 3 to 1. */
const edges: [string, string[]][] = [
    ["line-strong", ["ground", "surface"]],
    ["accent", ["hover", "ground"]],
    ["warn", ["surface", "sunken"]],
];

describe("colour tokens", () => {
    for (const [scheme, at] of [["light", 0], ["dark", 1]] as const) {
        for (const [pairs, least] of [[text, 4.5], [edges, 3]] as const) {
            for (const [front, backs] of pairs) {
                for (const back of backs) {
                    it(`${scheme}: ${front} on ${back} has at least ${least} to 1`, () => {
                        const value = contrast(tokens.get(front)?.[at] ?? "", tokens.get(back)?.[at] ?? "");
                        assert.ok(value >= least, `${value.toFixed(2)} to 1`);
                    });
                }
            }
        }
    }

    it("measures contrast as WCAG does", () => {
        assert.equal(contrast("#000000", "#ffffff"), 21);
        assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
    });
});
