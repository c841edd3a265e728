/**
 * Verdicts of the Go program about generated pods, kept for machines without Go.
 * `npm run record -w policy` writes them anew; a test compares them with the living program where there is Go.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatePod } from "./pods";
import { verdictsOf, versions, type Verdict } from "./reference";

export interface Recorded {
    seed: number;
    count: number;
    versions: readonly string[];
    /** Of the generated pods: another generator makes other pods, and the verdicts are no longer about them. */
    pods: string;
    /** A string a pod, a digit a version: 0 both profiles allow it, 1 only baseline, 2 neither, 3 only restricted. */
    verdicts: readonly string[];
}

const file = join(__dirname, "verdicts.json");

export function readRecorded(): Recorded {
    return JSON.parse(readFileSync(file, "utf8")) as Recorded;
}

export function generatePods(seed: number, count: number): unknown[] {
    return Array.from({ length: count }, (_, index) => generatePod(seed, index));
}

export function hashOf(pods: readonly unknown[]): string {
    return createHash("sha256").update(JSON.stringify(pods)).digest("hex");
}

/** The digit of a verdict; see `Recorded.verdicts`. */
export function digit(baseline: boolean, restricted: boolean): string {
    return restricted ? (baseline ? "0" : "3") : baseline ? "1" : "2";
}

export function digits(verdict: Verdict, wanted: readonly string[]): string {
    return wanted.map(version => digit(verdict[version]!.baseline.length === 0, verdict[version]!.restricted.length === 0)).join("");
}

/** Asks the Go program and makes the record. */
export async function makeRecord(seed: number, count: number): Promise<Recorded> {
    const pods = generatePods(seed, count);
    const verdicts = await verdictsOf(pods, versions);
    return { seed, count, versions, pods: hashOf(pods), verdicts: verdicts.map(verdict => digits(verdict, versions)) };
}

if (require.main === module) {
    makeRecord(1, 600).then(
        record => writeFileSync(file, `${JSON.stringify(record, undefined, 1)}\n`),
        error => {
            console.error(error);
            process.exitCode = 1;
        },
    );
}
