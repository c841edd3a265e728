import assert from "node:assert/strict";
import { Driven } from "../testing/driver";
import { secret, UNKNOWN, type Props } from "../sdk/values";
import { flyProvider } from "./provider";
import { flyToken, FlyWorld } from "./testing/server";

const image = `registry.example.com/agents/app@sha256:${"a".repeat(64)}`;
const machineOf = (more: Props = {}): Props => ({ app: "chunks", name: "chunk-1", region: "fra", image, environment: { ROLE: "worker" }, memoryMb: 1024, healthPort: 8004, secretsVersion: 1, ...more });

describe("the Fly.io plugin", () => {
    let world: FlyWorld;
    let provider: ReturnType<typeof flyProvider>;
    let address: string;
    let apps: Driven;
    let secrets: Driven;
    let machines: Driven;

    beforeEach(async () => {
        world = new FlyWorld();
        provider = flyProvider("1.0.0", { timeout: 2_000, pause: 1 });
        address = await world.server.listen();
        await provider.configure?.({ token: secret(flyToken), baseUrl: address }, { progress: () => undefined, warn: () => undefined });
        [apps, secrets, machines] = ["App", "Secrets", "Machine"].map((kind) => new Driven(provider, `fly:index:${kind}`)) as [Driven, Driven, Driven];
    });
    afterEach(() => world.server.close());

    const prepared = async () => {
        await apps.create({ name: "chunks", organization: "acme" });
        await secrets.create({ app: "chunks", values: { DATABASE_URL: "postgres://x" } });
    };

    it("makes, reads, updates and removes an app, its secrets and its machines", async () => {
        const app = await apps.create({ name: "chunks", organization: "acme", network: "agents" });
        assert.deepEqual([app.id, app.outputs.status, world.apps.get("chunks")?.network], ["chunks", "pending", "agents"]);

        const set = await secrets.create({ app: "chunks", values: { DATABASE_URL: "postgres://x", OLD: "1" } });
        assert.equal(set.outputs.version, 1);
        assert.deepEqual(set.outputs.values, secret({ DATABASE_URL: "postgres://x", OLD: "1" }), "stays a secret in the state");
        const reset = await secrets.update(set, { app: "chunks", values: { DATABASE_URL: "postgres://y" } });
        assert.deepEqual([reset.outputs.version, [...world.apps.get("chunks")!.secrets]], [2, [["DATABASE_URL", "postgres://y"]]], "what is no longer listed goes");

        const made = await machines.create(machineOf({ secretsVersion: 2 }));
        const [machine] = world.apps.get("chunks")!.machines.values();
        assert.equal(made.id, `chunks/${machine!.id}`);
        assert.deepEqual(machine!.config, {
            image, env: { ROLE: "worker" }, guest: { cpu_kind: "shared", cpus: 1, memory_mb: 1024 }, files: [], restart: { policy: "always" }, stop_config: { timeout: "30s", signal: "SIGTERM" },
            metadata: { pulumi_urn: machines.resource.urn }, checks: { health: { type: "http", port: 8004, path: "/health", method: "GET", interval: "15s", timeout: "5s", grace_period: "60s" } },
        });
        assert.deepEqual([made.outputs.state, made.outputs.privateIp], ["started", machine!.private_ip]);
        assert.deepEqual(await machines.changes(made, machineOf({ secretsVersion: 2 })), []);
        assert.deepEqual(await machines.changes(made, machineOf({ secretsVersion: 2, memoryMb: 2048, region: "ams" })), ["memoryMb", "region!"]);
        const bigger = await machines.update(made, machineOf({ secretsVersion: 2, memoryMb: 2048 }));
        assert.equal([...world.apps.get("chunks")!.machines.values()][0]!.config?.guest.memory_mb, 2048);
        assert.equal(bigger.outputs.machineId, made.outputs.machineId);

        await machines.delete(bigger);
        assert.equal(world.apps.get("chunks")!.machines.size, 0);
        await secrets.delete(reset);
        assert.equal(world.apps.get("chunks")!.secrets.size, 0);
        await apps.delete(app);
        assert.equal(world.apps.size, 0);
        await Promise.all([apps.delete(app), machines.delete(bigger), secrets.delete(reset)]);
    });

    it("puts further containers beside the image", async () => {
        await prepared();
        const sidecars: Props[] = [{ name: "tailnet", image, command: [], environment: { TS_HOSTNAME: "x" } }, { name: "tunnel", image, command: ["access", "tcp"], environment: {} }];
        const made = await machines.create(machineOf({ sidecars }));
        const [machine] = world.apps.get("chunks")!.machines.values();
        assert.deepEqual(machine!.config?.containers?.map(({ name, cmd }) => [name, cmd]), [["chunk-1", undefined], ["tailnet", undefined], ["tunnel", ["access", "tcp"]]]);
        assert.deepEqual((await machines.read(made.id))?.inputs.sidecars, sidecars);
    });

    it("sees what somebody changed or removed", async () => {
        await prepared();
        const made = await machines.create(machineOf());
        assert.deepEqual((await machines.read(made.id, made.inputs, made.outputs))?.inputs, made.inputs);
        const machine = world.apps.get("chunks")!.machines.get(String(made.outputs.machineId))!;
        world.apps.get("chunks")!.machines.set(machine.id, { ...machine, config: { ...machine.config!, guest: { cpu_kind: "shared", cpus: 1, memory_mb: 256 } } });
        assert.equal((await machines.read(made.id, made.inputs, made.outputs))?.inputs.memoryMb, 256);
        world.apps.get("chunks")!.machines.clear();
        assert.equal(await machines.read(made.id, made.inputs, made.outputs), undefined);
        world.apps.get("chunks")!.secrets.clear();
        assert.deepEqual((await secrets.read("chunks", { app: "chunks", values: { DATABASE_URL: "postgres://x" } }))?.inputs.values, {});
    });

    it("imports by id", async () => {
        await prepared();
        const made = await machines.create(machineOf());
        const found = await machines.read(made.id);
        const { secretsVersion: _, ...inputs } = made.inputs;
        assert.deepEqual(found?.inputs, { ...inputs, files: [], sidecars: [], stopSeconds: 30 });
        assert.deepEqual((await apps.read("chunks"))?.inputs, { name: "chunks", organization: "acme" });
        await assert.rejects(machines.read("chunks"), /no id of a machine/);
    });

    it("waits while the vendor is busy, and finds what a run that was killed has made", async () => {
        await prepared();
        world.server.troubles.push({ before: { status: 429, headers: { "retry-after": "0" } } }, { before: { status: 503 } }, { before: { status: 502 } });
        const first = await machines.create(machineOf());
        assert.equal(world.apps.get("chunks")!.machines.size, 1);
        assert.equal((await machines.create(machineOf())).id, first.id, "by the URN it carries");
    });

    it("finds what was made when the line is cut after the work", async () => {
        await prepared();
        // The first call looks whether there is one, the second makes it.
        world.server.troubles.push({ before: { status: 200, body: [] } }, { after: "silence" });
        const made = await machines.create(machineOf());
        assert.equal(world.apps.get("chunks")!.machines.size, 1);
        assert.deepEqual(world.server.asked.filter((line) => line === "POST /apps/chunks/machines").length, 1, "not asked for a second one");
        assert.equal(made.outputs.machineId, [...world.apps.get("chunks")!.machines.keys()][0]);
    });

    it("takes over no app and no machine of others", async () => {
        await prepared();
        const made = await machines.create(machineOf());
        const machine = world.apps.get("chunks")!.machines.get(String(made.outputs.machineId))!;
        world.apps.get("chunks")!.machines.set(machine.id, { ...machine, config: { ...machine.config!, metadata: {} } });
        await assert.rejects(machines.create(machineOf()), /has a machine "chunk-1" already that this program did not make.*pulumi import/);
        await assert.rejects(apps.create({ name: "chunks", organization: "acme" }), /exists at Fly\.io and has machines/);
        await assert.rejects(apps.create({ name: "chunks", organization: "other" }), /taken at Fly\.io by the organization acme/);
    });

    it("says what is wrong before anything is asked, and what the vendor says after", async () => {
        assert.deepEqual(await machines.failures({ app: "Chunks", name: "x", region: "frankfurt", image: "app:latest", memoryMb: 300, zebra: 1, environment: UNKNOWN }), [
            "zebra is no property of this resource; there are app, name, region, image, cpuKind, cpus, memoryMb, environment, sidecars, command, files, secretsVersion, healthPort, healthPath, stopSeconds",
            'app must be small letters, digits and "-", at most 63: names are shared by all customers of Fly.io',
            "region must be the three letters of a region, e.g. fra",
            "image must be an image by digest: name@sha256:<64 hex digits>",
            "memoryMb must be a multiple of 256 from 256 to 131072",
        ]);
        assert.deepEqual(world.server.asked, []);
        await assert.rejects(machines.create(machineOf()), /Fly\.io refused POST \/apps\/chunks\/machines \(404\): App not found/);
        const other = flyProvider("1.0.0", { pause: 1 });
        await other.configure?.({ token: "wrong", baseUrl: address }, { progress: () => undefined, warn: () => undefined });
        await assert.rejects(new Driven(other, "fly:index:App").create({ name: "x", organization: "y" }), /\(401\): unauthorized; does the token for Fly\.io still exist/);
    });

    it("knows in a preview what will stay, and asks nobody", async () => {
        const outputs = await machines.preview(machineOf());
        assert.deepEqual([outputs.machineId, outputs.state, outputs.app], [UNKNOWN, UNKNOWN, "chunks"]);
        await prepared();
        const made = await machines.create(machineOf());
        const next = await machines.update(made, machineOf({ memoryMb: 2048 }), true);
        assert.deepEqual([next.outputs.machineId, next.outputs.instanceId], [made.outputs.machineId, UNKNOWN]);
    });
});
