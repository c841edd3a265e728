import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { repository, typescript } from "../../toolchain/core/paths";
import { run } from "../../toolchain/core/run";
import { ensureBase, type Base } from "../../toolchain/images/bases";
import { runRootOf } from "../../toolchain/images/buildah";
import { isRoot } from "../../toolchain/images/engine";

/**
 * A second cache is a second machine: nothing is shared but the mirror. The checkout is a copy with other modes and
 * times. A small base is assembled twice, and the image that needs no npm is built twice on one base.
 */
describe("building twice, with nothing in common but the content", function () {
    this.timeout(900_000);
    let folder: string;
    let postgres: Base;

    before(async function () {
        if (!isRoot() || process.platform !== "linux") this.skip();
        folder = mkdtempSync(join(tmpdir(), "agent-platform-twice-"));
        postgres = await ensureBase("postgres", () => undefined);
    });
    after(() => {
        if (!folder) return;
        for (const cache of ["one", "two"]) rmSync(runRootOf(join(folder, cache, "images", "store")), { recursive: true, force: true });
        rmSync(folder, { recursive: true, force: true });
    });

    const program = `
        const { ensureImage, scratchImage } = require(process.argv[2] + "/toolchain/images");
        const { ensureBase } = require(process.argv[2] + "/toolchain/images/bases");
        (async () => {
            const base = await ensureBase("nginx", () => undefined);
            const image = await ensureImage("postgres", () => undefined);
            const small = await scratchImage("small", [{ path: "bin/x", from: Buffer.from("x"), executable: true }], ["/bin/x"]);
            console.log(JSON.stringify({ base: base.sha256, key: image.key, digest: image.digest, small: small.digest }));
        })().catch((error) => { console.error(error); process.exit(1); });`;

    const build = async (checkout: string, cache: string) => {
        const script = join(folder, "build.cjs");
        writeFileSync(script, program);
        cpSync(dirname(postgres.archive), join(cache, "images", "bases", basename(dirname(postgres.archive))), { recursive: true, filter: (path) => !path.includes("rootfs/") && !path.endsWith("rootfs") });
        const printed = await run(process.execPath, [...typescript, script, checkout], { cwd: repository, env: { AGENT_PLATFORM_CACHE: cache, AGENT_PLATFORM_BASES: "debian" } });
        return JSON.parse(printed) as { base: string; key: string; digest: string; small: string };
    };

    it("gives the same digests, on buildah and home-made bases", async () => {
        const copy = join(folder, "elsewhere");
        for (const part of ["toolchain/core", "toolchain/images", "package.json", "tsconfig.json"]) cpSync(join(repository, part), join(copy, part), { recursive: true });
        for (const file of ["entrypoint.sh", "Dockerfile"]) chmodSync(join(copy, "toolchain/images/postgres", file), file === "Dockerfile" ? 0o600 : 0o700);
        const first = await build(repository, join(folder, "one"));
        const second = await build(copy, join(folder, "two"));
        assert.deepEqual(second, first);
    });
});
