import { strict as assert } from "node:assert";
import fc from "fast-check";
import { parseSample, parseSelector, usageBetween } from "./usage";

const text = (seconds: number, at: number) => `# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="main",namespace="app",pod="web-1"} ${seconds} ${at}
container_memory_working_set_bytes{container="main",namespace="app",pod="web-1"} 1.048576e+06 ${at}
node_cpu_usage_seconds_total ${seconds * 10} ${at}
node_memory_working_set_bytes 4.294967296e+09 ${at}
container_start_time_seconds{container="main",namespace="app",pod="web-1"} 1.7e+09
scrape_error 0
`;

describe("what containers use", () => {
    it("is the difference of two looks over the time between them", () => {
        const usage = usageBetween(parseSample(text(1, 10_000)), parseSample(text(3, 20_000)));
        assert.deepEqual(usage.get("app/web-1/main"), { cpu: 0.2, memory: 1_048_576, at: 20_000, window: 10_000 });
        assert.deepEqual(usage.get(""), { cpu: 2, memory: 4_294_967_296, at: 20_000, window: 10_000 });
    });

    it("is unknown for a new container and for one that was started again, and stays while nothing new is measured", () => {
        const [first, second] = [parseSample(text(1, 10_000)), parseSample(text(3, 20_000))];
        assert.equal(usageBetween(parseSample(""), first).size, 0);
        assert.equal(usageBetween(second, parseSample(text(0.5, 30_000))).size, 0);
        const known = usageBetween(first, second);
        assert.deepEqual(usageBetween(second, second, known), known);
        assert.equal(usageBetween(second, second).size, 0);
    });

    it("is read from any text without failing", () => {
        fc.assert(fc.property(fc.string(), junk => { parseSample(junk); }));
    });
});

describe("selectors in queries", () => {
    const holds = (selector: string, labels: Record<string, string>) => parseSelector(selector)(labels);

    it("mean what they mean to Kubernetes", () => {
        const web = { app: "web", "app.kubernetes.io/name": "web" };
        for (const yes of ["", "app=web", "app==web", "app!=db", "app in (db, web)", "app notin (db)", "app", "!tier", "app.kubernetes.io/name=web,app in (a,web),!x", "tier!=x"]) assert.equal(holds(yes, web), true, yes);
        for (const no of ["app=db", "app!=web", "app in (db)", "app notin (db,web)", "!app", "tier", "app=web,tier=x"]) assert.equal(holds(no, web), false, no);
    });

    it("are refused when they are none", () => {
        for (const junk of ["a=b c", "a in b", "=x"]) assert.throws(() => parseSelector(junk), junk);
    });
});
