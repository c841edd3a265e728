import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, eventually } from "../support/client";
import type { Deployment } from "./deployment";
import { Pods } from "./pods";

interface Listed {
    name: string;
    namespace: string;
    ready?: { now: number; wanted: number };
    address?: string;
}

/** A second deployment for a while, beside `dev`: the two do not meet, and nothing is left of it. */
export function ephemeral(deployment: Deployment): void {
    describe("an ephemeral stack beside it", () => {
        const name = "pr-123";
        const namespace = `agent-platform-${name}`;
        let url = "";
        let user = { email: "", password: "" };

        it("is created by one command, with synthetic documents that can be asked about", async () => {
            const result = await deployment.npm("ephemeral", "create", name, "--ttl", "4h");
            assert.equal(result.code, 0, result.output);
            url = /http:\/\/localhost:\d+/.exec(result.output)![0];
            const [, email, password] = /^ {2}user +(\S+) +(\S+)$/m.exec(result.output)!;
            user = { email: email!, password: password! };
            assert.notEqual(url, deployment.url);
            const answer = await (await Client.signedIn(url, user)).ask("Within how many days can goods be sent back?");
            assert.match(answer.text, /30 days/);
        });

        it("shares neither people nor documents with dev", async () => {
            await assert.rejects(Client.signedIn(url, deployment.user));
            const titles = async (client: Client) => (await client.json<{ documents: { filename: string }[] }>("GET", "/api/v2/documents")).documents.map(document => document.filename);
            assert.deepEqual((await titles(await Client.signedIn(url, user))).sort(), ["returns.md", "shipping.md", "warranty.md"]);
            assert.equal((await titles(await Client.signedIn(deployment.url, deployment.user))).includes("returns.md"), false);
        });

        it("is held in bounds by a quota, and listed with its end", async () => {
            const { core } = new Pods(deployment);
            const { items } = await core.listNamespacedResourceQuota({ namespace });
            assert.deepEqual(items.map(item => item.spec?.hard?.["services.loadbalancers"]), ["0"]);
            const listed = JSON.parse((await deployment.npm("ephemeral", "list", "--json")).output) as Listed[];
            assert.deepEqual(listed.map(one => [one.name, one.namespace, one.address]), [[name, namespace, url]]);
            assert.ok(listed[0]!.ready!.now > 0 && listed[0]!.ready!.now === listed[0]!.ready!.wanted);
        });

        it("stays until its end, which the cluster sees to by itself", async () => {
            const { core, batch, rbac } = new Pods(deployment);
            const own = `${namespace}-end-of-life`;
            const roles = async () => (await rbac.listClusterRole()).items.filter(item => item.metadata?.name === own).length;
            /** The CronJob at once, instead of within ten minutes. */
            const look = async (run: string) => {
                const { spec } = await batch.readNamespacedCronJob({ namespace, name: "end-of-life" });
                await batch.createNamespacedJob({ namespace, body: { metadata: { name: run }, spec: spec!.jobTemplate.spec } });
            };
            await look("early");
            await eventually("the first look", 120_000, async () => ((await batch.readNamespacedJob({ namespace, name: "early" })).status?.succeeded === 1 ? true : undefined));
            const [pod] = (await core.listNamespacedPod({ namespace, labelSelector: "job-name=early" })).items;
            assert.match(await core.readNamespacedPodLog({ namespace, name: pod!.metadata!.name! }), /^agent-platform-pr-123 stays until 20/);
            assert.equal(await roles(), 1);

            const found = await core.readNamespace({ name: namespace });
            await core.replaceNamespace({ name: namespace, body: { ...found, metadata: { ...found.metadata, annotations: { ...found.metadata!.annotations, "agent-platform.dev/expires": "2020-01-01T00:00:00Z" } } } });
            await look("late");
            await eventually("the namespace is gone", 120_000, async () => ((await core.listNamespace()).items.some(item => item.metadata?.name === namespace) ? undefined : true));
            await eventually("its right to go is gone", 60_000, async () => ((await roles()) === 0 ? true : undefined));
        });

        it("is reaped with all that is left of it on this machine", async () => {
            const early = await deployment.npm("ephemeral", "reap");
            assert.match(early.output, /0 of 0 expired stacks taken down/);

            const file = join(deployment.home, "ephemeral", `Pulumi.ephemeral-${name}.yaml`);
            writeFileSync(file, readFileSync(file, "utf8").replace(/expires: ".*"/, 'expires: "2020-01-01T00:00:00Z"'));
            const late = await deployment.npm("ephemeral", "reap");
            assert.equal(late.code, 0, late.output);
            assert.match(late.output, /1 of 1 expired stacks taken down/);

            assert.deepEqual(JSON.parse((await deployment.npm("ephemeral", "list", "--json")).output), []);
            const leaks = await deployment.npm("ephemeral", "leaks");
            assert.equal(leaks.code, 0, leaks.output);
            await assert.rejects(fetch(url), "its local port is closed");
        });

        it("finds what no stack owns, and takes it away when its time is over", async () => {
            const { core } = new Pods(deployment);
            await core.createNamespace({ body: { metadata: { name: "agent-platform-lost", labels: { "agent-platform.dev/ephemeral": "lost" }, annotations: { "agent-platform.dev/expires": "2020-01-01T00:00:00Z" } } } });
            const found = await deployment.npm("ephemeral", "leaks");
            assert.equal(found.code, 1);
            assert.match(found.output, /namespace agent-platform-lost · expired/);
            await deployment.npm("ephemeral", "reap");
            assert.equal((await deployment.npm("ephemeral", "leaks")).code, 0);
        });
    });
}
