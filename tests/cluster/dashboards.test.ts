/**
 * What the dashboards ask for is there: every query is PromQL by Prometheus' own grammar, and each measure in it, with each
 * label that it is chosen or summed by, is served by the application or by the exporter that it is named after.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { standard } from "../../blueprints/standard";
import { dashboardsOf, grafanaJson, type Dashboard } from "../../components/monitoring/dashboards";
import { repository } from "../../toolchain/core/paths";
import { measuresOfOthers, type Measures } from "../support/exporters";

const documented = {
    platform: { kind: "existing", provider: "aws", cluster: { context: "c" } }, hostname: "agents-api.yourdomain.com", apiServerCidr: "10.0.0.0/16", gatewayClass: "envoy-gateway", gatewayNamespace: "envoy-gateway-system",
    certificateIssuer: "letsencrypt-prod", rateLimitPerMinute: 100, database: "cloudnativepg", storageSize: "100Gi", queue: "redis", agentReplicas: 3, ragReplicas: 2, uploadReplicas: 3, workerReplicas: 1, mostReplicas: 20,
    agentOngoingRequests: 5, reservedPercent: 100, refundApprovalThreshold: 100, monitoring: true, keda: true, adminEmail: "a@b.c", userEmail: "d@e.f", external: {},
} as const;

/** What Prometheus adds to whatever it collects from a pod; of a label that is there already it makes `exported_…`. */
const ofTheTarget = ["namespace", "pod", "job", "instance", "container", "service", "exported_namespace"];

/** What is used here of the application, which is a package of another kind of modules. */
interface Closable {
    close(): Promise<void>;
}

interface Service extends Closable {
    readonly url: string;
    startWorker(): Promise<void>;
    as(who: "user"): Promise<{ upload(content: string, filename: string): Promise<{ body: { jobId: string } }>; follow(jobId: string): Promise<unknown>; json(path: string, init: RequestInit): Promise<unknown> }>;
}

describe("the dashboards", function () {
    this.timeout(300_000);
    const dashboards = [...dashboardsOf(standard({ ...documented })), ...dashboardsOf(standard({ ...documented, database: "statefulset", keda: false }))];
    let served: Measures;

    before(async () => {
        served = new Map([...(await measuresOfOthers()), ...(await measuresOfTheApp())]);
    });

    it("are the three of the document: system health, user activity, technical", () => {
        assert.deepEqual([...new Set(dashboards.map(({ title }) => title))], ["Agents: system health", "Agents: user activity", "Agents: technical"]);
    });

    it("ask in PromQL", () => {
        assert.deepEqual(readQuery("sum(rate(x[5m])").faults, 1, "the grammar finds a fault");
        for (const { title, expr } of dashboards.flatMap(queriesOf)) assert.equal(readQuery(expr).faults, 0, `${title}: ${expr}`);
    });

    it("ask for nothing that nobody serves", () => {
        for (const { title, expr } of dashboards.flatMap(queriesOf)) {
            const { measures } = readQuery(expr);
            assert.ok(measures.length > 0, `${title}: ${expr}`);
            for (const { name, labels } of measures) {
                const has = served.get(name);
                assert.ok(has !== undefined, `${title}: nobody serves ${name}`);
                for (const label of labels) assert.ok(has.has(label) || ofTheTarget.includes(label), `${title}: ${name} has no label ${label}, but ${[...has].join(", ")}`);
            }
        }
        assert.ok(!served.has("http_requests_total"), "what is not served is found out");
    });

    it("name their curves by labels that the query leaves", () => {
        for (const { title, expr, legend } of dashboards.flatMap(queriesOf)) {
            const left = readQuery(expr).by;
            if (left.length === 0) continue;
            for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(left.includes(label!), `${title}: ${label} is summed away in ${expr}`);
        }
    });

    it("reach Grafana as they are", () => {
        for (const dashboard of dashboards) {
            const { panels } = JSON.parse(grafanaJson(dashboard)) as { panels: { title: string; targets: { expr: string }[] }[] };
            assert.deepEqual(panels.flatMap(({ title, targets }) => targets.map(({ expr }) => `${dashboard.title}, ${title}: ${expr}`)), queriesOf(dashboard).map(({ title, expr }) => `${title}: ${expr}`));
        }
    });
});

function queriesOf({ title, panels }: Dashboard): { title: string; expr: string; legend: string }[] {
    return panels.flatMap((panel) => panel.queries.map((query) => ({ title: `${title}, ${panel.title}`, ...query })));
}

interface Query {
    readonly faults: number;
    readonly measures: readonly { readonly name: string; readonly labels: readonly string[] }[];
    /** What the sums leave. */
    readonly by: readonly string[];
}

/** A query, by the grammar: its measures, each with the labels that choose it and those that it is summed by. */
function readQuery(expr: string): Query {
    let faults = 0;
    const measures: { name: string; labels: string[] }[] = [];
    const by: string[] = [];
    parser.parse(expr).iterate({
        enter: ({ type, from, to }) => {
            const text = expr.slice(from, to);
            if (type.isError) faults += 1;
            else if (type.name === "VectorSelector") measures.push({ name: /^[\w:]+/.exec(text)![0], labels: [...text.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1]!) });
            else if (type.name === "GroupingLabels") by.push(...[...text.matchAll(/\w+/g)].map((match) => match[0]));
        },
    });
    return { faults, measures: measures.map(({ name, labels }) => ({ name, labels: [...new Set([...labels, ...by])] })), by };
}

/** What /metrics of the real application says after a document, a search, a turn and a tool. */
async function measuresOfTheApp(): Promise<Measures> {
    const source = (...path: string[]) => import(join(repository, "app", "src", "testing", ...path)) as Promise<unknown>;
    const { embeddedDatabase, people } = (await source("databases.ts")) as { embeddedDatabase(): Promise<Closable>; people: { user: object } };
    const { startService } = (await source("service.ts")) as { startService(opened: Closable): Promise<Service> };
    const { wholeApp } = (await source("whole.ts")) as { wholeApp(opened: Closable): Promise<Closable & { app: { request(path: string, init?: RequestInit): Promise<Response> } }> };
    const opened = await embeddedDatabase();
    const service = await startService(opened);
    const whole = await wholeApp(opened);
    try {
        await service.startWorker();
        const user = await service.as("user");
        const { body } = await user.upload("A refund takes five days.", "a.txt");
        await user.follow(body.jobId);
        await user.json("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "refund" }) });
        const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
        const { token } = (await (await whole.app.request("/api/login", { method: "POST", headers, body: JSON.stringify(people.user) })).json()) as { token: string };
        await (await whole.app.request("/mcp", { method: "POST", headers: { ...headers, authorization: `Bearer ${token}` }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "get_order", arguments: { orderId: "ORD-1001" } } }) })).text();
        const said = [await (await fetch(`${service.url}/metrics`)).text(), await (await whole.app.request("/metrics")).text()].join("\n");
        const found = new Map<string, Set<string>>();
        for (const [, name, labels = ""] of said.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) found.set(name!, new Set([...(found.get(name!) ?? []), ...[...labels.matchAll(/(\w+)="/g)].map((match) => match[1]!)]));
        return found;
    } finally {
        await whole.close();
        await service.close();
        await opened.close();
    }
}
