import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { ephemeralStack, expiryIn, readTtl, stackOf, untilEnd, writeStack } from "./stacks";
import { readTailnet, requireClient } from "./tailnet";

describe("ephemeral stacks", () => {
    it("take names that can be part of a namespace, and no others", () => {
        fc.assert(fc.property(fc.string(), text => {
            const good = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(text);
            if (good) assert.equal(stackOf(text), `ephemeral-${text}`);
            else assert.throws(() => stackOf(text), { code: "AP-USAGE" });
        }));
        assert.equal(stackOf("pr-123"), "ephemeral-pr-123");
        for (const name of [undefined, "", "PR-1", "-a", "a-", "../x", "a".repeat(41)]) assert.throws(() => stackOf(name), { code: "AP-USAGE" });
    });

    it("live for minutes, hours or days, at most two weeks", () => {
        assert.deepEqual(["90m", "4h", "2d", "14d"].map(readTtl), [5_400_000, 14_400_000, 172_800_000, 1_209_600_000]);
        for (const text of ["", "4", "h", "0m", "15d", "-1h", "1.5h", "4 h", "1w"]) assert.throws(() => readTtl(text), { code: "AP-USAGE" });
    });

    it("end at a whole second that the configuration takes", () => {
        fc.assert(fc.property(fc.integer({ min: 60_000, max: 1_209_600_000 }), length => {
            assert.match(expiryIn(length), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
            assert.ok(Date.parse(expiryIn(length)) >= Date.now() + length - 1_000);
        }));
    });

    it("say how long they have left", () => {
        const now = Date.parse("2026-01-01T00:00:00Z");
        assert.deepEqual(["2026-01-01T00:30:00Z", "2026-01-01T00:59:30Z", "2026-01-01T04:00:00Z", "2026-01-03T05:00:00Z", "2025-12-31T00:00:00Z"].map(expires => untilEnd(expires, now)), ["30 min", "1 h 0 min", "4 h 0 min", "2 d 5 h", "expired"]);
    });
});

describe("the file of an ephemeral stack", () => {
    const before = process.env.AGENT_PLATFORM_HOME;
    let home: string;
    const file = () => join(home, "ephemeral", "Pulumi.ephemeral-pr-123.yaml");
    const configuration = () => (parse(readFileSync(file(), "utf8")) as { config: Record<string, unknown> }).config;
    const tailnet = { domain: "example.ts.net", image: `docker.io/tailscale/tailscale@sha256:${"a".repeat(64)}` };

    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "agent-platform-ephemeral-"));
        process.env.AGENT_PLATFORM_HOME = home;
    });
    afterEach(() => {
        if (before === undefined) delete process.env.AGENT_PLATFORM_HOME;
        else process.env.AGENT_PLATFORM_HOME = before;
        rmSync(home, { recursive: true, force: true });
    });

    it("is small, unprotected, and has the end in it, in quotes", () => {
        const stack = writeStack("pr-123", "2030-01-01T00:00:00Z", { apiServerCidr: "10.0.0.1/32" });
        assert.deepEqual([stack.namespace, stack.environment, stack.tailnet], ["agent-platform-pr-123", "preview", undefined]);
        assert.deepEqual(configuration(), {
            "agent-platform:blueprint": "portable", "agent-platform:ephemeral": { name: "pr-123", expires: "2030-01-01T00:00:00Z" }, "agent-platform:serviceReplicas": 1, "agent-platform:agentMaxReplicas": 1,
            "agent-platform:reservedPercent": 10, "agent-platform:storageSize": "2Gi", "agent-platform:protectData": false, "agent-platform:apiServerCidr": "10.0.0.1/32",
        });
        assert.match(readFileSync(file(), "utf8"), /^# Made by `npm run ephemeral`[^]*^ {4}expires: "2030-01-01T00:00:00Z"$/m);
    });

    it("names the tailnet and the image of its node, never a secret, and tells where people go", () => {
        const stack = writeStack("pr-123", "2030-01-01T00:00:00Z", { tailnet });
        assert.deepEqual(stack.tailnet, { domain: "example.ts.net", address: "https://agent-platform-pr-123.example.ts.net", hasClient: false });
        assert.deepEqual([configuration()["agent-platform:tailnetDomain"], configuration()["agent-platform:images"]], ["example.ts.net", { tailscale: tailnet.image }]);
        assert.doesNotMatch(readFileSync(file(), "utf8"), /secret|clientId/i);
    });

    it("keeps the tailnet and whatever a person has added when the stack gets another end", () => {
        writeStack("pr-123", "2030-01-01T00:00:00Z", { apiServerCidr: "10.0.0.1/32", tailnet });
        const text = readFileSync(file(), "utf8");
        writeFileSync(file(), `${text}  agent-platform:tailscaleClientId:\n    secure: v1:encrypted\nencryptionsalt: v1:salt\n`);
        const stack = writeStack("pr-123", "2031-01-01T00:00:00Z");
        assert.deepEqual([stack.ephemeral.expires, stack.tailnet?.domain, stack.tailnet?.hasClient], ["2031-01-01T00:00:00Z", "example.ts.net", true]);
        assert.equal(readFileSync(file(), "utf8").replace("2031", "2030"), `${text}  agent-platform:tailscaleClientId:\n    secure: v1:encrypted\nencryptionsalt: v1:salt\n`);
        const moved = writeStack("pr-123", "2031-01-01T00:00:00Z", { tailnet: { ...tailnet, domain: "other.ts.net" } });
        assert.equal(moved.tailnet?.address, "https://agent-platform-pr-123.other.ts.net");
        assert.equal(ephemeralStack("pr-123").tailnet?.domain, "other.ts.net");
    });

    it("gets a tailnet only by its name, and an image only by digest", () => {
        assert.equal(readTailnet({}), undefined);
        assert.match(readTailnet({ tailnet: "example.ts.net" })!.image, /^docker\.io\/tailscale\/tailscale:v[\d.]+@sha256:[0-9a-f]{64}$/);
        assert.deepEqual(readTailnet({ tailnet: "example.ts.net", "tailscale-image": tailnet.image }), tailnet);
        for (const wrong of [{ tailnet: "example.com" }, { tailnet: "-" }, { "tailscale-image": tailnet.image }, { tailnet: "example.ts.net", "tailscale-image": "tailscale/tailscale:latest" }]) assert.throws(() => readTailnet(wrong), { code: "AP-USAGE" }, JSON.stringify(wrong));
    });

    it("is for nothing without a client that lets nodes in", () => {
        const stack = { tailnet: { domain: "example.ts.net", address: "", hasClient: false } };
        assert.throws(() => requireClient(stack, {}), { code: "AP-TAILNET-CLIENT" });
        assert.throws(() => requireClient(stack, { TAILSCALE_OAUTH_CLIENT_ID: "" }), { code: "AP-TAILNET-CLIENT" });
        requireClient(stack, { TAILSCALE_OAUTH_CLIENT_ID: "k123" });
        requireClient({ tailnet: { ...stack.tailnet, hasClient: true } }, {});
        requireClient({}, {});
    });
});
