import assert from "node:assert/strict";
import { Problem } from "../../toolchain/core/problem";
import { ensureImage, type BuiltImage } from "../../toolchain/images";
import { pushed } from "../../toolchain/images/build";
import { findEngine } from "../../toolchain/images/engine";
import { startTestRegistry, type TestRegistry } from "../support/registry";

describe("pushing an image to a registry", function () {
    this.timeout(300_000);
    let image: BuiltImage;
    let registry: TestRegistry | undefined;

    before(async function () {
        this.timeout(900_000);
        if (!(await findEngine().then(() => true, () => false))) return this.skip();
        image = await ensureImage("postgres", () => undefined);
    });
    afterEach(async () => registry?.stop());

    it("refers to it by the digest that the registry has, with every layer there", async () => {
        registry = await startTestRegistry();
        const result = await pushed(image, `${registry.address}/team`, () => undefined);
        const [, digest] = result.reference.split("@");
        assert.equal(result.reference, `${registry.address}/team/agent-platform/postgres@${digest}`);
        const manifest = registry.manifests.get(`team/agent-platform/postgres@${digest}`);
        assert.ok(manifest, "the registry knows the digest");
        const { config, layers } = JSON.parse(manifest.content.toString()) as { config: { digest: string }; layers: { digest: string }[] };
        for (const part of [config, ...layers]) assert.ok(registry.blobs.has(part.digest), part.digest);
        assert.equal((JSON.parse(registry.blobs.get(config.digest)!.toString()) as { config: { User: string } }).config.User, "999:999");

        const again = await pushed(image, `${registry.address}/team`, () => undefined);
        assert.equal(again.reference, result.reference);
    });

    it("works from the archive when the engine has forgotten the image", async () => {
        registry = await startTestRegistry();
        const name = `${image.name.split(":")[0]}:only-in-archive`;
        try {
            const result = await pushed({ ...image, name }, registry.address, () => undefined);
            assert.match(result.reference, /\/agent-platform\/postgres@sha256:[0-9a-f]{64}$/);
            assert.ok(registry.manifests.has(result.reference.replace(`${registry.address}/`, "")));
        } finally {
            await (await findEngine()).remove(name);
        }
    });

    it("says why when the registry refuses", async () => {
        registry = await startTestRegistry({ refuse: true });
        await assert.rejects(pushed(image, registry.address, () => undefined), (error: Problem) => {
            assert.equal(error.code, "AP-IMAGE-PUSH");
            assert.match(error.message, /agent-platform\/postgres could not be pushed/);
            assert.notEqual(error.why, "");
            return true;
        });
    });
});
