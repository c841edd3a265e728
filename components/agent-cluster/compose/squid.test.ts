/** The proxy through which containers call out, for real: the generated file and Debian's squid, in a network of its own with a public address in it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typescript } from "../../../toolchain/core/paths";
import { tryRun } from "../../../toolchain/core/run";
import { squidConfiguration } from "./squid";
import { needProgram } from "./testing/debian";

/** Public addresses that only exist in the test's own network. */
const vendor = "93.184.215.14";
const port = 3128;

describe("the way out of a machine's containers", function () {
    this.timeout(300_000);
    let folder: string;
    let verdicts: Readonly<Record<string, string>>;

    before(async function () {
        const missing = (await needProgram("squid", "squid")) ?? (await needProgram("ip", "iproute2")) ?? ((await tryRun("unshare", ["--net", "true"])).code === 0 ? undefined : "this process may not make a network of its own");
        if (missing !== undefined) {
            console.log(`      skipped: ${missing}`);
            return this.skip();
        }
        folder = mkdtempSync(join(tmpdir(), "agent-platform-squid-"));
        // Names that lead inside, as an attacker's name server would answer.
        writeFileSync(join(folder, "hosts"), Object.entries({ "api.vendor.example": vendor, "rebound.attacker.example": "10.1.2.3", "metadata.attacker.example": "169.254.169.254", "here.attacker.example": "127.0.0.1" }).map(([name, address]) => `${address} ${name}\n`).join(""));
        writeFileSync(join(folder, "squid.conf"), `${squidConfiguration({ port, clients: ["127.0.0.1/32"] }).replaceAll("/tmp/", `${folder}/`).replaceAll("/dev/stdout", `${folder}/access.log`).replaceAll("/dev/stderr", `${folder}/cache.log`)}hosts_file ${folder}/hosts\ndns_nameservers 127.0.0.1\n`);
        await tryRun("chmod", ["0777", folder]);
        const checked = await tryRun("squid", ["-k", "parse", "-f", join(folder, "squid.conf")]);
        assert.equal(checked.code, 0, checked.stderr);
        assert.doesNotMatch(checked.stderr, /WARNING|ERROR|obsolete/i);
        const { code, stdout, stderr } = await tryRun("unshare", ["--net", process.execPath, ...typescript, join(__dirname, "testing", "askSquid.ts"), join(folder, "squid.conf"), vendor], { timeout: 60_000 });
        assert.equal(code, 0, stderr);
        verdicts = JSON.parse(stdout) as Record<string, string>;
    });

    after(() => {
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    it("lets TLS through to addresses of the internet", () => {
        for (const target of [`${vendor}:443`, "api.vendor.example:443"]) assert.equal(verdicts[`CONNECT ${target}`], "200 hello", target);
    });

    it("refuses every private, link-local and metadata address, in whatever clothes", () => {
        const refused = Object.keys(verdicts).filter((asked) => verdicts[asked]!.startsWith("403"));
        const inside = ["10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.169.254", "169.254.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[fd00::1]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]"];
        const names = ["localhost", "metadata.google.internal", "metadata", "postgres.internal", "printer.local", "rebound.attacker.example", "metadata.attacker.example", "here.attacker.example"];
        for (const target of [...inside, ...names]) assert.ok(refused.includes(`CONNECT ${target}:443`), `${target}: ${verdicts[`CONNECT ${target}:443`]}`);
        // Other ways to write 169.254.169.254: either refused, or no address at all.
        for (const target of ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"]) assert.match(verdicts[`CONNECT ${target}:443`]!, /^(403|503|400)/, target);
    });

    it("lets nothing through that is not TLS on 443", () => {
        for (const asked of [`CONNECT ${vendor}:22`, `CONNECT ${vendor}:5432`, `CONNECT ${vendor}:80`, `GET http://${vendor}/`, "GET http://169.254.169.254/computeMetadata/v1/", `POST http://${vendor}/`]) assert.match(verdicts[asked]!, /^403/, asked);
    });

    it("answers nobody but its own containers", () => {
        assert.match(verdicts[`from 127.0.0.9: CONNECT ${vendor}:443`]!, /^403/);
    });

    it("notes every call with its host and verdict", () => {
        const lines = readFileSync(join(folder, "access.log"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { method: string; host: string; verdict: string });
        assert.equal(lines.length, Object.keys(verdicts).length);
        assert.ok(lines.some(({ host, verdict }) => host === "metadata.google.internal" && verdict.includes("DENIED")));
    });
});
