import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import fc from "fast-check";
import { repository } from "../toolchain/core/paths";
import type { Problem } from "../toolchain/core/problem";
import { alertsOf, runbookOf } from "./alerts";
import { serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { requireSound } from "./checks";
import { assumed, compileObjectives, messagesPerReplica } from "./objectives";
import type { Objectives, Place, Store, Topology } from "./types";

/** A web front, an API of five requests a replica, a worker that a queue wakes, Postgres with an archive, Redis. */
function deployment(objectives: Partial<Objectives>, more: Partial<Topology> = {}): Topology {
    const cluster: Place = { name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "aws", cluster: "eks", zones: 3, pools: [{ name: "general", purpose: "is a pool", machine: "t3.large", min: 3, max: 10 }] };
    const data: Place = { name: "data", kind: "managed", purpose: "is managed", provider: "aws" };
    return {
        blueprint: "some", namespace: "agents-production", places: [cluster, data], networks: [], links: [{ between: ["cluster", "data"], kind: "https" }], access: [], tasks: [], platform: [], parties: [], subscriptions: [],
        services: [
            { ...serviceCalled("web", 8080, "AgentCluster"), image: "web", replicas: { min: 2, max: 2 } },
            { ...serviceCalled("api", 8002, "AgentCluster"), replicas: { min: 3, max: 20 } },
            { ...serviceCalled("worker", undefined, "UploadPipeline"), replicas: { min: 0, max: 4 }, scaling: [{ kind: "queue", queue: "redis", perReplica: 5 }, { kind: "cron", timezone: "Europe/Berlin", start: "0 7 * * *", end: "0 19 * * *", replicas: 1 }] },
        ],
        stores: [postgres, redis, files],
        edges: [{ name: "front", kind: "tunnel", enters: "web", address: "https://agents.example.com" }],
        flows: [{ from: "web", to: "api", port: 8002 }, { from: "api", to: "postgres", port: 5432 }, { from: "worker", to: "postgres", port: 5432 }, { from: "worker", to: "redis", port: 6379 }, { from: "postgres", to: "files", port: 443 }],
        objectives: { ongoingRequests: [{ service: "api", perReplica: 5, cpuPerRequest: "30m" }], ...objectives },
        ...more,
    };
}

const inCluster = { image: "postgres", graceSeconds: 60, resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } } } as const;
const postgres: Store = { ...inCluster, name: "postgres", owner: "AgentCluster", purpose: "keeps", engine: "postgres", form: "cloudnativepg", port: 5432, size: "100Gi", database: "agents_db", user: "agents_user", replicas: 3, archive: "files", peers: [5432] };
const redis: Store = { ...inCluster, name: "redis", owner: "UploadPipeline", purpose: "queues", engine: "redis", form: "statefulset", image: "redis", port: 6379, size: "1Gi", replicas: 2 };
const files: Store = { name: "files", owner: "AgentCluster", purpose: "keeps files", engine: "objects", form: "s3", place: "data", port: 443, size: "100Gi", tls: true, versioning: true };
const alone: Store = { ...inCluster, name: "postgres", owner: "AgentCluster", purpose: "keeps", engine: "postgres", form: "statefulset", port: 5432, size: "100Gi", database: "d", user: "u" };

const messages = (topology: Topology) => compileObjectives(topology).findings.map(({ path, message }) => `${path}: ${message}`);

/** What document 001 promises. */
const documented: Partial<Objectives> = { concurrentUsers: 100, availability: 0.999, recoveryMinutes: 240, lossMinutes: 60, p95Seconds: 5 };

describe("objectives", () => {
    it("of document 001 are met: 100 people, 99.9 %, 4 hours, 1 hour", () => {
        assert.deepEqual(messages(deployment(documented)), []);
        const { replicas, backups } = compileObjectives(deployment(documented));
        assert.deepEqual(replicas.map(({ service, min, max }) => [service, min, max]), [["web", 2, 2], ["api", 2, 20]]);
        assert.deepEqual(backups, [{ store: "postgres", everyHours: 24, schedule: "0 2 * * *", archiveSeconds: 300, keepDays: 30, lossMinutes: 5, restoreMinutes: 95 }]);
    });

    it("refuse a daily backup and an hour of loss", () => {
        const daily = { ...documented, backups: { everyHours: 24, archivesLog: false } };
        assert.deepEqual(messages(deployment(daily)), ["stores.postgres: a backup every 24 h loses up to 1440 minutes of work; 60 are promised: archive the write-ahead log"]);
        assert.throws(() => requireSound(deployment(daily)), (error: Problem) => error.code === "AP-OBJECTIVES-UNMET" && /a backup every 24 h loses up to 1440 minutes/.test(error.message));
        assert.deepEqual(messages(deployment({ ...documented, lossMinutes: 1440, backups: { everyHours: 24, archivesLog: false } })), []);
    });

    it("refuse 99.9 % with one replica, one Postgres, one zone or one machine", () => {
        const single = deployment({ availability: 0.999 });
        const web = single.services.map((one) => (one.name === "web" ? { ...one, replicas: { min: 1, max: 1 } } : one));
        assert.deepEqual(messages({ ...single, services: web }), ["services.web.replicas: at least 1, 2 are needed: 99.9 % of the time allows 44 minutes of outage a month, and every restart of a single replica is one"]);
        assert.deepEqual(messages({ ...single, stores: [alone, redis, files] }), ["stores.postgres: is one postgres without a standby, and 99.9 % of the time is promised"]);
        assert.deepEqual(messages({ ...single, places: [{ ...single.places[0]!, zones: 1 } as Place, single.places[1]!] }), ["places.cluster: is in one zone, and 99.9 % of the time is promised"]);
        const vm: Place = { name: "cluster", kind: "vm", purpose: "is a machine", provider: "oci", pools: [{ name: "vm", purpose: "is a machine", machine: "m", min: 1, max: 1 }] };
        assert.deepEqual(messages({ ...single, places: [vm, single.places[1]!] }), ["places.cluster: is one machine at least, and 99.9 % of the time is promised"]);
        assert.deepEqual(messages({ ...deployment({ availability: 0.99 }), services: web, stores: [alone, redis, files] }), [], "99 % leave seven hours a month");
    });

    it("refuse more people than replicas or machines can serve", () => {
        assert.deepEqual(messages(deployment({ concurrentUsers: 101 })), ["services.api.replicas: at most 20, 21 are needed: 101 people at once with 5 requests for each replica"]);
        const heavy = deployment({ concurrentUsers: 100 });
        const services = heavy.services.map((one) => ({ ...one, resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "2", memory: "1Gi" } } }));
        assert.match(messages({ ...heavy, services })[0]!, /^places\.cluster: 100 people at once need 44\.5 CPUs and .* GB here; its machines have 18\.0 and 72\.0$/);
    });

    it("refuse losses that no archive can prevent, and archives that a store does not have", () => {
        assert.deepEqual(messages(deployment({ lossMinutes: 60 }, { stores: [alone, redis, files] })), [
            "stores.postgres: at most 60 minutes may be lost, but a statefulset keeps no archive of its log: choose cloudnativepg with an archive, or a provider's with point-in-time recovery",
        ]);
        const { archive: _, ...without } = postgres as Extract<Store, { form: "cloudnativepg" }>;
        assert.match(messages(deployment({ lossMinutes: 60 }, { stores: [without, redis, files] }))[0]!, /a cloudnativepg without an archive keeps no archive/);
        assert.deepEqual(messages(deployment({ lossMinutes: 0 })), ["stores.postgres: its log is archived every 60 s at the earliest, so up to 1 minutes are lost; 0 are promised"]);
        assert.deepEqual(messages(deployment({ lossMinutes: 60 }, { stores: [postgres, redis, { ...files, versioning: false } as Store] })), ["stores.files: keeps no versions, so what is overwritten or deleted is lost, whatever is promised about losses"]);
    });

    it("refuse a restore that takes longer than promised, and back up more often before that", () => {
        const backups = (recoveryMinutes: number, size = "100Gi") => compileObjectives(deployment({ recoveryMinutes, lossMinutes: 60 }, { stores: [{ ...postgres, size } as Store, redis, files] })).backups[0]!;
        assert.deepEqual([backups(240).everyHours, backups(60).everyHours, backups(30).everyHours], [24, 12, 2], "document 003's half hour takes a backup every two hours");
        assert.equal(backups(30).schedule, "0 */2 * * *");
        assert.match(messages(deployment({ recoveryMinutes: 30, lossMinutes: 60 }, { stores: [{ ...postgres, size: "2Ti" } as Store, redis, files] }))[0]!, /^stores\.postgres: restoring 2Ti takes about 358 minutes at 100 MB\/s; 30 are promised$/);
    });

    it("refuse to let sleep what people wait for, when waking takes longer than an answer may", () => {
        const run: Place = { name: "cluster", kind: "cloud-run", purpose: "is serverless", provider: "gcp" };
        const asleep = deployment({ p95Seconds: 3 });
        const services = asleep.services.map((one) => (one.name === "web" ? { ...one, replicas: { min: 0, max: 2 } } : one));
        assert.deepEqual(messages({ ...asleep, places: [run, asleep.places[1]!], services, stores: [files] }), ["services.web.replicas: may sleep, and waking takes up to 6 s, but 95 of 100 answers are promised in 3 s: keep one awake"]);
    });

    it("turn a time for work into messages for each replica", () => {
        const work = (secondsEach: number, withinSeconds: number) => [{ service: "worker", secondsEach, withinSeconds }];
        assert.equal(messagesPerReplica(deployment({ work: work(12, 60) }), "worker"), 5);
        assert.deepEqual(messages(deployment({ work: work(12, 60) })), []);
        assert.deepEqual(messages(deployment({ work: work(20, 60) })), ["objectives.work.worker: 5 messages for each replica take 100 s, and 60 s are promised: 3 at most"]);
        assert.deepEqual(messages(deployment({ work: work(90, 60) })), ["objectives.work.worker: one piece takes 90 s, and 60 s are promised: no number of replicas makes it faster"]);
    });

    it("never promise more by asking for more: a plan that keeps a stricter promise keeps a weaker one", () => {
        fc.assert(fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3000 }), fc.constantFrom("1Gi", "100Gi", "1Ti"), (loss, recovery, more, size) => {
            const of = (lossMinutes: number, recoveryMinutes: number) => compileObjectives(deployment({ lossMinutes, recoveryMinutes }, { stores: [{ ...postgres, size } as Store, redis, files] }));
            const [strict, weak] = [of(loss, recovery), of(loss + more, recovery + more)];
            if (strict.findings.length === 0) assert.deepEqual(weak.findings, []);
            const [plan] = strict.backups;
            if (strict.findings.length === 0) assert.ok(plan!.lossMinutes <= loss && plan!.restoreMinutes <= recovery);
            assert.ok(plan!.restoreMinutes >= assumed.preparationMinutes);
        }));
    });

    it("ask nothing of a topology that promises nothing", () => {
        fc.assert(fc.property(fc.oneof(soundTopology, spreadTopology), (topology) => assert.deepEqual([compileObjectives(topology).findings, compileObjectives(topology).backups], [[], []])), { numRuns: 30 });
    });
});

describe("alerts", () => {
    const topology = deployment(documented);
    const rules = alertsOf(topology).flatMap((group) => group.rules);

    it("have document 001's thresholds, five critical and five warning", () => {
        const found = (alert: string, severity: string, expression: RegExp) => assert.ok(rules.some((rule) => rule.alert === alert && rule.labels.severity === severity && expression.test(rule.expr)), alert);
        found("ServiceDown", "critical", /replicas_available.* == 0/);
        found("HighErrorRate", "critical", /> 0\.05$/);
        found("VerySlowResponses", "critical", /histogram_quantile\(0\.95.* > 10$/);
        found("CpuExhausted", "critical", /> 0\.9$/);
        found("MemoryExhausted", "critical", /> 0\.9$/);
        found("DatabaseDown", "critical", /== 0/);
        found("CpuHigh", "warning", /> 0\.7$/);
        found("MemoryHigh", "warning", /> 0\.7$/);
        found("SlowResponses", "warning", /> 5$/);
        found("ErrorRateRising", "warning", /> 0\.02$/);
        found("DiskFilling", "warning", /> 0\.8$/);
        found("QueueBacklog", "warning", /> 20$/);
    });

    it("watch what is promised: backups, the log's archive, the error budget, the time of answers", () => {
        const one = (alert: string) => rules.find((rule) => rule.alert === alert)?.expr;
        assert.match(one("BackupTooOld")!, /> 90000$/);
        assert.match(one("LogArchiveBehind")!, /> 600$/);
        assert.match(one("ErrorBudgetBurning")!, /> 0\.0144 and .*> 0\.0144$/);
        assert.match(one("StandbyMissing")!, /< 3$/);
        assert.equal(alertsOf(deployment({})).flatMap((group) => group.rules).some((rule) => ["ErrorBudgetBurning", "SlowerThanPromised", "LogArchiveBehind"].includes(rule.alert)), false);
    });

    it("are PromQL that Prometheus' own grammar takes, for any deployment", () => {
        assert.equal(faults("sum(rate(x[5m]) > 1"), 1, "the grammar finds a fault");
        fc.assert(fc.property(fc.oneof(fc.constant(topology), soundTopology, spreadTopology), fc.option(fc.constantFrom(0.99, 0.999, 0.5), { nil: undefined }), (some, availability) => {
            for (const { alert, expr } of alertsOf({ ...some, objectives: { ...some.objectives, availability, p95Seconds: 2 } }).flatMap((group) => group.rules)) assert.equal(faults(expr), 0, `${alert}: ${expr}`);
        }), { numRuns: 30 });
    });

    it("each have a runbook that is there, and every runbook an alert", () => {
        const plain = alertsOf({ ...topology, stores: [alone, redis, files], places: topology.places }).flatMap((group) => group.rules);
        const promised = alertsOf(deployment({ ...documented, p95Seconds: 2 })).flatMap((group) => group.rules);
        const onRay = alertsOf({ ...topology, services: [...topology.services, { ...serviceCalled("models", 8000, "RagService"), form: "ray-service" }] }).flatMap((group) => group.rules);
        const all = [...rules, ...plain, ...promised, ...onRay];
        for (const rule of all) {
            assert.equal(rule.annotations.runbook_url, runbookOf(rule.alert));
            assert.ok(existsSync(join(repository, runbookOf(rule.alert))), runbookOf(rule.alert));
        }
        // Beside them a page for a blueprint that has more to operate.
        const pages = readdirSync(join(repository, "docs", "runbooks")).filter((page) => !existsSync(join(repository, "docs", "blueprints", page)) && page !== "hetzner.md");
        assert.deepEqual(pages.sort(), [...new Set(all.map((rule) => basename(runbookOf(rule.alert))))].sort());
    });
});

/** Places at which the text is not PromQL. */
function faults(expression: string): number {
    let count = 0;
    parser.parse(expression).iterate({ enter: (node) => void (count += node.type.isError ? 1 : 0) });
    return count;
}
