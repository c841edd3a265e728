/** An ephemeral stack in a tailnet on simulated clouds, as the command writes it: the real CLI, program and policies. */
import assert from "node:assert/strict";
import { buildPack } from "../../policy/build";
import { expiryIn, writeStack } from "../../toolchain/commands/ephemeral/stacks";
import { readTailnet } from "../../toolchain/commands/ephemeral/tailnet";
import { policies } from "../../toolchain/commands/stack";
import { Workspace } from "../../toolchain/pulumi";
import { Clouds } from "../support/clouds";
import { SimulatedHome } from "../support/simulatedHome";

describe("an ephemeral stack in a tailnet", function () {
    this.timeout(300_000);
    let home: SimulatedHome;
    let workspace: Workspace;
    let clouds: Clouds;
    const write = (length: number) => writeStack("pr-123", expiryIn(length));

    before(async () => {
        home = new SimulatedHome(false);
        await home.install();
        await buildPack();
        const { name } = writeStack("pr-123", expiryIn(14_400_000), { tailnet: readTailnet({ tailnet: "example.ts.net" }) });
        workspace = await Workspace.open(name);
        await workspace.ensureStack();
        clouds = new Clouds(workspace);
    });
    after(() => home.remove());

    it("is taken by the policies of previews, and leaves the tailnet alone until it is deployed", async () => {
        const outcome = await workspace.preview(policies(write(14_400_000)));
        assert.deepEqual([outcome.ok, outcome.blocked], [true, []]);
        assert.deepEqual(clouds.objects(), []);
    });

    it("has a client of its own there, which may make nodes of its identity and nothing else", async () => {
        assert.ok((await workspace.up(policies(write(14_400_000)))).ok);
        assert.deepEqual(clouds.objects().map(({ type, inputs }) => [type, inputs.scopes, inputs.tags]), [["tailscale:index/oauthClient:OauthClient", ["auth_keys"], ["tag:preview"]]]);
        const { address, facts } = await workspace.outputs();
        assert.deepEqual([address, facts], ["http://localhost:8080", { tailnet: "https://agent-platform-pr-123.example.ts.net" }]);
    });

    it("stays in it with another end: neither client nor node changes", async () => {
        const outcome = await workspace.preview(policies(write(86_400_000)));
        assert.ok(outcome.ok && outcome.changed > 0);
        assert.deepEqual(outcome.changes.map(({ name }) => name).filter((name) => /tail/.test(name)), []);
    });

    it("leaves it when it is taken down", async () => {
        assert.ok((await workspace.destroy()).ok);
        clouds.assertNoOrphans();
        assert.deepEqual(clouds.objects(), []);
    });
});
