import assert from "node:assert/strict";
import fc from "fast-check";
import { blueprintNames, parseConfig, type Config } from "../config";
import { appKeys, appSettings, chosenOf, type AppKey } from "../config/app-settings";
import { canary, everySetting, everySettingOutside, listsWithSecrets } from "../config/testing";
import { valuesOfStack } from "../toolchain/commands/cost";
import { requireSound } from "../topology/checks";
import { networkPoliciesOf } from "../topology/network-policies";
import { proveDataPaths } from "../topology/paths";
import type { Service, Topology } from "../topology/types";
import { withAppSettings } from "./app-settings";
import { blueprints, topologyOf } from ".";

/** A stack of this repository for each blueprint. */
const stacks = ["portable", "standard", "prod", "managed-gcp", "mesh", "hetzner"] as const;
type Stack = (typeof stacks)[number];

const everyFor = (stack: Stack) => (stack === "managed-gcp" || stack === "mesh" ? everySettingOutside : everySetting);

const files = Object.fromEntries(stacks.map((stack) => [stack, valuesOfStack(stack)]));

function configOf(stack: Stack, settings: Readonly<Record<string, string>> = {}): Config {
    const raw = files[stack]!;
    return parseConfig({ ...raw, values: { ...raw.values, ...settings }, secretKeys: new Set([...raw.secretKeys, ...listsWithSecrets]) });
}

const serviceOf = (topology: Topology, role: string): Service => topology.services.find((one) => one.image === "app" && one.settings.ROLE === role)!;
const hostsCalled = (topology: Topology, from: string): string[] => topology.flows.flatMap((flow) => (flow.from === from ? (topology.parties.find(({ name }) => name === flow.to)?.hosts ?? []) : [])).sort();

describe("settings of the application in a topology", function () {
    this.timeout(30_000);

    it("are tried in every blueprint", () => {
        assert.deepEqual([...new Set(stacks.map((stack) => configOf(stack).blueprint))].sort(), [...blueprintNames].sort());
    });

    for (const stack of stacks) {
        it(`leave that of ${stack} as it is where none is set`, () => {
            const config = configOf(stack);
            const bare = (blueprints[config.blueprint] as (config: Config) => Topology)(config);
            assert.equal(withAppSettings(bare, config), bare);
        });

        it(`reach exactly the roles of ${stack} that read them, secrets as files alone, whichever are set`, () => {
            const every = everyFor(stack);
            const bare = topologyOf(configOf(stack));
            fc.assert(fc.property(fc.subarray([...appKeys]), (keys) => {
                // Some mean nothing, or lead nowhere, without another one.
                const wanted = new Set<AppKey>(keys.flatMap((key): AppKey[] => (key === "scannerFailsOpen" ? [key, "scannerUrl"] : key === "modelMonthlyBudget" ? [key, "models"] : key === "mcpServers" ? [key, "outgoingAllowedHosts"] : [key])));
                const config = configOf(stack, Object.fromEntries([...wanted].map((key) => [key, every[key]!])));
                const topology = requireSound(topologyOf(config));
                assert.deepEqual(proveDataPaths(topology).findings, []);
                assert.ok(!JSON.stringify(topology).includes(canary), "no secret is in it");
                for (const service of topology.services) {
                    const before = bare.services.find(({ name }) => name === service.name)!;
                    const added = (now: object, then: object) => Object.keys(now).filter((name) => !(name in then)).sort();
                    const mine = chosenOf(config).filter(({ roles }) => service.image === "app" && (roles as readonly string[]).includes(service.settings.ROLE!));
                    const address = wanted.has("oidcProviders") && !wanted.has("publicUrl") && service.settings.ROLE === "agent" ? ["PUBLIC_URL"] : [];
                    assert.deepEqual(added(service.settings, before.settings), [...mine.filter(({ kept }) => kept === undefined).map(({ variable }) => variable), ...address].sort(), service.name);
                    assert.deepEqual(added(service.secrets, before.secrets), mine.filter(({ kept }) => kept !== undefined).map(({ variable }) => variable).sort(), service.name);
                }
            }), { numRuns: 40 });
        });
    }

    it("are each of one role, or of a few", () => {
        const topology = topologyOf(configOf("portable", everySetting));
        const before = topologyOf(configOf("portable"));
        const added = Object.fromEntries(topology.services.map(({ name, settings, secrets }) => {
            const then = before.services.find((one) => one.name === name)!;
            return [name, [...Object.keys(settings).filter((key) => !(key in then.settings)), ...Object.keys(secrets).filter((key) => !(key in then.secrets))].sort().join(" ")];
        }));
        const rates = "RATE_LIMIT_TENANT RATE_LIMIT_USER";
        assert.deepEqual(added, {
            "agent-api": `JWT_SECRET_PREVIOUS MCP_SERVERS MODELS MODEL_MONTHLY_BUDGET OIDC_PROVIDERS OUTGOING_ALLOWED_HOSTS PUBLIC_URL ${rates} REFUND_FOUR_EYES_THRESHOLD REGISTRATION TOOLS_ALLOWED`,
            "mcp-tools": `JWT_SECRET_PREVIOUS ${rates} REFUND_FOUR_EYES_THRESHOLD TOOLS_ALLOWED`,
            "rag-service": `JWT_SECRET_PREVIOUS ${rates}`,
            "upload-pipeline": `JWT_SECRET_PREVIOUS ${rates} SCANNER_FAILS_OPEN SCANNER_URL`,
            worker: "RETENTION_DAYS",
            web: "",
            cloudflared: "",
        });
    });

    it("let whoever reads an address call it, and nobody else", () => {
        const topology = topologyOf(configOf("portable", everySetting));
        const before = topologyOf(configOf("portable"));
        assert.deepEqual(hostsCalled(topology, "agent-api"), ["api.anthropic.com", "idp.corp.example.com", "login.example.com", "maps.example.com"]);
        assert.deepEqual(hostsCalled(topology, "upload-pipeline"), ["scanner.example.com"]);
        for (const other of ["web", "mcp-tools", "rag-service", "worker"]) assert.deepEqual(topology.flows.filter(({ from }) => from === other), before.flows.filter(({ from }) => from === other), other);
        assert.deepEqual(topology.platform.map(({ name, namespace, port }) => [name, namespace, port]), [["crm-tools", "tools", 8080], ["ollama", "ollama", 11434]]);
        const [agent] = networkPoliciesOf(topology).filter(({ name }) => name === "agent-api");
        const egress = JSON.stringify(agent!.egress);
        assert.ok(egress.includes('{"to":[{"ipBlock":{"cidr":"10.3.0.0/24"}}],"ports":[{"port":443,"protocol":"TCP"}]}'), egress);
        assert.ok(egress.includes('{"to":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"tools"}},"podSelector":{}}],"ports":[{"protocol":"TCP","port":8080}]}'), egress);
        assert.ok(agent!.egress.some(({ to, ports }) => "ipBlock" in to[0]! && to[0].ipBlock.cidr === "0.0.0.0/0" && ports.some(({ port }) => port === 8443)), "the port of an address");
        assert.deepEqual(networkPoliciesOf(topology).filter(({ name }) => name === "worker"), networkPoliciesOf(before).filter(({ name }) => name === "worker"));
    });

    it("go out by the proxy where there is one", () => {
        const topology = topologyOf(configOf("managed-gcp", everySettingOutside));
        assert.deepEqual(hostsCalled(topology, "ssrf-proxy"), ["api.anthropic.com", "crm.example.com", "hooks.example.com", "login.example.com", "scanner.example.com"]);
        for (const caller of ["api", "upload-pipeline"]) {
            assert.deepEqual(hostsCalled(topology, caller), []);
            assert.ok(topology.flows.some(({ from, to, port }) => from === caller && to === "ssrf-proxy" && port === 3128), caller);
        }
    });

    it("take what a blueprint knows already instead of naming it twice", () => {
        const models = JSON.stringify([{ name: "own", provider: "ollama", model: "m", url: "http://ollama.ollama.svc:11434/v1" }]);
        assert.deepEqual(topologyOf(configOf("hetzner", { models })).flows, topologyOf(configOf("hetzner")).flows);
        const twice = JSON.stringify([{ name: "a", provider: "openai", model: "m", apiKey: canary }, { name: "b", provider: "openai", model: "n", apiKey: canary }]);
        assert.deepEqual(hostsCalled(topologyOf(configOf("mesh", { models: twice })), "agent-api"), ["api.openai.com"]);
    });

    it("send people back from a provider to the address of the stack, unless another is said", () => {
        const { oidcProviders, publicUrl } = everySetting as Record<string, string>;
        const urlOf = (settings: Record<string, string>) => serviceOf(topologyOf(configOf("portable", settings)), "agent").settings.PUBLIC_URL;
        assert.equal(urlOf({ oidcProviders: oidcProviders!, tunnelHostname: "front.example.com" }), "https://front.example.com");
        assert.equal(urlOf({ oidcProviders: oidcProviders!, publicUrl: publicUrl! }), publicUrl);
    });

    it("hand every service that signs or verifies the other key, and no worker", () => {
        for (const stack of stacks) {
            const topology = topologyOf(configOf(stack, { sessionKeyAccepted: "2" }));
            for (const service of topology.services) assert.equal(service.secrets.JWT_SECRET_PREVIOUS, service.secrets.JWT_SECRET === undefined ? undefined : "session/other-key", `${stack} ${service.name}`);
        }
        assert.deepEqual([...appSettings.sessionKeyAccepted.roles].sort(), ["agent", "mcp", "rag", "upload"]);
    });
});
