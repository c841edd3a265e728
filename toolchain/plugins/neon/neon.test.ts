import assert from "node:assert/strict";
import { Driven } from "../testing/driver";
import { secret, UNKNOWN, type Props } from "../sdk/values";
import { neonProvider } from "./provider";
import { neonKey, NeonWorld } from "./testing/server";

const wanted = (more: Props = {}): Props => ({ name: "agents", region: "aws-eu-central-1", organization: "org-acme-1", database: "agents_db", role: "agents_user", allowedAddresses: ["203.0.113.7"], ...more });

describe("the Neon plugin", () => {
    let world: NeonWorld;
    let projects: Driven;

    beforeEach(async () => {
        world = new NeonWorld();
        const provider = neonProvider("1.0.0", { timeout: 2_000, pause: 1 });
        await provider.configure?.({ apiKey: secret(neonKey), baseUrl: await world.server.listen() }, { progress: () => undefined, warn: () => undefined });
        projects = new Driven(provider, "neon:index:Project");
    });
    afterEach(() => world.server.close());

    it("makes a project, waits until it has settled, and keeps its address secret", async () => {
        const made = await projects.create(wanted());
        const [state] = world.projects.values();
        assert.deepEqual(state!.project, {
            id: made.id, name: "agents", region_id: "aws-eu-central-1", pg_version: 17, org_id: "org-acme-1", history_retention_seconds: 604_800,
            default_endpoint_settings: { autoscaling_limit_min_cu: 0.25, autoscaling_limit_max_cu: 2, suspend_timeout_seconds: -1 },
            settings: { allowed_ips: { ips: ["203.0.113.7"], protected_branches_only: false } },
        });
        assert.equal(state!.busy, 0);
        assert.deepEqual(made.outputs.connectionUri, secret(`postgresql://agents_user:npg_secret@${state!.endpoint.host}/agents_db?sslmode=require`));
    });

    it("updates the project and the endpoint that it has, after what is under way", async () => {
        const made = await projects.create(wanted());
        world.projects.get(made.id)!.busy = 1;
        assert.deepEqual(await projects.changes(made, wanted({ maxComputeUnits: 4, historySeconds: 86_400 })), ["historySeconds", "maxComputeUnits"]);
        assert.deepEqual(await projects.changes(made, wanted({ region: "aws-us-east-2", postgresVersion: 16 })), ["postgresVersion!", "region!"]);
        world.projects.get(made.id)!.busy = 0;
        await projects.update(made, wanted({ maxComputeUnits: 4, historySeconds: 86_400 }));
        const state = world.projects.get(made.id)!;
        assert.deepEqual([state.project.history_retention_seconds, state.endpoint.autoscaling_limit_max_cu], [86_400, 4]);
        world.projects.get(made.id)!.failing = "no capacity";
        await assert.rejects(projects.update(made, wanted()), /Neon could not apply config in project .*: no capacity/);
    });

    it("finds its own project again among others of that name, and makes no second one", async () => {
        const made = await projects.create(wanted());
        await new Driven(projects.provider, "neon:index:Project", "other").create(wanted());
        assert.equal(world.projects.size, 2);
        assert.equal((await projects.create(wanted())).id, made.id);
        world.projects.clear();
        world.server.troubles.push({ before: { status: 200, body: { projects: [] } } }, { after: "silence" });
        await projects.create(wanted());
        assert.equal(world.projects.size, 1);
    });

    it("sees drift, imports, and knows when it is gone", async () => {
        const made = await projects.create(wanted());
        assert.deepEqual((await projects.read(made.id, made.inputs, made.outputs))?.inputs, made.inputs);
        const state = world.projects.get(made.id)!;
        state.project = { ...state.project, settings: { allowed_ips: { ips: [] } } };
        assert.deepEqual((await projects.read(made.id, made.inputs, made.outputs))?.inputs.allowedAddresses, [], "somebody opened it to the world");
        const imported = await projects.read(made.id);
        assert.deepEqual([imported?.inputs.database, imported?.inputs.role, imported?.inputs.region], ["agents_db", "agents_user", "aws-eu-central-1"]);
        await projects.delete(made);
        assert.equal(await projects.read(made.id, made.inputs, made.outputs), undefined);
        await projects.delete(made);
    });

    it("says what is wrong before anything is asked", async () => {
        assert.deepEqual(await projects.failures({ ...wanted({ region: "frankfurt", minComputeUnits: 0.3, allowedAddresses: ["everybody"], database: UNKNOWN }) }), [
            "region must be a region of Neon, e.g. aws-eu-central-1",
            "minComputeUnits must be a multiple of 0.25 from 0.25 to 16",
            "allowedAddresses must be IPv4 addresses, ranges a-b or CIDR blocks; none means everybody who knows the password (at 0: Invalid string: must match pattern /^\\d{1,3}(\\.\\d{1,3}){3}(\\/\\d{1,2}|-\\d{1,3}(\\.\\d{1,3}){3})?$/)",
        ]);
        assert.deepEqual(world.server.asked, []);
    });
});
