/**
 * The blueprint standard on a real Kubernetes with a real Redis: deployed by the product's own command under the rules of
 * production, driven end to end, and asked once too often. Only a cloud has what is left out: see docs/blueprints/standard.md.
 * It is a second node and takes minutes, so it runs for those who ask: AGENT_PLATFORM_STANDARD=1. With the real KEDA it ends
 * on a machine that has built it, and for those who ask: AGENT_PLATFORM_KEDA=1 (a quarter of an hour more, the first time).
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Client, eventually } from "../support/client";
import { canRunContainers } from "../support/container";
import { kedaImages, kedaIsBuilt } from "../support/keda";
import { pdf } from "../support/pdf";
import { waitingRefund } from "./flow";
import { Pods } from "./pods";
import { scaling } from "./scaling";
import { hasRedis, StandardDeployment } from "./standard";

describe("the blueprint standard on a real Kubernetes", function () {
    this.timeout(1_200_000);
    const deployment = new StandardDeployment();
    const scales = process.env.AGENT_PLATFORM_KEDA === "1" || kedaIsBuilt();
    const lost: { jobId: string; documentId: string }[] = [];
    let pods: Pods | undefined;
    let base = "";

    before("npm run up", async function () {
        const asked = process.env.AGENT_PLATFORM_STANDARD === "1" || process.env.AGENT_PLATFORM_KEDA === "1";
        if (!asked || !(await canRunContainers()) || !(await hasRedis())) return this.skip();
        if (scales) {
            // Built before anything runs that would wait for it.
            this.timeout(5_400_000);
            await kedaImages();
        }
        // Where nobody acts on the ScaledObject, a Deployment has its one worker all the same.
        await deployment.prepare(scales ? { workerReplicas: 0 } : {});
        const result = await deployment.up();
        assert.equal(result.code, 0, result.output);
        assert.match(result.output, /https:\/\/agents-api\.yourdomain\.com/);
        pods = new Pods(deployment);
        base = `http://${(await deployment.object<{ spec: { clusterIP: string } }>("service/web")).spec.clusterIP}:8080`;
    });
    after("npm run destroy", async () => {
        if (pods === undefined && !existsSync(deployment.kubeconfig)) return deployment.remove();
        const result = await deployment.destroy().finally(() => deployment.remove());
        assert.equal(result.code, 0, result.output);
    });

    it("runs in agents-production, with the labels, ports, limits and probes of document 001", async () => {
        const { metadata } = JSON.parse(await deployment.kubectl("get", "namespace", "agents-production", "-o", "json")) as { metadata: { labels: Record<string, string> } };
        assert.deepEqual([metadata.labels.environment, metadata.labels.app], ["production", "agents-integration"]);
        const small = { requests: { cpu: "125m", memory: "256Mi" }, limits: { cpu: "500m", memory: "1Gi" } };
        const rows = [["upload-pipeline-service", 8000, small], ["rag-service", 8001, { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "1", memory: "2Gi" } }], ["agent-api-service", 8002, small]] as const;
        for (const [name, port, resources] of rows) {
            const { spec, status } = await deployment.object<Workload>(`deployment/${name}`);
            const [container] = spec.template.spec.containers as [Container];
            assert.ok((status.readyReplicas ?? 0) >= 1, name);
            // Half of the document's requests, as configured; its limits.
            assert.deepEqual([container.ports[0]!.containerPort, container.resources], [port, resources], name);
            assert.deepEqual([container.livenessProbe.httpGet, container.livenessProbe.initialDelaySeconds, container.livenessProbe.periodSeconds], [{ path: "/health", port, scheme: "HTTP" }, 30, 10], name);
            assert.deepEqual([container.readinessProbe.httpGet.port, container.readinessProbe.initialDelaySeconds, container.readinessProbe.periodSeconds], [port, 5, 5], name);
            const { spec: service } = await deployment.object<{ spec: { clusterIP: string; ports: { port: number }[] } }>(`service/${name}`);
            assert.deepEqual(service.ports.map((one) => one.port), [port], name);
            assert.equal((await fetch(`http://${service.clusterIP}:${port}/health`)).status, 200, name);
        }
    });

    it("keeps a copy of its Redis: one primary, and the Service leads to it alone", async () => {
        assert.match(await replication("redis-cache-0"), /role:master\r?\n[^]*connected_slaves:1/);
        assert.match(await replication("redis-cache-1"), /role:slave\r?\n[^]*master_link_status:up/);
        const { subsets } = await deployment.object<{ subsets: { addresses: { targetRef: { name: string } }[] }[] }>("endpoints/redis-cache");
        assert.deepEqual(subsets.flatMap((subset) => subset.addresses.map((address) => address.targetRef.name)), ["redis-cache-0"]);
    });

    it("takes a document through the queue and answers from it with a citation", async () => {
        const user = await Client.signedIn(base, deployment.user);
        const { jobId, documentId } = await user.upload("handbook.txt", Buffer.from("The warranty of the blue kettle lasts thirty-one months from the day of purchase.\n"));
        const job = await user.finished(jobId);
        assert.equal(job.state, "done", job.error?.message);
        const answer = await user.ask("How long does the warranty of the blue kettle last?");
        assert.match(answer.text, /thirty-one months/);
        assert.equal(answer.citations[0]?.documentId, documentId);
    });

    it("loses Redis with all that it knows while documents are in work and wait", async () => {
        const user = await Client.signedIn(base, deployment.user);
        for (const name of ["one", "two", "three"]) lost.push(await user.upload(`${name}.pdf`, longPdf(name)));
        await eventually("processing is under way", 60_000, async () => ((await states(user)).includes("running") ? true : undefined));
        await eventually("Redis was handed what waits", 30_000, async () => ((await redis("redis-cache-0", "xlen agent-platform:ingest")).trim() === "0" ? undefined : true));
        await deployment.kubectl("delete", "pod", "-n", deployment.namespace, "redis-cache-0", "--grace-period=0", "--force");
        assert.ok((await states(user)).some((state) => state !== "done"), "the loss comes in the middle");
    });

    it("waits for approval of a refund meanwhile, goes on by itself, and books it once", async () => {
        // The agent is one pod alone here; on a busy machine its readiness may lapse for a moment.
        const user = await eventually("sign-in works", 60_000, () => Client.signedIn(base, deployment.user));
        const admin = await Client.signedIn(base, deployment.admin);
        const { threadId } = await waitingRefund(user, "ORD-1001");
        const approval = (await admin.approvals()).find((candidate) => candidate.threadId === threadId);
        assert.ok(approval, "the admin sees the approval");
        await admin.decide(approval, "approve");
        await eventually("the conversation goes on", 60_000, async () => ((await user.thread(threadId)).status === "idle" ? true : undefined));
        assert.equal((await user.order("ORD-1001")).refunds.length, 1);
    });

    it("has a primary and a copy again", async () => {
        await pods!.ready("redis-cache");
        await eventually("the copy follows the new primary", 90_000, async () => {
            const [primary, copy] = [await replication("redis-cache-0"), await replication("redis-cache-1")];
            return /connected_slaves:1/.test(primary) && /master_link_status:up/.test(copy) ? true : undefined;
        });
    });

    it("answers the 101st request of a caller in one minute with 429", async () => {
        // The gateway would send one caller always to the same replica, which is asked here directly.
        const [pod] = await pods!.of("web");
        const minute = () => Math.floor(Date.now() / 60_000);
        for (let begun = -1; begun !== minute(); ) {
            begun = minute();
            const answers: number[] = [];
            for (let number = 0; number < 101; number++) answers.push((await fetch(`http://${pod!.status!.podIP}:8080/api/me`, { headers: { "x-forwarded-for": `198.51.100.${begun % 250}` } })).status);
            if (begun !== minute()) continue;
            assert.deepEqual(answers, [...Array<number>(100).fill(401), 429]);
        }
    });

    it("has lost no document with Redis, and no page twice", async () => {
        const user = await Client.signedIn(base, deployment.user);
        for (const { jobId, documentId } of lost) {
            const job = await user.finished(jobId, 240_000);
            assert.equal(job.state, "done", job.error?.message);
            const { passages } = await user.json<{ passages: { ordinal: number; page: number }[] }>("GET", `/api/v2/documents/${documentId}/passages`);
            assert.equal(new Set(passages.map((passage) => passage.ordinal)).size, passages.length, "no passage twice");
            assert.equal(new Set(passages.map((passage) => passage.page)).size, pages, "no page lost");
        }
    });

    scaling(deployment, { wanted: scales, base: () => base, document: (name) => longPdf(name, 2 * pages) });

    function redis(pod: string, command: string): Promise<string> {
        return deployment.kubectl("exec", "-n", deployment.namespace, pod, "--", "sh", "-c", `REDISCLI_AUTH="$(cat /run/secrets/agent-platform/password)" redis-cli ${command}`);
    }

    function replication(pod: string): Promise<string> {
        return redis(pod, "info replication");
    }

    function states(user: Client): Promise<string[]> {
        return Promise.all(lost.map(async ({ jobId }) => (await user.job(jobId)).state));
    }
});

const pages = 60;

/** Long enough that the next one has to wait; different for each name, so that it is no duplicate. */
function longPdf(name: string, length = pages): Uint8Array {
    return pdf(Array.from({ length }, (_, page) => Array.from({ length: 12 }, (_, line) => `Page ${page + 1} of report ${name}, paragraph ${line + 1}: the measured value was ${page * 31 + line * 7} units on day ${line + 1}.`).join(" ")));
}

interface Container {
    readonly ports: readonly { readonly containerPort: number }[];
    readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
    readonly livenessProbe: Probe;
    readonly readinessProbe: Probe;
}

interface Probe {
    readonly httpGet: { readonly port: number };
    readonly initialDelaySeconds: number;
    readonly periodSeconds: number;
}

interface Workload {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
    readonly status: { readonly readyReplicas?: number };
}
