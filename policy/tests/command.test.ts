import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { policy as command } from "../../toolchain/commands/policy";
import { repository, typescript } from "../../toolchain/core/paths";

const good = join(repository, "policy/examples/good");
const bad = join(repository, "policy/examples/bad");
const canary = "canary-23571113171923";

describe("npm run policy", function () {
    this.timeout(120_000);
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "policy-command-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** In this process, because starting one costs a second. */
    async function policy(...args: string[]): Promise<{ code: number; out: string; err: string }> {
        const written = { out: "", err: "" };
        const originals = { out: process.stdout.write, err: process.stderr.write };
        const capture = (name: "out" | "err") => ((text: string, done?: () => void) => {
            written[name] += text;
            done?.();
            return true;
        }) as typeof process.stdout.write;
        process.stdout.write = capture("out");
        process.stderr.write = capture("err");
        try {
            const code = await command(args);
            return { code, ...written };
        } finally {
            process.stdout.write = originals.out;
            process.stderr.write = originals.err;
        }
    }

    /** As a person runs it, with something on standard input. */
    function spawned(args: readonly string[], input: string): { code: number | null; out: string; err: string } {
        const { status, stdout, stderr } = spawnSync(process.execPath, [...typescript, "toolchain/cli.ts", "policy", ...args], { cwd: repository, input, encoding: "utf8", maxBuffer: 1 << 28 });
        return { code: status, out: stdout, err: stderr };
    }

    it("ends with 0 for what is clean, 1 for violations, 2 for what could not be found out", async () => {
        assert.equal((await policy("scan", good)).code, 0);
        assert.equal((await policy("scan", bad)).code, 1);
        for (const args of [[], ["nothing"], ["scan"], ["scan", "/nowhere.yaml"], ["scan", "--env", "nowhere", good], ["scan", "--format", "pdf", good], ["scan", "--what"], ["explain", "k8s-nothing"], ["report", "--input", "/nowhere"], ["check", "--stack", "nowhere"]]) {
            const { code, out, err } = await policy(...args);
            assert.equal(code, 2, args.join(" "));
            assert.equal(out, "", args.join(" "));
            assert.match(err, /^\nAP-[A-Z-]+ {2}.*\n {2}why {2}.*\n {2}fix {2}/s, args.join(" "));
        }
    });

    it("reads standard input, and keeps standard output clean for programs", async () => {
        const { code, out, err } = spawned(["scan", "-", "--format", "sarif"], readFileSync(join(bad, "debug-pod.yaml"), "utf8"));
        assert.equal(code, 1);
        assert.equal(err, "");
        assert.ok((JSON.parse(out) as { runs: { results: unknown[] }[] }).runs[0]!.results.length > 5);
    });

    it("writes a long report to its end", () => {
        const many = Array.from({ length: 400 }, (_, index) => `apiVersion: v1\nkind: Pod\nmetadata: { name: p${index}, namespace: shop }\nspec: { hostNetwork: true, containers: [{ name: a, image: a }] }\n`).join("---\n");
        assert.ok((JSON.parse(spawned(["scan", "-", "--format", "json"], many).out) as { results: unknown[] }).results.length > 4000);
    });

    it("makes a report of the last scan, and of a kept one", async () => {
        const kept = join(folder, "kept.json");
        assert.equal((await policy("scan", join(bad, "exposed.yaml"), "--format", "json", "--output", kept)).code, 1);
        for (const input of [[], ["--input", kept]]) {
            const { code, out } = await policy("report", "--format", "markdown", ...input);
            assert.equal(code, 1);
            assert.match(out, /k8s-admin-binding/);
        }
    });

    it("explains an environment and a rule", async () => {
        const table = await policy("explain", "--env", "prod");
        assert.equal(table.code, 0);
        assert.match(table.out, /^k8s-privileged +critical +mandatory/m);
        assert.match((await policy("explain", "k8s-privileged")).out, /none: the rule is critical/);
    });

    it("tells no secret: not in any format, not in an error, not when the input makes no sense", async () => {
        const secret = join(folder, "secret.yaml");
        writeFileSync(secret, `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: a\n      image: ${canary}\n      env: [{ name: API_TOKEN, value: ${canary} }]\n      args: [--password=${canary}]\n      securityContext: { privileged: ${canary}, procMount: ${canary}, seccompProfile: { type: ${canary} }, capabilities: { add: [${canary}] } }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { password: "${canary}", url: "https://a:${canary}@b" }\n`);
        for (const format of ["text", "json", "sarif", "junit", "markdown"]) {
            const { code, out, err } = await policy("scan", secret, "--format", format);
            assert.equal(code, 1);
            assert.ok(!`${out}${err}`.includes(canary), format);
        }
        const file = join(folder, "broken.yaml");
        writeFileSync(file, `password: "${canary}\n  - [ {`);
        const broken = await policy("scan", file);
        assert.equal(broken.code, 2);
        assert.ok(!`${broken.out}${broken.err}`.includes(canary));
    });
});
