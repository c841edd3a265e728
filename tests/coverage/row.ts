/** One requirement of the five documents, and what proves it. */

/**
 * How strong a proof is, strongest first.
 * `planned` is weaker than any run: what the program or the topology says, looked at without an engine.
 */
export const levels = ["real", "validated", "simulated", "planned"] as const;
export type Level = (typeof levels)[number];

export const meanings: Readonly<Record<Level | "none", string>> = {
    real: "ran for real",
    validated: "real server's validation",
    simulated: "simulated cloud",
    planned: "planned only",
    none: "not proven",
};

export interface Proof {
    readonly level: Level;
    /** Path from the root of the repository. */
    readonly file: string;
    /** The title of the test, as it stands in the source. */
    readonly title: string;
}

export interface Row {
    readonly id: string;
    readonly text: string;
    readonly proofs: readonly Proof[];
    /** What of it nothing here proves. Absent: all of it is proven as strongly as the proofs say. */
    readonly missing?: string;
}

function proof(level: Level): (file: string, title: string) => Proof {
    return (file, title) => ({ level, file, title });
}

export const [real, validated, simulated, planned] = [proof("real"), proof("validated"), proof("simulated"), proof("planned")];

/** Tests that several rows share. */
export const shared = {
    apiServer: validated("tests/cluster/api-server.test.ts", "takes every object of ${stack}"),
    everyStack: simulated("tests/engine/stacks.test.ts", "is deployed without an orphan, also when its runs are killed"),
    standardDocument: planned("blueprints/standard.test.ts", "has the services of document 001: replicas, ports, resources, probes, variables"),
    queueOfBrokers: real("app/src/queue/queue.test.ts", "is filled again after the broker lost everything"),
    queueMany: real("app/src/queue/queue.test.ts", "gives every job to exactly one of many workers"),
    policiesInForce: real("tests/cluster/network.ts", "${from} ${allowed ? \"reaches\" : \"does not reach\"} ${to}:${port}"),
    killed: real("tests/cluster/kills.ts", "finishes a document whose ${victim} was killed in the middle"),
    approvalKilled: real("tests/cluster/kills.ts", "keeps a waiting approval when ${victim} is killed, and books it once"),
    upload: real("tests/cluster/flow.ts", "processes an uploaded PDF and answers from it with a citation of the page"),
    browser: real("tests/cluster/browser.ts", "uploads, asks, opens the source, asks for a refund, and sees it go on after the approval"),
    rateLimit: real("tests/images/web.test.ts", "answers the 101st request of a caller in one minute with 429, and those of others as before"),
    postgresImage: real("tests/images/postgres.test.ts", "makes the database with vector, UTF-8, C collation and scram, and keeps rows over a fast restart"),
    netpols: planned("topology/network-policies.test.ts", "allow exactly the flows: both ends open for each, and neither for anything else"),
    tailnetTests: planned("topology/tailnet.test.ts", "passes its own tests, and they fail when a grant is taken away or one too many is given"),
    paths: planned("topology/paths.test.ts", "are proven for every sound topology, wherever its services are"),
    bestLink: planned("topology/paths.test.ts", "take the best link there is: internal, Tailscale, NetBird, tunnel, HTTPS"),
    thresholds: planned("topology/objectives.test.ts", "have document 001's thresholds, five critical and five warning"),
    promql: validated("topology/objectives.test.ts", "are PromQL that Prometheus' own grammar takes, for any deployment"),
    document001: planned("topology/objectives.test.ts", "of document 001 are met: 100 people, 99.9 %, 4 hours, 1 hour"),
    traces: real("app/src/http/app.test.ts", "has one shape for all errors, with the request's id"),
    golden: planned("tests/golden/program.test.ts", "is the committed one"),
    goldenClouds: planned("tests/golden/clouds.test.ts", "is the committed one"),
    containers: planned("tests/golden/program.test.ts", "has resources, probes, an image by digest and restricted security on every container"),
} as const;
