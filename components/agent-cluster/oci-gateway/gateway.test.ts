import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { drawn } from "../../../blueprints/page";
import { tryRun } from "../../../toolchain/core/run";
import { ociSecurityListsOf } from "../../../topology/firewalls";
import { needProgram } from "../compose/testing/debian";
import { cloudConfig, gatewayScript, loader } from ".";
import { resolveOciGatewayArgs, type OciGatewayArgs } from "./args";

const topology = drawn.mesh!;
const images = Object.fromEntries(["app", "web", "postgres", "cloudflared", "tailscale"].map((name, index) => [name, `registry.example.com/agents/${name}@sha256:${String(index + 1).repeat(64)}`]));
const args: OciGatewayArgs = { platform: { kind: "oci-gateway", tenancy: "ocid1.tenancy.oc1..a", compartment: "ocid1.compartment.oc1..a", availabilityDomain: "AD-1", image: "ocid1.image.oc1..a" }, topology, images, securityLists: ociSecurityListsOf(topology) };
const problemsOf = (changed: Partial<OciGatewayArgs>): readonly string[] => {
    let found: readonly string[] = [];
    try {
        resolveOciGatewayArgs({ ...args, ...changed }, (problems) => void (found = problems));
    } catch {
        // What is missing is named in the problems.
    }
    return found;
};
const script = gatewayScript(resolveOciGatewayArgs(args, (problems) => assert.deepEqual(problems, [])), "ocid1.vault.oc1..a", "0123456789abcdef");
const loading = loader("agent-platform", "ocid1.vault.oc1..a");

describe("the gateway at Oracle", function () {
    this.timeout(300_000);

    it("has UDP 41641 open and nothing else", () => {
        const { ingressSecurityRules } = args.securityLists.find((list) => list.place === "gateway")!;
        assert.deepEqual(ingressSecurityRules.map(({ protocol, udpOptions, source }) => [protocol, udpOptions?.min, udpOptions?.max, source]).sort(), [["17", 41641, 41641, "0.0.0.0/0"], ["17", 41641, 41641, "::/0"]]);
    });

    it("advertises the stores' subnet, and every route of that leads through it", () => {
        assert.match(script, /tailscale up --reset --auth-key="file:[^"]+" --hostname=gateway --advertise-tags=tag:gateway --advertise-routes=10\.20\.1\.0\/24/);
        assert.match(script, /net\.ipv4\.ip_forward = 1/);
    });

    it("has no secret in what it is told, only the names", () => {
        assert.match(script, /fetch_secret database\/url agent-platform-database-url/);
        assert.match(script, /fetch_secret tailnet\/gateway agent-platform-tailnet-gateway/);
        assert.ok(!/tskey-|postgres(ql)?:\/\//.test(script));
    });

    it("is told where to find its script, which fits into a secret of the vault: so it lives on when the script changes", () => {
        const config = JSON.parse(cloudConfig(loading).replace("#cloud-config\n", "")) as { write_files: { content: string }[] };
        assert.equal(gunzipSync(Buffer.from(config.write_files[0]!.content, "base64")).toString(), loading);
        assert.ok(!loading.includes("10.20."), "nothing of the topology");
        assert.ok(gzipSync(script).length < 25_000, "the most that a secret holds");
    });

    it("is sound Bash, and sound for cloud-init", async function () {
        const missing = (await needProgram("shellcheck", "shellcheck")) ?? (await needProgram("cloud-init", "cloud-init"));
        if (missing !== undefined) {
            console.log(`      skipped: ${missing}`);
            return this.skip();
        }
        const folder = mkdtempSync(join(tmpdir(), "agent-platform-gateway-"));
        try {
            writeFileSync(join(folder, "boot.sh"), script);
            writeFileSync(join(folder, "loader.sh"), loading);
            writeFileSync(join(folder, "user-data"), cloudConfig(loading));
            const checked = await tryRun("shellcheck", ["--shell=bash", "--severity=style", join(folder, "boot.sh"), join(folder, "loader.sh")]);
            assert.equal(checked.code, 0, checked.stdout);
            const schema = await tryRun("cloud-init", ["schema", "--config-file", join(folder, "user-data")]);
            assert.equal(schema.code, 0, schema.stdout + schema.stderr);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("names everything that is wrong with its arguments at once", () => {
        assert.deepEqual(problemsOf({ topology: { ...topology, places: [], edges: [] }, securityLists: [] }), [
            "topology.places: none is a machine at Oracle that is a gateway",
            "topology.places: no stores have a subnet behind the gateway",
            "topology.edges: the first is no tunnel, and nothing here is open to people",
        ]);
        assert.deepEqual(problemsOf({ securityLists: [] }), ["securityLists: none is for the subnet of gateway", "securityLists: none is for the subnet of data"]);
    });
});
