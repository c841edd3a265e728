/** Runs the Go program beside this file: the code by which Kubernetes itself decides, as the judge of the rules. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../../toolchain/core/paths";
import { run, which } from "../../toolchain/core/run";

/** Why each profile refuses a pod, by version; an empty list means allowed. */
export type Verdict = Readonly<Record<string, { baseline: readonly string[]; restricted: readonly string[] }>>;

export interface Fixture {
    file: string;
    level: "baseline" | "restricted";
    version: string;
    expect: "pass" | "fail";
    pod: unknown;
    verdict: Verdict;
}

/** Versions in which the standards changed, each with the one before: between two of them nothing differs. */
export const versions = ["1.0", "1.7", "1.8", "1.18", "1.19", "1.21", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"] as const;

/** True if there is a Go to build the reference with. */
export async function hasGo(): Promise<boolean> {
    return (await which("go")) !== undefined;
}

/** What Kubernetes says of each pod in each version. */
export async function verdictsOf(pods: readonly unknown[], wanted: readonly string[]): Promise<Verdict[]> {
    const output = await run(await program(), ["evaluate", "-versions", wanted.join(",")], { input: pods.map(pod => `${JSON.stringify(pod)}\n`).join(""), secret: true });
    return lines(output) as Verdict[];
}

/** The fixtures that the module brings along, read from the module cache. */
export async function fixtures(): Promise<Fixture[]> {
    const folder = (await run("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission"], { cwd: __dirname })).trim();
    return lines(await run(await program(), ["fixtures", join(folder, "test/testdata")], { secret: true })) as Fixture[];
}

/** Builds the program once for these sources; later runs find it. */
async function program(): Promise<string> {
    const hash = createHash("sha256");
    for (const file of ["main.go", "go.mod", "go.sum"]) hash.update(readFileSync(join(__dirname, file)));
    const binary = cacheFolder("policy-reference", hash.digest("hex").slice(0, 16), "reference");
    if (!existsSync(binary)) {
        await mkdir(join(binary, ".."), { recursive: true });
        await run("go", ["build", "-trimpath", "-o", `${binary}.${process.pid}`, "."], { cwd: __dirname });
        await rename(`${binary}.${process.pid}`, binary);
    }
    return binary;
}

function lines(text: string): unknown[] {
    return text.split("\n").filter(line => line !== "").map(line => JSON.parse(line) as unknown);
}
