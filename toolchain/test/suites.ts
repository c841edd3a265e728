/** The test suites: what each runs, and what has to be there first. */

export interface Suite {
    name: string;
    /** What it shows, for `npm test -- --list`. */
    about: string;
    /** mocha globs; or for the type check, the tsconfig files. */
    files: readonly string[];
    kind: "mocha" | "types";
    /** Provisions that are ensured first; see needs.ts. */
    needs: readonly Need[];
    /** Milliseconds for one test; a hanging test fails instead of holding everything. */
    timeout: number;
    /** For the order in which suites begin, the largest first; near to how long they take, and so that the three that ask most of the processor (cluster, app, kubernetes) are not at it together. */
    seconds: number;
}

/** How many tests ended how. */
export interface Tally {
    passed: number;
    failed: number;
    skipped: number;
}

/** How a suite ended. */
export interface Counts extends Tally {
    /** The failed ones, in the order they ran; a hook that fails is one too. */
    failures: readonly Failure[];
    /** The same for each test file, by its path. A crash belongs to none. */
    files: Readonly<Record<string, Tally>>;
}

export interface Failure {
    /** With the titles of the groups around it. */
    title: string;
    /** What was said, with where it happened if that is known. */
    message: string;
    /** The test file, if one is known. */
    file?: string;
}

export type Need = "pulumi" | "policy" | "kubernetes" | "images" | "model" | "web" | "browser";

const second = 1_000;
const minute = 60 * second;

export const suites: readonly Suite[] = [
    { name: "types", about: "the TypeScript of every package, strictly", kind: "types", files: ["tsconfig.json", "app/tsconfig.json", "app/web/tsconfig.json", "policy/tsconfig.json"], needs: [], timeout: 10 * minute, seconds: 50 },
    { name: "unit", about: "planning, components and toolchain, beside their code", kind: "mocha", files: ["*.test.ts", "{config,topology,blueprints,stacks,components,toolchain}/**/*.test.ts", "tests/{docs,golden,coverage}/**/*.test.ts"], needs: ["pulumi", "kubernetes"], timeout: minute, seconds: 260 },
    { name: "policy", about: "every rule, and agreement with Kubernetes' own Pod Security", kind: "mocha", files: ["policy/{src,scan,report,reference,tests}/**/*.test.ts"], needs: ["pulumi", "policy"], timeout: 3 * minute, seconds: 130 },
    { name: "app", about: "the application on embedded and on real Postgres", kind: "mocha", files: ["app/src/**/*.test.ts"], needs: ["images", "model"], timeout: 2 * minute, seconds: 260 },
    { name: "web", about: "the web front's logic, and its main flow in a real browser", kind: "mocha", files: ["app/web/src/**/*.test.ts", "tests/browser/**/*.test.ts"], needs: ["model", "web", "browser"], timeout: 3 * minute, seconds: 40 },
    { name: "engine", about: "the real Pulumi: preview, up, refresh, destroy, policies, recovery", kind: "mocha", files: ["tests/engine/!(stacks).test.ts"], needs: ["pulumi", "policy"], timeout: 5 * minute, seconds: 300 },
    { name: "stacks", about: "every stack on simulated clouds: deployed, changed, refreshed, destroyed without an orphan, and from an earlier release", kind: "mocha", files: ["tests/engine/stacks.test.ts", "tests/upgrade/**/*.test.ts"], needs: ["pulumi", "policy"], timeout: 15 * minute, seconds: 280 },
    { name: "images", about: "images are reproducible and run as described", kind: "mocha", files: ["tests/images/**/*.test.ts"], needs: ["images"], timeout: 10 * minute, seconds: 70 },
    { name: "kubernetes", about: "the real API server judges every object, and what stands in for its plugin", kind: "mocha", files: ["tests/cluster/!(platform|standard).test.ts"], needs: ["pulumi", "policy", "kubernetes", "images"], timeout: 10 * minute, seconds: 120 },
    { name: "cluster", about: "npm run up on a real Kubernetes: the whole flow, pods killed, NetworkPolicies, destroy", kind: "mocha", files: ["tests/cluster/platform.test.ts", "tests/cluster/standard.test.ts"], needs: ["pulumi", "policy", "kubernetes", "images", "browser"], timeout: 20 * minute, seconds: 420 },
];
