/** Which Pulumi is taken, on machines that have this or that. The CLI is the real one. */
import { strict as assert } from "node:assert";
import { chmodSync, existsSync, linkSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../core/paths";
import { which } from "../core/run";
import { checksumIn, releaseOf } from "./download";
import { pulumiProvisions } from "./tools";
import { cliVersion, suitable } from "./versions";

const cli = pulumiProvisions.find(({ id }) => id === "pulumi-cli")!;

describe("which Pulumi is taken", function () {
    this.timeout(60_000);
    const environment = { ...process.env };
    let folder: string;
    let real: string;
    let tools: string;

    before(async () => {
        const finding = await cli.inspect();
        assert.equal(finding.state, "ready", "the CLI is provided before this suite");
        real = finding.state === "ready" ? finding.detail! : "";
        folder = mkdtempSync(join(tmpdir(), "agent-platform-tools-"));
        // Nothing but a shell: no pulumi, no Go, no curl.
        tools = join(folder, "tools");
        mkdirSync(tools);
        for (const name of ["sh", "env"]) symlinkSync((await which(name))!, join(tools, name));
    });
    beforeEach(() => {
        process.env.PATH = tools;
        process.env.AGENT_PLATFORM_CACHE = join(folder, "cache");
    });
    afterEach(() => {
        process.env.PATH = environment.PATH;
        if (environment.AGENT_PLATFORM_CACHE === undefined) delete process.env.AGENT_PLATFORM_CACHE;
        else process.env.AGENT_PLATFORM_CACHE = environment.AGENT_PLATFORM_CACHE;
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("is the one on PATH that has the official language host beside it", async () => {
        const official = program("official", true);
        process.env.PATH = `${official}:${tools}`;
        assert.deepEqual(await cli.inspect(), { state: "ready", version: cliVersion, source: "path", detail: join(official, "pulumi") });
        const host = await pulumiProvisions.find(({ id }) => id === "pulumi-language-host")!.inspect();
        assert.equal(host.state === "ready" && host.detail, "official");
    });

    it("is not one on PATH without a language host, or of another minor version, but the one that was built", async () => {
        const built = join(cacheFolder("pulumi"), `built-${cliVersion}`);
        mkdirSync(built, { recursive: true });
        put(join(built, "pulumi"));
        const other = join(folder, "other");
        mkdirSync(other);
        writeFileSync(join(other, "pulumi"), "#!/bin/sh\necho v3.1.0\n");
        writeFileSync(join(other, "pulumi-language-nodejs"), "");
        chmodSync(join(other, "pulumi"), 0o755);
        for (const path of [program("bare", false), other]) {
            process.env.PATH = `${path}:${tools}`;
            const finding = await cli.inspect();
            assert.equal(finding.state === "ready" && finding.source, "built", path);
        }
        rmSync(built, { recursive: true });
    });

    it("is none where there is neither a download nor Go, and the problem says so", async function () {
        const finding = await cli.inspect();
        // Where the vendor can be reached, the plan is to download it.
        if (finding.state === "missing" && finding.plan.startsWith("download")) this.skip();
        assert.equal(finding.state === "failed" && finding.problem.code, "AP-PULUMI-NO-WAY");
        await assert.rejects(cli.ensure(() => undefined), { code: "AP-PULUMI-NO-WAY" });
        assert.deepEqual(existsSync(join(folder, "cache", "pulumi")) ? readdirSync(join(folder, "cache", "pulumi")) : [], []);
    });

    function program(name: string, host: boolean): string {
        const path = join(folder, name);
        mkdirSync(path);
        put(join(path, "pulumi"));
        if (host) writeFileSync(join(path, "pulumi-language-nodejs"), "");
        return path;
    }

    function put(path: string): void {
        try {
            linkSync(real, path);
        } catch {
            copyFileSync(real, path);
        }
    }
});

describe("versions of Pulumi", () => {
    it("are interchangeable within a minor version", () => {
        for (const found of ["3.256.0", "v3.256.9"]) assert.ok(suitable(found, "3.256.0"), found);
        for (const found of ["3.255.0", "4.256.0", "3.257.0-alpha.1", "", "nonsense"]) assert.ok(!suitable(found, "3.256.0"), found);
    });

    it("have a release for each platform that the vendor builds for", () => {
        assert.equal(releaseOf("3.1.0", "darwin", "arm64")?.file, "pulumi-v3.1.0-darwin-arm64.tar.gz");
        assert.equal(releaseOf("3.1.0", "linux", "x64")?.archive, "https://get.pulumi.com/releases/sdk/pulumi-v3.1.0-linux-x64.tar.gz");
        assert.deepEqual([releaseOf("3.1.0", "freebsd", "x64"), releaseOf("3.1.0", "linux", "riscv64")], [undefined, undefined]);
    });

    it("are checked against a whole checksum, of the right file", () => {
        const sum = "ab".repeat(64);
        assert.equal(checksumIn(`${"cd".repeat(64)}  other.tar.gz\n${sum}  a.tar.gz\n`, "a.tar.gz"), sum);
        assert.equal(checksumIn(`${sum} *a.tar.gz`, "a.tar.gz"), sum);
        assert.deepEqual([checksumIn(`${sum}  a.tar.gz.sig`, "a.tar.gz"), checksumIn("abab  a.tar.gz", "a.tar.gz"), checksumIn("", "a.tar.gz")], [undefined, undefined, undefined]);
    });
});
