import assert from "node:assert/strict";
import fc from "fast-check";
import { reordered, serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { checkBudget, costChanges, costOf, type CostReport } from "./cost";
import { cheaperPools, placementsOf } from "./placement";
import { hoursAMonth, machineOf, machinesOf, priceList, priceOf } from "./prices";
import type { Place, Pool, Provider, Store, Topology } from "./types";

const pool = (name: string, machine: string, min: number, max = min): Pool => ({ name, purpose: "is a pool", machine, min, max });

/** Document 001's three node groups at Amazon. */
const documented: Place = { name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "aws", cluster: "eks", zones: 3, pools: [pool("general", "t3.large", 3, 10), pool("cpu", "c5.xlarge", 2, 10), pool("memory", "r5.large", 2, 10)] };

function only(places: readonly Place[], more: Partial<Topology> = {}): Topology {
    return {
        blueprint: "one", namespace: "one", places, networks: [], links: [], access: [], services: [], tasks: [], stores: [], platform: [], edges: [], parties: [], flows: [], subscriptions: [],
        objectives: { ongoingRequests: [] }, ...more,
    };
}

function near(actual: number, expected: number): void {
    assert.ok(Math.abs(actual - expected) < 0.02, `${actual} is not ${expected}`);
}

describe("the price file", () => {
    it("gives every price a source with an address, a month and how it is known", () => {
        for (const { item, provider, price, source } of priceList.prices) {
            assert.ok(price >= 0 && Number.isFinite(price), item);
            const known = priceList.sources[source];
            assert.ok(known, `${provider} ${item}: ${source}`);
            assert.match(known.url, /^https:\/\//);
            assert.match(known.asOf, /^20\d\d-\d\d$/);
            assert.ok(["USD", "EUR"].includes(known.currency) && ["quoted", "remembered"].includes(known.how), source);
        }
        const names = priceList.prices.map((price) => `${price.provider} ${price.item}`);
        assert.equal(new Set(names).size, names.length, "each once");
    });

    it("knows the machines of the documents", () => {
        const size = (provider: Provider, name: string) => {
            const found = machineOf(provider, name);
            return found === undefined ? undefined : [found.vcpu, found.memoryGb];
        };
        assert.deepEqual([size("aws", "t3.large"), size("aws", "c5.xlarge"), size("aws", "r5.large")], [[2, 8], [4, 8], [2, 16]]);
        assert.deepEqual(size("oci", "VM.Standard.E4.Flex/2/16"), [4, 16], "an x86 OCPU is two threads");
        assert.deepEqual(size("oci", "VM.Standard.A1.Flex/4/24"), [4, 24]);
        assert.equal(size("gcp", "t3.large"), undefined);
        near(machineOf("oci", "VM.Standard.A1.Flex/4/24")!.monthly, (4 * 0.01 + 24 * 0.0015) * hoursAMonth);
    });

    it("turns euros into dollars", () => near(priceOf("hetzner", "load-balancer")!.usd, 5.39 * priceList.eurInUsd.rate));
});

describe("the cost of a month", () => {
    it("is that of document 001's machines, at least and at most", () => {
        const report = costOf(only([documented]));
        near(report.atLeast, (3 * 0.0832 + 2 * 0.17 + 2 * 0.126 + 0.1) * 730);
        near(report.atMost, (10 * 0.0832 + 10 * 0.17 + 10 * 0.126 + 0.1) * 730);
        assert.deepEqual(report.lines.map((line) => line.name), ["control plane cluster", "pool cluster/cpu", "pool cluster/general", "pool cluster/memory"]);
        assert.deepEqual([report.unpriced, Object.keys(report.byProvider), report.pricesAsOf], [[], ["aws"], "2025-06"]);
    });

    it("is nothing for a cluster that was given, and never nothing for what has no known price", () => {
        fc.assert(fc.property(soundTopology, (topology) => {
            const report = costOf(topology);
            assert.deepEqual([report.atLeast, report.lines, report.unpriced], [0, [], []]);
        }), { numRuns: 10 });
        const strange = costOf(only([{ ...documented, pools: [pool("odd", "u-24tb1.metal", 1)] } as Place]));
        assert.deepEqual(strange.unpriced, ["pool cluster/odd: aws u-24tb1.metal"]);
    });

    it("adds up: by provider, by component and by line, whatever the order", () => {
        fc.assert(fc.property(spreadTopology.chain((topology) => fc.tuple(fc.constant(topology), reordered(topology))), ([topology, other]) => {
            const report = costOf(topology);
            const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
            near(sum(Object.values(report.byProvider)), report.atLeast);
            near(sum(Object.values(report.byComponent)), report.atLeast);
            near(sum(report.lines.map((line) => line.atLeast)), report.atLeast);
            assert.ok(report.atMost >= report.atLeast && report.lines.every((line) => line.atMost >= line.atLeast));
            assert.deepEqual(costOf(other), report);
        }), { numRuns: 30 });
    });

    it("grows with every machine, never shrinks", () => {
        fc.assert(fc.property(fc.constantFrom(...machinesOf("gcp")), fc.integer({ min: 1, max: 20 }), (machine, count) => {
            const cost = (min: number) => costOf(only([{ ...documented, provider: "gcp", cluster: "gke", pools: [pool("some", machine.name, min)] } as Place])).atLeast;
            near(cost(count + 1) - cost(count), machine.monthly);
        }));
    });

    it("counts standby, disk, memory, objects and traffic of what a provider runs", () => {
        const data: Place = { name: "data", kind: "managed", purpose: "is managed", provider: "gcp" };
        const base = { owner: "RagService", purpose: "keeps", place: "data" } as const;
        const sql: Store = { ...base, name: "main", engine: "postgres", form: "cloud-sql", port: 5432, size: "100Gi", database: "d", user: "u", version: "15", machine: "db-custom-2-8192", highAvailability: true };
        const redis: Store = { ...base, name: "redis", engine: "redis", form: "memorystore", port: 6379, size: "5Gi", highAvailability: true, nodes: 1 };
        const files: Store = { ...base, name: "files", engine: "objects", form: "gcs", port: 443, size: "50Gi", versioning: true };
        const line = (store: Store, name: string) => costOf(only([data], { stores: [store] })).lines.find((one) => one.name === name)!.atLeast;
        near(line(sql, "store main"), 2 * (2 * 0.0413 + 8 * 0.007) * 730);
        near(line(sql, "volumes main"), 2 * 100 * 0.17);
        near(line({ ...sql, highAvailability: false }, "store main"), (2 * 0.0413 + 8 * 0.007) * 730);
        near(line(redis, "store redis"), 5 * 0.064 * 730);
        near(line(files, "store files"), 50 * 0.02);
    });

    it("counts hours of containers, accelerators, load balancers, NAT, plans and what leaves a cloud", () => {
        const modal: Place = { name: "modal", kind: "modal", purpose: "is serverless", provider: "modal" };
        const vm: Place = { name: "vm", kind: "vm", purpose: "is a machine", provider: "gcp", network: "net", pools: [pool("vm", "e2-medium", 1)] };
        const ocr = { ...serviceCalled("ocr", 8080, "UploadPipeline"), place: "modal", replicas: { min: 0, max: 4 }, hours: 20, gpu: { kind: "L4", count: 1 }, resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "4Gi" } } };
        const topology = only([vm, modal], {
            networks: [{ name: "net", provider: "gcp", cidr: "10.0.0.0/16", nat: true }],
            links: [{ between: ["vm", "modal"], kind: "tailscale" }],
            services: [{ ...serviceCalled("api", 8080, "AgentCluster"), place: "vm" }, ocr],
            flows: [{ from: "api", to: "ocr", port: 8080, gigabytes: 100 }],
            edges: [{ name: "front", kind: "load-balancer", enters: "api", address: "https://example.com", provider: "gcp", healthPath: "/health", affinity: "CLIENT_IP", sources: [{ cidr: "130.211.0.0/22" }], gigabytes: 10, rateLimit: { requests: 100, seconds: 60 } }],
            subscriptions: [{ provider: "tailscale", item: "plan/starter", count: 3, owner: "TunnelEdge" }],
        });
        const amounts = Object.fromEntries(costOf(topology).lines.map((line) => [line.name, line.atLeast]));
        near(amounts["service ocr"]!, 20 * (2 * 0.02358 + 4 * 0.008 + 0.7992));
        near(amounts["traffic AgentCluster from gcp"]!, 100 * 0.12);
        near(amounts["traffic front"]!, 10 * 0.12);
        near(amounts["load balancer front"]!, 0.025 * 730);
        near(amounts["NAT net"]!, 0.044 * 730);
        near(amounts["plan tailscale plan/starter"]!, 18);
        near(amounts["WAF front"]!, 6);
        assert.deepEqual(costOf(topology).unpriced, []);
    });

    it("stops at a budget, naming what is dear, in the budget's own currency", () => {
        const budget = (amount: number, currency: "USD" | "EUR") => only([documented], { objectives: { ongoingRequests: [], monthlyBudget: { amount, currency } } });
        const check = (topology: Topology) => checkBudget(topology, costOf(topology));
        assert.deepEqual(check(budget(688, "USD")), []);
        assert.match(check(budget(687, "USD"))[0]!.message, /^a month costs at least 687\.37 USD and may cost 687\.00 USD; most of it is pool cluster\/cpu \(2–10 × c5\.xlarge\) 248\.20 USD/);
        assert.deepEqual(check(budget(600, "EUR")), [], "687 dollars are 598 euros");
        assert.equal(check(budget(597, "EUR")).length, 1);
        assert.deepEqual(check(only([documented])), []);
    });

    it("is compared line by line with the deployment before", () => {
        const before = costOf(only([documented]));
        const after = costOf(only([{ ...documented, pools: [pool("general", "t3.large", 4, 10), pool("cpu", "c5.xlarge", 2, 10), pool("gpu", "g4dn.xlarge", 1)] } as Place]));
        assert.deepEqual(costChanges(before, after).map(({ name, before: old, after: now }) => [name, old, now]), [
            ["pool cluster/gpu", 0, 383.98],
            ["pool cluster/memory", 183.96, 0],
            ["pool cluster/general", 182.21, 242.94],
        ]);
        assert.deepEqual(costChanges(after, after), []);
        const kept = JSON.parse(JSON.stringify(before)) as CostReport;
        assert.deepEqual(costChanges(kept, before), [], "it survives being kept in a stack's outputs");
    });
});

describe("placement", () => {
    it("finds a cheaper machine that is no smaller", () => {
        const found = cheaperPools(only([documented]));
        assert.deepEqual(found.map(({ pool: name, instead }) => [name, instead]), [["cpu", "c6a.xlarge"], ["memory", "r5a.large"], ["general", "t3a.large"]]);
        for (const { machine, instead } of found) {
            const [now, other] = [machineOf("aws", machine)!, machineOf("aws", instead)!];
            assert.ok(other.vcpu >= now.vcpu && other.memoryGb >= now.memoryGb && other.monthly < now.monthly && other.arm === now.arm);
        }
        assert.equal(cheaperPools(only([{ ...documented, provider: "hetzner", cluster: "talos", pools: [pool("db", "ccx33", 3)] } as Place])).length, 0, "no shared processors for a database");
        assert.deepEqual(cheaperPools(only([{ ...documented, pools: found.map((one) => pool(one.pool, one.instead, 2)) } as Place])), [], "and then no more");
    });

    it("ranks the providers that keep the promise by price, and says why another cannot", () => {
        const asked = (availability: number) => placementsOf(only([documented], { objectives: { ongoingRequests: [], availability } }));
        const strict = asked(0.9995);
        assert.deepEqual(strict.filter((one) => one.why === undefined).map((one) => one.provider).sort(), ["aws", "azure", "gcp", "oci"]);
        assert.deepEqual(strict.at(-1), { ...strict.at(-1), provider: "hetzner", why: "promises 99.9 %, and 99.95 % is asked for" });
        assert.equal(asked(0.999)[0]!.provider, "hetzner");
        for (const list of [strict, asked(0.999)]) {
            const fit = list.filter((one) => one.why === undefined).map((one) => one.monthly!);
            assert.deepEqual(fit, fit.toSorted((a, b) => a - b));
        }
    });

    it("leaves out providers without the accelerator", () => {
        const gpu = placementsOf(only([{ ...documented, pools: [{ ...pool("gpu", "g4dn.xlarge", 1), gpu: { kind: "T4", count: 1 } }] } as Place]));
        assert.deepEqual(gpu.filter((one) => one.why === undefined).map((one) => one.provider), ["aws"]);
        assert.match(gpu.find((one) => one.provider === "hetzner")!.why!, /no machine there has 4 CPUs, 16 GB and a T4/);
    });
});
