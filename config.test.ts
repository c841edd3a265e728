import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { topologyOf } from "./blueprints";
import { blueprintNames, ConfigProblem, fieldsByKey, parseConfig, type ConfigFinding, type RawConfig } from "./config";
import { isSecretField } from "./config/fields";
import { repository } from "./toolchain/core/paths";
import { imageNames } from "./topology/types";

const digest = `sha256:${"a".repeat(64)}`;
const builtImages = JSON.stringify({ app: `agent-platform/app@${digest}`, web: `agent-platform/web@${digest}`, postgres: `agent-platform/postgres@${digest}` });
const token = "not-a-real-token-0123456789";

function raw(values: Record<string, string> = {}, more: Partial<RawConfig> = {}): RawConfig {
    return { values, secretKeys: new Set(), builtImages, localKubeconfig: "kubeconfig-of-the-home", ...more };
}

function findingsOf(input: RawConfig): readonly ConfigFinding[] {
    try {
        parseConfig(input);
    } catch (error) {
        assert.ok(error instanceof ConfigProblem, String(error));
        assert.equal(error.code, "AP-CONFIG-INVALID");
        for (const { key, problem } of error.findings) assert.ok(error.message.includes(key) && error.message.includes(problem));
        return error.findings;
    }
    return [];
}

function keysOf(input: RawConfig): string[] {
    return findingsOf(input).map((finding) => finding.key);
}

describe("configuration", () => {
    it("needs nothing but a cluster and images", () => {
        const config = parseConfig(raw());
        assert.ok(config.blueprint === "portable");
        assert.deepEqual(config.cluster, { kubeconfig: "kubeconfig-of-the-home", context: "agent-platform-local" });
        assert.equal(config.images.app, `agent-platform/app@${digest}`);
        assert.deepEqual([config.agentMinReplicas, config.agentMaxReplicas, config.agentOngoingRequests, config.refundApprovalThreshold, config.protectData, config.storageSize], [1, 5, 5, 100, true, "10Gi"]);
        assert.equal(config.tunnel, undefined);
    });

    it("reads a monthly budget into the promises of the deployment", () => {
        assert.deepEqual(topologyOf(parseConfig(raw({ monthlyBudget: "500.50 EUR" }))).objectives.monthlyBudget, { amount: 500.5, currency: "EUR" });
        assert.equal(topologyOf(parseConfig(raw())).objectives.monthlyBudget, undefined);
        for (const wrong of ["500", "500 GBP", "-1 EUR", "1e9 EUR"]) assert.deepEqual(keysOf(raw({ monthlyBudget: wrong })), ["monthlyBudget"], wrong);
    });

    it("reads every key", () => {
        const values = {
            blueprint: "portable", context: "mine", kubeconfig: "somewhere", registry: "registry.test/agents", storageClass: "fast", storageSize: "2Ti", refundApprovalThreshold: "0",
            agentMinReplicas: "2", agentMaxReplicas: "3", agentOngoingRequests: "7", serviceReplicas: "4", reservedPercent: "50", protectData: "false", adminEmail: "a@b.c", userEmail: "d@e.f",
            tunnelToken: token, tunnelHostname: "agents.example.com", images: JSON.stringify({ cloudflared: `cloudflare/cloudflared@${digest}`, ray: `registry.test/agents/ray@${digest}` }),
            inference: "ray", installKubeRay: "false", apiServerCidr: "10.0.0.0/28", apiServerPort: "443",
        };
        const pushed = builtImages.replaceAll('"agent-platform/', '"registry.test/agents/agent-platform/');
        assert.deepEqual(parseConfig(raw(values, { secretKeys: new Set(["tunnelToken"]), builtImages: pushed })), {
            blueprint: "portable",
            cluster: { context: "mine", kubeconfig: "somewhere" },
            images: {
                app: `registry.test/agents/agent-platform/app@${digest}`,
                web: `registry.test/agents/agent-platform/web@${digest}`,
                postgres: `registry.test/agents/agent-platform/postgres@${digest}`,
                cloudflared: `cloudflare/cloudflared@${digest}`,
                ray: `registry.test/agents/ray@${digest}`,
            },
            inference: "ray", installKubeRay: false, apiServer: { cidr: "10.0.0.0/28", port: 443 },
            storageClass: "fast", storageSize: "2Ti", refundApprovalThreshold: 0, agentMinReplicas: 2, agentMaxReplicas: 3, agentOngoingRequests: 7, serviceReplicas: 4, reservedPercent: 50, sessionKey: 1,
            protectData: false, adminEmail: "a@b.c", userEmail: "d@e.f", tunnel: { hostname: "agents.example.com", token },
        });
    });

    it("names all problems at once, each with its key, its value and what is allowed", () => {
        const findings = findingsOf(raw({ agentMaxReplicas: "9", refundApprovalThreshold: "lots", protectData: "maybe", storageSize: "10", adminEmail: "nobody", blueprint: "grand", images: "{" }));
        assert.deepEqual(
            findings.map(({ key, value, problem }) => `${key}=${value} ${problem}`),
            [
                `blueprint=grand must be one of ${blueprintNames.join(", ")}`,
                `images={ must be an object of ${imageNames.join(", ")}, each an image by digest: name@sha256:<64 hex digits>`,
                "refundApprovalThreshold=lots must be a whole amount in euros from 0 to 1000000",
                "protectData=maybe must be true or false",
                "adminEmail=nobody must be an e-mail address",
                "storageSize=10 must be a size of at least 1Gi, e.g. 10Gi",
                "agentMaxReplicas=9 must be a whole number from 1 to 5",
            ],
        );
    });

    it("knows what a mistyped key was meant to be", () => {
        assert.deepEqual(findingsOf(raw({ agentMaxReplica: "3", tunelToken: token })), [
            { key: "agentMaxReplica", problem: "is no key of this project: did you mean agentMaxReplicas?" },
            { key: "tunelToken", problem: "is no key of this project: did you mean tunnelToken?" },
        ]);
        assert.match(findingsOf(raw({ zebra: "1" }))[0]!.problem, /is no key of this project; there are blueprint, context/);
        assert.equal(keysOf(raw({ constructor: "1" }))[0], "constructor");
    });

    it("never shows a secret, right or wrong", () => {
        for (const value of ["short", token]) {
            const findings = findingsOf(raw({ tunnelToken: value }));
            assert.ok(findings.length > 0);
            assert.ok(!JSON.stringify(findings).includes(value));
        }
    });

    it("refuses a token that is not encrypted", () => {
        const values = { tunnelToken: token, tunnelHostname: "agents.example.com", images: JSON.stringify({ cloudflared: `c@${digest}` }) };
        assert.deepEqual(keysOf(raw(values)), ["tunnelToken"]);
        assert.deepEqual(keysOf(raw(values, { secretKeys: new Set(["tunnelToken"]) })), []);
    });

    it("refuses half a tunnel", () => {
        assert.deepEqual(keysOf(raw({ tunnelToken: token }, { secretKeys: new Set(["tunnelToken"]) })), ["tunnelHostname", "images.cloudflared"]);
        assert.deepEqual(keysOf(raw({ tunnelHostname: "agents.example.com" })), ["tunnelToken"]);
        assert.deepEqual(keysOf(raw({ tunnelHostname: "localhost", tunnelToken: token }, { secretKeys: new Set(["tunnelToken"]) })), ["tunnelHostname", "images.cloudflared"]);
    });

    it("joins a tailnet when it is told which, with a client of its own or with that of the environment", () => {
        const images = JSON.stringify({ tailscale: `docker.io/tailscale/tailscale@${digest}` });
        const client = { tailscaleClientId: "an-id-0123456789", tailscaleClientSecret: token };
        const encrypted = { secretKeys: new Set(Object.keys(client)) };
        const tailnetOf = (input: RawConfig) => {
            const config = parseConfig(input);
            assert.ok(config.blueprint === "portable");
            return config.tailnet;
        };
        assert.equal(tailnetOf(raw()), undefined);
        assert.deepEqual(tailnetOf(raw({ tailnetDomain: "example.ts.net", images })), { domain: "example.ts.net", tailscaleClientId: undefined, tailscaleClientSecret: undefined });
        assert.deepEqual(tailnetOf(raw({ tailnetDomain: "example.ts.net", images, ...client }, encrypted)), { domain: "example.ts.net", ...client });
        assert.deepEqual(keysOf(raw({ tailnetDomain: "example.ts.net" })), ["images.tailscale"]);
        assert.deepEqual(keysOf(raw({ tailnetDomain: "example.ts.net", images, ...client })), Object.keys(client), "in plain text");
    });

    it("refuses a tailnet that is none, half a client of one, and a client without one", () => {
        for (const tailnetDomain of ["-", "ts.net", "example.com", "https://example.ts.net", "a.example.ts.net", "Example.ts.net", "-x.ts.net"]) {
            assert.deepEqual(findingsOf(raw({ tailnetDomain, agentMaxReplicas: "9" })).map(({ key, problem }) => `${key} ${problem}`), [
                "tailnetDomain must be the DNS name of a tailnet such as example.ts.net",
                "agentMaxReplicas must be a whole number from 1 to 5",
            ], tailnetDomain);
        }
        const half = findingsOf(raw({ tailscaleClientId: "an-id-0123456789" }, { secretKeys: new Set(["tailscaleClientId"]) }));
        assert.deepEqual(half, [
            { key: "tailscaleClientSecret", problem: "is missing: it belongs to tailscaleClientId" },
            { key: "tailnetDomain", problem: "is missing: tailscaleClientId is only of use in a tailnet, e.g. example.ts.net" },
        ]);
    });

    it("refuses contradictions", () => {
        assert.deepEqual(keysOf(raw({ agentMinReplicas: "4", agentMaxReplicas: "3" })), ["agentMinReplicas"]);
        assert.deepEqual(keysOf(raw({ adminEmail: "a@b.c", userEmail: "a@b.c" })), ["userEmail"]);
        assert.deepEqual(keysOf(raw({ kubeconfig: "somewhere" })), ["context"]);
    });

    it("says how to get a cluster and images when there are none", () => {
        const findings = findingsOf(raw({}, { builtImages: undefined, localKubeconfig: undefined }));
        assert.deepEqual(findings.map((finding) => finding.key), ["context", "images.app", "images.web", "images.postgres"]);
        for (const { problem } of findings) assert.match(problem, /npm run up/);
        assert.deepEqual(keysOf(raw({ context: "mine" }, { localKubeconfig: undefined })), []);
    });

    it("takes only images by digest, from wherever they come", () => {
        assert.deepEqual(keysOf(raw({ images: JSON.stringify({ app: "agent-platform/app:latest" }) })), ["images"]);
        assert.deepEqual(keysOf(raw({ images: JSON.stringify({ api: `x@${digest}` }) })), ["images"]);
        const loose = JSON.stringify({ app: "agent-platform/app:latest", web: `w@${digest}`, postgres: 7 });
        assert.deepEqual(findingsOf(raw({}, { builtImages: loose })).map(({ key, value }) => [key, value]), [["images.app", "agent-platform/app:latest"], ["images.postgres", undefined]]);
        assert.deepEqual(keysOf(raw({}, { builtImages: "half a fi" })), ["images.app", "images.web", "images.postgres"]);
    });

    it("takes built images only from the registry that the cluster takes them from", () => {
        const findings = findingsOf(raw({ registry: "registry.test/agents", images: JSON.stringify({ web: `elsewhere.test/web@${digest}` }) }));
        assert.deepEqual(findings.map((finding) => finding.key), ["images.app", "images.postgres"]);
        assert.match(findings[0]!.problem, /not in the registry registry\.test\/agents: `npm run up -- --registry registry\.test\/agents` pushes it there/);
    });

    it("takes an empty text for not set, as Pulumi.yaml has it", () => {
        assert.deepEqual(parseConfig(raw({ context: "", storageClass: "", agentMinReplicas: "" })), parseConfig(raw()));
    });

    it("answers any text with a configuration or with findings, never with another error", () => {
        const keys = ["blueprint", "context", "kubeconfig", "registry", "images", "storageClass", "storageSize", "tunnelToken", "tunnelHostname", "agentMinReplicas", "agentMaxReplicas", "protectData", "adminEmail"];
        fc.assert(fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), fc.string()), fc.option(fc.string(), { nil: undefined }), (values, images) => void findingsOf(raw(values, { builtImages: images }))));
    });
});

describe("Pulumi.yaml", () => {
    const project = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8")) as { config: Record<string, { type?: string; default?: unknown; description?: string; value?: unknown }> };
    const own = Object.entries(project.config).filter(([key]) => !key.includes(":"));

    it("has the defaults that config.ts has", () => {
        const defaults = Object.fromEntries(own.map(([key, { default: value }]) => [key, String(value)]));
        assert.deepEqual(parseConfig(raw(defaults)), parseConfig(raw()));
    });

    it("describes every key, with a default, because the CLI demands a value for each", () => {
        const listed = [...fieldsByKey()].flatMap(([key, [first]]) => (["images", "ephemeral", "charts", "customerHostnames", "identitySources", "machines", "mayChangeRights", "operatorAddresses", "outgoingAllowedHosts", "retentionDays", "signInTools", "toolsAllowed"].includes(key) || isSecretField(first!.field) ? [] : [key]));
        assert.deepEqual(own.map(([key]) => key).sort(), ["blueprint", ...listed].sort());
        for (const [key, { default: value, description }] of own) assert.ok(value !== undefined && description !== undefined, key);
    });

    it("lets no resource fall back to a provider that nobody passed", () => {
        assert.deepEqual(project.config["pulumi:disable-default-providers"]?.value, ["*"]);
    });
});
