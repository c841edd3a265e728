import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigProblem, parseConfig, type ConfigFinding } from "../config";
import { repository } from "../toolchain/core/paths";
import { appKeys, appSettings, chosenOf } from "./app-settings";
import { everySetting, listsWithSecrets } from "./testing";

// Not imported: the types of the application are checked with the application.
const { readEnv, ROLES } = require("../app/src/env") as { readEnv(source: NodeJS.ProcessEnv): Readonly<Record<string, unknown>>; ROLES: readonly string[] };

const digest = `@sha256:${"a".repeat(64)}`;
const images = JSON.stringify(Object.fromEntries(["app", "web", "postgres", "nginx", "squid"].map((name) => [name, `r.test/${name}${digest}`])));

function read(values: Record<string, string>, secretKeys: readonly string[] = listsWithSecrets) {
    return parseConfig({ values: { images, ...values }, secretKeys: new Set(secretKeys), localKubeconfig: "k" });
}

function findingsOf(values: Record<string, string>, secretKeys?: readonly string[]): readonly ConfigFinding[] {
    try {
        read(values, secretKeys);
    } catch (error) {
        assert.ok(error instanceof ConfigProblem, String(error));
        return error.findings;
    }
    return [];
}

const keysOf = (values: Record<string, string>, secretKeys?: readonly string[]): string[] => findingsOf(values, secretKeys).map(({ key }) => key);
const managedGcp = { blueprint: "managed-gcp", gcpProject: "acme-agents", hostname: "agents.example.com" };

describe("the settings of the application", () => {
    it("are every one of them in the configuration that the tests use", () => {
        assert.deepEqual(Object.keys(everySetting).sort(), [...appKeys].sort());
        assert.deepEqual(appKeys.filter((key) => read(everySetting)[key] === undefined), []);
        assert.deepEqual(keysOf(everySetting), []);
    });

    it("are absent where they are not set, so that the application's defaults hold", () => {
        const config = read({});
        assert.deepEqual(appKeys.filter((key) => key in config), []);
        assert.deepEqual(chosenOf(config), []);
    });

    it("name variables that the application has, with texts that it takes", () => {
        const chosen = chosenOf(read(everySetting));
        const generated = "Zk3vQ9xR2mT7wY5bN8cL4hJ6gF1dS0aPqWeRtYuI";
        const source = { ROLE: "all", ...Object.fromEntries(chosen.map(({ variable, kept, text }) => [variable, kept?.startsWith("session/") === true ? generated : text])) };
        const env = readEnv(source);
        assert.equal(env.REGISTRATION, "invited");
        assert.deepEqual((env.OIDC_PROVIDERS as { id: string; roles: unknown }[]).map(({ id, roles }) => [id, roles]), [["company", { it: "admin" }]]);
        assert.deepEqual(env.OUTGOING_ALLOWED_HOSTS, ["idp.corp.example.com", "crm.tools.svc"]);
        assert.deepEqual([env.RATE_LIMIT_USER, env.RATE_LIMIT_TENANT, env.MODEL_MONTHLY_BUDGET, env.REFUND_FOUR_EYES_THRESHOLD, env.SCANNER_FAILS_OPEN], [600, 6000, 50, 2000, true]);
        assert.deepEqual(env.RETENTION_DAYS, { conversations: 365, documents: 730, jobEvents: 30, sessions: 30 });
        // A variable that the application does not know would be as if it was not set.
        const text = readFileSync(join(repository, "app/src/env.ts"), "utf8");
        for (const key of appKeys) {
            assert.match(text, new RegExp(`^    ${appSettings[key].variable}: `, "m"));
            for (const role of appSettings[key].roles) assert.ok(ROLES.includes(role));
        }
    });

    it("are judged by the application's own schemas, all at once, each part by its place, and without showing a secret", () => {
        const findings = findingsOf({
            registration: "sometimes", publicUrl: "agents.example.com", rateLimitUser: "-1", retentionDays: '{"conversations": 0, "audit": 30, "cats": 1}', refundFourEyesThreshold: "50", scannerFailsOpen: "true", modelMonthlyBudget: "10",
            oidcProviders: '[{"id": "Company", "name": "Company", "issuer": "login", "clientId": "c", "clientSecret": "canary"}]', models: "[", mcpServers: '[{"name": "crm", "url": "https://crm.example.com/mcp", "secret": "canary"}]',
            outgoingAllowedHosts: '[{"host": "idp", "cidr": "0.0.0.0/0"}]', sessionKeyAccepted: "1",
        });
        assert.deepEqual(findings.map(({ key, value, problem }) => `${key}${value === undefined ? "" : `=${value}`} ${problem}`), [
            "registration=sometimes must be open, invited or closed",
            "publicUrl=agents.example.com must be an https address without a path, e.g. https://agents.example.com",
            "oidcProviders[0].id is not right: lower-case letters, digits and hyphens",
            "oidcProviders[0].issuer is not right: Invalid URL",
            "mcpServers[0].allow is not right: Invalid input: expected array, received undefined",
            "models must be a list of language models, each with name, provider and model (docs/app.md)",
            "outgoingAllowedHosts[0].cidr is not right: a private range such as 10.3.0.0/24",
            "rateLimitUser=-1 must be a whole number of requests a minute, 0 for no limit",
            "retentionDays.conversations is not right: Too small: expected number to be >=1",
            "retentionDays.audit is not right: the database keeps the audit log for a year at least",
            'retentionDays is not right: Unrecognized key: "cats"',
            "scannerFailsOpen=true is of no use without scannerUrl: nothing is scanned",
            "modelMonthlyBudget=10 is of no use without models: no model costs anything",
            "refundFourEyesThreshold=50 is below refundApprovalThreshold, 100: what needs two approvals needs one at least",
            "sessionKeyAccepted=1 is the key that signs: name the one before or after it, or leave it out",
        ]);
        assert.ok(!JSON.stringify(findings).includes("canary"));
    });

    it("have to be encrypted where a secret is in them, and only there", () => {
        for (const key of listsWithSecrets) assert.deepEqual(findingsOf({ ...everySetting }, listsWithSecrets.filter((one) => one !== key)).map((finding) => [finding.key, finding.problem.startsWith("stands in the stack file in plain text")]), [[key, true]]);
        const withoutSecrets = { models: '[{"name": "local", "provider": "ollama", "model": "m", "url": "http://ollama.ollama.svc:11434/v1"}]', mcpServers: '[{"name": "docs", "url": "https://docs.example.com/mcp", "allow": [{"tools": ["*"]}]}]' };
        assert.deepEqual(keysOf(withoutSecrets, []), []);
    });

    it("lead out by TLS or to a service of the same cluster, and to private addresses only where it is said where they are", () => {
        const scanner = (url: string, more: Record<string, string> = {}) => findingsOf({ scannerUrl: url, ...more }).map(({ problem }) => problem);
        assert.deepEqual(scanner("https://scanner.example.com/scan"), []);
        assert.deepEqual(scanner("http://scanner.security.svc:8080/scan"), []);
        assert.deepEqual(scanner("http://scanner.security.svc.cluster.local:8080/scan"), []);
        for (const wrong of ["http://scanner.example.com", "ftp://scanner.example.com", "http://scanner:8080"]) assert.deepEqual(scanner(wrong), ["must be an https address, or http://<service>.<namespace>.svc:<port> of the same cluster"], wrong);
        for (const inside of ["https://scanner.internal", "https://10.1.2.3", "https://localhost:8443", "https://169.254.169.254"]) assert.match(scanner(inside).join(), /^is no public address: say where it is in outgoingAllowedHosts/, inside);
        assert.deepEqual(scanner("https://scanner.internal", { outgoingAllowedHosts: '[{"host": "scanner.internal", "cidr": "10.1.2.3/32"}]' }), []);
        for (const cidr of ["10.0.0.0/7", "169.254.169.254/32", "203.0.113.0/24", "127.0.0.1/32"]) assert.deepEqual(keysOf({ outgoingAllowedHosts: `[{"host": "scanner.internal", "cidr": "${cidr}"}]` }), ["outgoingAllowedHosts[0].cidr"], cidr);
        const tools = '[{"name": "crm", "url": "http://crm.tools.svc:8080/mcp", "allow": [{"tools": ["*"]}]}]';
        assert.match(findingsOf({ mcpServers: tools })[0]!.problem, /crm\.tools\.svc stands in outgoingAllowedHosts too$/);
        assert.deepEqual(keysOf({ mcpServers: tools, outgoingAllowedHosts: '[{"host": "crm.tools.svc", "port": 8080}]' }), []);
    });

    it("reach in a blueprint without Kubernetes no service of one, no private address, and by a proxy its one port alone", () => {
        const hosts = '[{"host": "idp.corp.example.com", "cidr": "10.3.0.0/24"}]';
        assert.deepEqual(keysOf({ ...managedGcp, scannerUrl: "https://scanner.example.com" }), []);
        assert.deepEqual(findingsOf({ ...managedGcp, scannerUrl: "http://scanner.security.svc:8080", outgoingAllowedHosts: hosts }).map(({ key, problem }) => `${key} ${problem}`), [
            "scannerUrl names a service of a Kubernetes, and this blueprint has none",
            "outgoingAllowedHosts[0].cidr is of no use: containers of this blueprint reach no private address",
        ]);
        assert.match(findingsOf({ ...managedGcp, scannerUrl: "https://scanner.example.com:8443" })[0]!.problem, /goes to port 8443, and the proxy of this blueprint lets 443 alone through/);
    });

    it("want of a model what it cannot do without here", () => {
        const models = '[{"name": "a", "provider": "ollama", "model": "m"}, {"name": "b", "provider": "vertex", "model": "m", "url": "https://europe-west4-aiplatform.googleapis.com/v1"}]';
        assert.deepEqual(keysOf({ models }), ["models[0].url", "models[1].apiKey"]);
    });
});
