import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterClient } from "../../toolchain/kubernetes";
import { Informer } from "../../toolchain/kubernetes/api";
import { Client, eventually } from "../support/client";
import { kedaDeployments, kedaImages, kedaNamespace, kedaObjects } from "../support/keda";
import { Pods } from "./pods";
import type { StandardDeployment } from "./standard";

const minute = 60_000;

export interface ScalingArgs {
    readonly wanted: boolean;
    /** Where the front answers, once it runs. */
    base(): string;
    /** A document that takes a worker long enough that others wait still when their number is looked at, and is no duplicate. */
    document(name: string): Uint8Array;
}

/** Workers come and go by what waits, under the real KEDA. The deployment is one with `workerReplicas: 0`. */
export function scaling(deployment: StandardDeployment, { wanted, base, document }: ScalingArgs): void {
    describe("workers by the depth of the queue", () => {
        const jobs: string[] = [];
        let workers: Wanted | undefined;

        before("KEDA is installed", async function () {
            if (!wanted) return this.skip();
            const file = join(deployment.home, "keda.json");
            writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: await kedaObjects(await deployment.import(...(await kedaImages()))) }));
            workers = new Wanted(deployment, "worker");
            await deployment.kubectl("apply", "--server-side", "--force-conflicts", "-f", file);
            for (const name of kedaDeployments) await deployment.kubectl("rollout", "status", "--namespace", kedaNamespace, `deployment/${name}`, "--timeout=300s");
        });
        after(async () => {
            if (workers === undefined) return;
            workers.stop();
            await release(deployment);
        });

        it("has no worker while nobody uploads, as the operator counts it in Postgres", async () => {
            await eventually("no worker", 5 * minute, gone);
            // An operator that cannot count leaves the workers alone, and tells it here.
            await eventually("the operator's word for it", minute, async () => {
                const { status } = await deployment.object<ScaledObject>("scaledobject/worker");
                const [ready, active] = ["Ready", "Active"].map((type) => status?.conditions?.find((condition) => condition.type === type)?.status);
                return ready === "True" && active === "False" ? true : undefined;
            });
        });

        it("lets the operator reach Postgres, and nobody else of its namespace", async () => {
            const { spec } = await deployment.object<{ spec: { clusterIP: string } }>("service/postgres");
            assert.match(await reached(spec.clusterIP, "app=keda-operator"), /^yes$/m);
            assert.match(await reached(spec.clusterIP, "app=stranger"), /^no$/m);
        });

        it("has one and then more as a dozen documents wait, and all of them come out ready", async () => {
            const user = await eventually("sign-in works", 2 * minute, () => Client.signedIn(base(), deployment.user));
            workers!.restart();
            // The front counts requests, those of the tests before too; one that it refuses is asked again.
            for (let number = 1; number <= 12; number++) jobs.push((await eventually("an upload", 2 * minute, () => user.upload(`wave-${number}.pdf`, document(`wave ${number}`)))).jobId);
            for (const job of jobs) {
                const { state, error } = await eventually(`job ${job} ends`, 15 * minute, async () => {
                    await sleep(2_000);
                    const found = await user.job(job);
                    return found.state === "queued" || found.state === "running" ? undefined : found;
                });
                assert.equal(state, "done", error?.message);
            }
            workers!.note("all documents are ready");
            const [none, first, ...more] = workers!.seen;
            assert.deepEqual([none, first], [0, 1], workers!.story());
            assert.ok(Math.max(0, ...more) >= 2, workers!.story());
        });

        it("has no worker again after a while without work", async () => {
            await eventually("no worker", 10 * minute, gone);
            workers!.note("the last worker is gone");
            console.log(workers!.story().replace(/^/gm, "      "));
        });

        async function gone(): Promise<true | undefined> {
            return workers!.now === 0 && (await new Pods(deployment).of("worker")).length === 0 ? true : undefined;
        }

        /** "yes" or "no": whether a pod of these labels, in the operator's namespace, can open a connection to Postgres. */
        async function reached(host: string, labels: string): Promise<string> {
            const image = (await deployment.object<{ spec: { template: { spec: { containers: { image: string }[] } } } }>("deployment/worker")).spec.template.spec.containers[0]!.image;
            // The policies of a new pod take a moment to be in force; a wrong answer must not come from that.
            const script = `setTimeout(()=>{const s=require("net").connect(5432,${JSON.stringify(host)});const end=text=>{console.log(text);process.exit()};s.on("connect",()=>end("yes"));s.on("error",()=>end("no"));setTimeout(()=>end("no"),6000)},3000)`;
            // It never becomes ready, so that no Service sends it what is meant for the operator.
            const never = JSON.stringify({ spec: { readinessGates: [{ conditionType: "agent-platform/never" }] } });
            return deployment.kubectl("run", "probe", "--namespace", kedaNamespace, "--labels", labels, "--image", image, "--image-pull-policy=IfNotPresent", "--overrides", never, "--restart=Never", "--attach", "--rm", "--quiet", "--command", "--", "node", "-e", script);
        }
    });
}

/** Without an operator nobody takes its finalizer off the ScaledObject, and without its metrics server no namespace ends: `destroy` would wait. */
async function release(deployment: StandardDeployment): Promise<void> {
    const { items } = JSON.parse(await deployment.kubectl("get", "deployments", "--namespace", kedaNamespace, "-o", "json")) as { items: { status: { readyReplicas?: number } }[] };
    if (items.length === kedaDeployments.length && items.every(({ status }) => (status.readyReplicas ?? 0) > 0)) return;
    await deployment.kubectl("delete", "deployments", "--namespace", kedaNamespace, "--all");
    await deployment.kubectl("delete", "apiservice", "v1beta1.external.metrics.k8s.io", "--ignore-not-found");
    await deployment.kubectl("patch", "--namespace", deployment.namespace, "scaledobject/worker", "--type=merge", "--patch", JSON.stringify({ metadata: { finalizers: null } }));
}

/** How many replicas a Deployment was to have, each change of it, as the API server told it. */
class Wanted {
    private readonly ended = new AbortController();
    private readonly informer: Informer<Replicated>;
    private begun = Date.now();
    private events: { readonly second: number; readonly what: number | string }[] = [];

    constructor(deployment: StandardDeployment, name: string) {
        const client = clusterClient(deployment.home);
        this.informer = new Informer<Replicated>(client, `/apis/apps/v1/namespaces/${deployment.namespace}/deployments?fieldSelector=metadata.name%3D${name}`, () => this.look(), () => undefined);
        void this.informer.run(this.ended.signal).finally(() => client.close());
    }

    get now(): number | undefined {
        return this.informer.objects[0]?.spec.replicas;
    }

    /** The numbers since the last `restart`, none twice in a row; first the one of that moment. */
    get seen(): number[] {
        return this.events.flatMap(({ what }) => (typeof what === "number" ? [what] : []));
    }

    restart(): void {
        this.begun = Date.now();
        this.events = [];
        this.look();
    }

    /** For the story alone. */
    note(what: string): void {
        this.events.push({ second: Math.round((Date.now() - this.begun) / 1000), what });
    }

    story(): string {
        return this.events.map(({ second, what }) => `${String(second).padStart(4)} s  ${typeof what === "number" ? `${what} wanted` : what}`).join("\n");
    }

    stop(): void {
        this.ended.abort();
    }

    private look(): void {
        if (this.now === undefined || this.seen.at(-1) === this.now) return;
        this.events.push({ second: Math.round((Date.now() - this.begun) / 1000), what: this.now });
    }
}

interface Replicated {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly replicas: number };
}

interface ScaledObject {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
