/**
 * What the benchmarks say: a table as they run, and a file of JSON that docs/benchmarks.md and its plots are made of.
 * A part that runs again replaces what it said before; the others stay, each with its own time and load.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { appFolder } from "../src/env.js";

export interface Bar {
    atLeast?: number;
    atMost?: number;
}

export interface Measured {
    what: string;
    value: number;
    /** "" for a share or a score. */
    unit: string;
    /** What is promised; absent where the number only explains another. */
    bar?: Bar;
    /** What a reader must know to read it right. */
    note?: string;
    /** Load of the machine over the minute before. Above 2 on two cores, times say little. */
    load: number;
}

export interface Part {
    title: string;
    /** As typed, from the root of the repository. */
    command: string;
    /** ISO 8601. */
    at: string;
    machine: string;
    measured: Measured[];
}

export type Results = Record<string, Part>;

/** Git-ignored: numbers of this machine. `--publish` makes the page of them. */
export const RESULTS = join(appFolder(".."), ".agent-platform", "benchmarks.json");

export class Report {
    private readonly part: Part;

    constructor(
        private readonly name: string,
        title: string,
        command: string,
        private readonly path = RESULTS,
    ) {
        this.part = { title, command, at: new Date().toISOString(), machine: machine(), measured: [] };
        console.log(`\n${title}`);
    }

    /** Prints one number and keeps it. */
    add(what: string, value: number, unit: string, options: { bar?: Bar; note?: string } = {}): void {
        const measured: Measured = { what, value, unit, load: loadavg()[0]!, ...options };
        this.part.measured.push(measured);
        const verdict = measured.bar === undefined ? "" : `   ${holds(measured) ? "holds" : "MISSED"}: ${barText(measured)}`;
        console.log(`  ${what.padEnd(58)} ${figure(value).padStart(9)} ${unit.padEnd(10)} load ${measured.load.toFixed(1)}${verdict}`);
    }

    /** Written when the part has run to its end: half a run leaves the last whole one. */
    close(): void {
        const results = { ...readResults(this.path), [this.name]: this.part };
        mkdirSync(dirname(this.path), { recursive: true });
        writeFileSync(`${this.path}.draft`, `${JSON.stringify(results, null, 4)}\n`);
        renameSync(`${this.path}.draft`, this.path);
    }
}

export function readResults(path = RESULTS): Results {
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Results) : {};
}

/** Undefined where nothing is promised. */
export function holds({ value, bar }: Pick<Measured, "value" | "bar">): boolean | undefined {
    return bar === undefined ? undefined : value >= (bar.atLeast ?? -Infinity) && value <= (bar.atMost ?? Infinity);
}

/** "" where nothing is promised. */
export function barText({ bar, unit }: Pick<Measured, "bar" | "unit">): string {
    if (bar === undefined) return "";
    const limits = [bar.atLeast === undefined ? [] : [`≥ ${bar.atLeast}`], bar.atMost === undefined ? [] : [`≤ ${bar.atMost}`]].flat();
    return `${limits.join(", ")}${unit === "" ? "" : ` ${unit}`}`;
}

export function figure(value: number): string {
    const size = Math.abs(value);
    return size >= 100 || Number.isInteger(value) ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toFixed(3);
}

function machine(): string {
    const [first] = cpus();
    const flags = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
    const widest = ["avx512_vnni", "avx_vnni", "avx512f", "avx2"].find((flag) => flags.includes(flag));
    return `${cpus().length} × ${first?.model.trim() ?? "unknown"}${widest === undefined ? "" : ` (${widest})`}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version.slice(1)}`;
}
