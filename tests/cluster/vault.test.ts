/**
 * Where the secrets of the blueprint hetzner come from, for real: Vault under the configuration, the network rules and the
 * namespaces that the stack registers (tests/golden/hetzner.json), set up by ops/vault-setup.sh, and External Secrets, which
 * takes the stack's own objects to it. What is not the stack's: one copy of Vault instead of three; its seal, for the key of
 * Hetzner's is in another Vault, so here a key share opens it; its certificate, self-signed like that of cert-manager, which
 * is not here; and what the charts would make of the stack's values (tests/support/vault.ts, tests/support/externalSecrets.ts).
 * Both programs are built from their Go modules the first time, a quarter of an hour of processor: it runs for those who ask,
 * AGENT_PLATFORM_VAULT=1.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../toolchain/kubernetes/testing/harness";
import { canRunContainers } from "../support/container";
import type { VaultCommand } from "../support/vault";
import { adopted, controller, engine, expected, store, VaultDeployment, wanted } from "./vault";

describe("secrets from Vault, on a real Kubernetes", function () {
    this.timeout(3_600_000);
    const deployment = new VaultDeployment();

    before(async function () {
        if (process.env.AGENT_PLATFORM_VAULT !== "1" || !(await canRunContainers())) return this.skip();
        await deployment.prepare();
    });
    after(() => deployment.remove());

    it("opens Vault under the stack's own configuration, and finds it by the name that the store has", async () => {
        await deployment.initialise();
        assert.equal(await deployment.operator.sealed(), true);
        await deployment.open();
        assert.deepEqual(await deployment.behind(store.spec.provider.vault.server), ["vault-0"]);
    });

    it("is set up by ops/vault-setup.sh, which changes nothing when it is run again", async () => {
        await deployment.operator.register();
        await deployment.setUp();
        const first = await deployment.stored();
        for (const { spec } of wanted) for (const { remoteRef } of spec.data) assert.ok(first[remoteRef.key]?.data[remoteRef.property], `${remoteRef.key} has ${remoteRef.property}`);
        await deployment.setUp();
        assert.deepEqual(await deployment.stored(), first);
    });

    it("puts what it is asked for beside the rest: what it makes itself, and what somebody types in", async () => {
        const before = await deployment.stored();
        await deployment.setUp(["agents-session-key-2", "wiki-client-secret", "staff-source-secret"], { answers: "of the directory\n" });
        const { application, platform, ...others } = await deployment.stored();
        const { "agents-session-key-2": session, ...ofApplication } = application!.data;
        const { "wiki-client-secret": wiki, "staff-source-secret": staff, ...ofPlatform } = platform!.data;
        assert.deepEqual([session?.length, wiki?.length, staff], [64, 64, "of the directory"]);
        assert.deepEqual([ofApplication, ofPlatform], [before.application!.data, before.platform!.data]);
        assert.deepEqual(others, { flowise: before.flowise, grafana: before.grafana });
    });

    it("stops where it cannot see what is there, instead of putting something new in its place", async () => {
        const before = await deployment.stored();
        const all = '["create", "read", "update", "patch", "delete", "list", "sudo"]';
        const policy = join(deployment.home, "blind.hcl");
        writeFileSync(policy, `path "*" { capabilities = ${all} }\npath "${engine}/data/*" { capabilities = ["create", "update", "patch"] }\n`);
        await deployment.operator.run("policy", "write", "blind", policy);
        const { auth } = await deployment.operator.json<{ auth: { client_token: string } }>("token", "create", "-policy=blind", "-format=json");
        await assert.rejects(deployment.setUp([], { token: auth.client_token }), /permission denied/);
        assert.deepEqual(await deployment.stored(), before);

        await deployment.operator.run("kv", "metadata", "delete", `${engine}/application`);
        await assert.rejects(deployment.setUp(["--adopt"]), /secrets "database-owner-secrets" not found/);
        assert.equal((await deployment.stored()).application, undefined);
    });

    it("takes over the values of a stack whose Secrets were Pulumi's, with --adopt", async () => {
        await deployment.operator.run("kv", "metadata", "delete", `${engine}/application`);
        for (const name of new Set(adopted.map(({ secret }) => secret))) {
            const stringData = Object.fromEntries(adopted.filter(({ secret }) => secret === name).map(({ name: of, key }) => [key, `pulumi's ${of}`]));
            await deployment.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "agent-platform" }, type: "Opaque", stringData });
        }
        await deployment.setUp(["--adopt"]);
        const { data } = (await deployment.stored()).application!;
        assert.ok(adopted.length > 0);
        for (const { name } of adopted) assert.equal(data[name], `pulumi's ${name}`);
        for (const [name, value] of Object.entries(data)) if (!adopted.some((one) => one.name === name)) assert.match(value, /^\w{32,}$/, name);
    });

    it("lets External Secrets in, to read and for nothing more, and nobody else", async () => {
        const reader = await enter("external-secrets", controller);
        await reader.run("kv", "get", `${engine}/grafana`);
        await assert.rejects(reader.run("kv", "put", `${engine}/grafana`, "client-secret=other"), /permission denied/);
        await assert.rejects(reader.run("operator", "seal"), /permission denied/);
        await assert.rejects(enter("default", controller), /not authorized/);
        await assert.rejects(enter("default", "stranger"), /not authorized/);
    });

    it("is reached from the namespace of External Secrets, and not from another", async () => {
        const doors = [["vault-active.vault.svc", 8200], ["kubernetes.default.svc", 443]] as const;
        assert.deepEqual(await deployment.reaches(controller, ...doors), ["yes", "yes"]);
        assert.deepEqual(await deployment.reaches("stranger", ...doors), ["no", "yes"]);
    });

    it("makes every ExternalSecret of the stack ready, as it is", async () => {
        await deployment.apply(store);
        await deployment.settled(store, "True");
        await deployment.apply(...wanted);
        for (const secret of wanted) await deployment.settled(secret, "True");
    });

    it("writes each Secret with the keys that it names, and the values that Vault has", async () => {
        const stored = await deployment.stored();
        for (const secret of wanted) {
            const { type, data } = await deployment.written(secret);
            assert.deepEqual(data, expected(secret, stored), secret.metadata.name);
            assert.equal(type, secret.spec.target.template?.type ?? "Opaque");
        }
    });

    it("writes a Secret again that is gone, as Pulumi deletes its own when they become Vault's", async () => {
        const stored = await deployment.stored();
        for (const secret of wanted.filter(({ metadata }) => metadata.namespace === "agent-platform")) {
            await deployment.ask("delete", "secret", "--namespace", "agent-platform", secret.spec.target.name);
            const { data } = await eventually(secret.metadata.name, () => deployment.written(secret));
            assert.deepEqual(data, expected(secret, stored));
        }
    });

    it("refuses a namespace that the store does not name", async () => {
        const stranger = { ...wanted[0]!, metadata: { name: wanted[0]!.metadata.name, namespace: "stranger" } };
        await deployment.apply(stranger);
        await deployment.settled(stranger, "False");
        await eventually("the event that says why", async () => /is not allowed from namespace/.test(await deployment.ask("get", "events", "--namespace", "stranger", "--output=json")));
        assert.equal(await deployment.client.find(`/api/v1/namespaces/stranger/secrets/${stranger.spec.target.name}`), undefined);
    });

    it("takes over what is changed in Vault, in templates too", async () => {
        const plain = wanted.find(({ spec }) => spec.target.template === undefined);
        const shaped = wanted.find(({ spec }) => spec.target.template !== undefined);
        for (const secret of [plain, shaped]) {
            if (secret === undefined) continue;
            const { key, property } = secret.spec.data[0]!.remoteRef;
            await deployment.operator.run("kv", "patch", `${engine}/${key}`, `${property}=changed-in-vault`);
            await deployment.refresh(secret);
            const changed = await eventually("the changed value", async () => {
                const { data } = await deployment.written(secret);
                return Object.values(data).some((value) => value.includes("changed-in-vault")) ? data : undefined;
            }, 60_000);
            assert.deepEqual(changed, expected(secret, await deployment.stored()));
        }
    });

    it("writes down who read what, and no value", async () => {
        const log = await deployment.ask("logs", "--namespace", "vault", "vault-0");
        const reads = log.split("\n").filter((line) => line.includes('"type":"response"') && line.includes('"service_account_name":"external-secrets"'));
        for (const key of new Set(wanted.flatMap(({ spec }) => spec.data.map(({ remoteRef }) => remoteRef.key)))) assert.ok(reads.some((line) => line.includes(`"path":"${engine}/data/${key}"`)), key);
        for (const { data } of Object.values(await deployment.stored())) for (const value of Object.values(data)) assert.ok(!log.includes(value));
    });

    it("leaves the Secrets as they are while Vault is sealed, says so, and goes on when it is open again", async () => {
        const secret = wanted[0]!;
        const before = await deployment.written(secret);
        await deployment.operator.run("operator", "seal");
        await deployment.refresh(secret);
        await deployment.settled(secret, "False");
        assert.deepEqual(await deployment.written(secret), before);
        await deployment.open();
        await deployment.refresh(secret);
        await deployment.settled(secret, "True");
        assert.deepEqual(await deployment.written(secret), before);
    });

    /** Vault's command for a pod with this identity. */
    async function enter(account: string, namespace: string): Promise<VaultCommand> {
        const jwt = (await deployment.ask("create", "token", account, "--namespace", namespace)).trim();
        const { auth } = await (await deployment.command()).json<{ auth: { client_token: string } }>("write", "-format=json", "auth/kubernetes/login", "role=external-secrets", `jwt=${jwt}`);
        return deployment.command(auth.client_token);
    }
});
