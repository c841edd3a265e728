import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { drawn } from "../../../blueprints/page";
import { repository } from "../../../toolchain/core/paths";
import { tryRun } from "../../../toolchain/core/run";
import { gcpFirewallsOf } from "../../../topology/firewalls";
import { startup } from "../compute-group";
import { resolveComputeGroupArgs } from "../compute-group/args";
import { composeOf, type ComposeProject } from "./compose";
import { needProgram } from "./testing/debian";

const topology = drawn["managed-gcp"]!;
const images = Object.fromEntries(["app", "web", "nginx", "squid"].map((name, index) => [name, `europe-west4-docker.pkg.dev/acme/agents/${name}@sha256:${String(index + 1).repeat(64)}`]));
const args = resolveComputeGroupArgs({ platform: { kind: "compute-group", project: "acme-agents", region: "europe-west4", zones: ["europe-west4-a", "europe-west4-b"] }, topology, images, firewalls: gcpFirewallsOf(topology) }, (problems) => assert.deepEqual(problems, []));
const stores = [{ range: "10.10.64.0/20", port: 5432 }, { range: "10.10.64.0/20", port: 6378 }];
const versions = { "database/url": "projects/1/secrets/agent-platform-database-url/versions/1", "session/key": "projects/1/secrets/agent-platform-session-key/versions/3" };
const script = startup(args, 8080, versions, stores);

describe("the compose project of managed-gcp", () => {
    const project = composedIn(script);

    it("is the committed one, for people to read", () => {
        const path = join(repository, "docs", "blueprints", "managed-gcp.compose.yaml");
        const text = `# Made from blueprints/managed-gcp.ts: UPDATE_GOLDEN=1 node --import tsx node_modules/mocha/bin/mocha.js components/agent-cluster/compose/compose.test.ts\n${stringify(project, { lineWidth: 0, aliasDuplicateObjects: false })}`;
        if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, text);
        assert.equal(readFileSync(path, "utf8"), text);
    });

    it("has the services of document 002", () => {
        assert.deepEqual(Object.keys(project.services).sort(), ["api", "migrate", "nginx", "plugin_daemon", "rag_service", "sandbox", "ssrf_proxy", "upload_pipeline", "web", "worker"]);
    });

    it("lets two containers meet exactly where a flow does", () => {
        const members = (network: string) => Object.entries(project.services).filter(([, { networks }]) => network in networks).map(([name]) => name.replaceAll("_", "-"));
        const together = new Set(Object.keys(project.networks).filter((network) => network.startsWith("to-")).flatMap((network) => members(network).filter((name) => `to-${name}` !== network).map((caller) => `${caller} ${network.slice(3)}`)));
        const names = new Set(topology.services.map((service) => service.name));
        assert.deepEqual([...together].sort(), topology.flows.filter((flow) => names.has(flow.to)).map((flow) => `${flow.from} ${flow.to}`).sort());
        assert.deepEqual(members("internet"), ["ssrf-proxy"], "one way out");
        assert.deepEqual(members("entry"), ["nginx"], "one way in");
        assert.deepEqual(members("stores").sort(), ["api", "migrate", "plugin-daemon", "rag-service", "upload-pipeline", "worker"]);
        for (const [name, { internal }] of Object.entries(project.networks)) assert.equal(internal === true, name.startsWith("to-"), name);
        const subnets = Object.values(project.networks).map(({ ipam }) => ipam.config[0]!.subnet);
        assert.equal(new Set(subnets).size, subnets.length);
    });

    it("takes everything from a container that it does not need", () => {
        for (const [name, service] of Object.entries(project.services)) {
            assert.match(service.image, /@sha256:[0-9a-f]{64}$/, name);
            assert.deepEqual([service.read_only, service.cap_drop, service.security_opt, service.init], [true, ["ALL"], ["no-new-privileges:true"], true], name);
            assert.ok(!/^0:|root/.test(service.user) && service.mem_limit > 0 && service.cpus > 0 && service.pids_limit > 0, name);
            assert.deepEqual(service.ports ?? [], name === "nginx" ? ["8080:8080"] : [], name);
        }
        assert.equal(project.services.api!.environment.HTTPS_PROXY, "http://ssrf-proxy:3128");
        assert.deepEqual(Object.keys(project.services).filter((name) => "HTTPS_PROXY" in project.services[name]!.environment), ["api"], "only those with a flow to it");
    });

    it("gives each service its own secrets as files, and none in the text", () => {
        assert.deepEqual(project.services.worker!.secrets?.map(({ target }) => target), ["database/url", "parse/parsers", "redis/ca", "redis/url"].map((name) => `/run/secrets/agent-platform/${name}`));
        assert.equal(project.services.worker!.environment.DATABASE_URL_FILE, "/run/secrets/agent-platform/database/url");
        assert.deepEqual(project.services.sandbox!.secrets?.map(({ source }) => source), ["parse-key"]);
        assert.deepEqual(Object.keys(project.services.sandbox!.networks), ["to-sandbox"]);
        assert.equal(project.services.nginx!.secrets, undefined);
        for (const { file } of Object.values(project.secrets)) assert.match(file, /^\/run\//, "in memory");
    });

    it("refuses an image that nobody named", () => {
        assert.throws(() => composeOf({ topology, place: "instances", images: {}, published: [], files: {}, logging: { driver: "gcplogs", options: {} } }), /no image "app" for migrate/);
    });
});

describe("the boot of an instance", function () {
    this.timeout(300_000);

    it("fetches secrets by name, in memory, and has none in it", () => {
        assert.match(script, /fetch_secret session\/key projects\/1\/secrets\/agent-platform-session-key\/versions\/3/);
        assert.match(script, /install --directory --mode=0711 \/run\/agent-platform\/secrets/);
        assert.ok(!/postgres(ql)?:\/\/|BEGIN [A-Z ]*PRIVATE KEY/.test(script));
        assert.match(script, /token \| docker login .* https:\/\/europe-west4-docker\.pkg\.dev/);
    });

    it("walls containers in before it starts them", () => {
        assert.ok(script.indexOf("\nraise_walls\n") < script.indexOf("up --detach"));
        for (const rule of ["--in-interface ap-stores --destination 10.10.64.0/20 --protocol tcp --dport 5432 --jump RETURN", "--in-interface ap-stores --destination 10.10.64.0/20 --protocol tcp --dport 6378 --jump RETURN", "--in-interface ap-stores --jump DROP", "--source 172.30.0.0/16 --destination 169.254.0.0/16 --jump DROP", "--in-interface ap-internet --destination 10.0.0.0/8 --jump DROP"]) assert.ok(script.includes(rule), rule);
    });

    it("is sound Bash", async function () {
        const missing = await needProgram("shellcheck", "shellcheck");
        if (missing !== undefined) {
            console.log(`      skipped: ${missing}`);
            return this.skip();
        }
        const folder = mkdtempSync(join(tmpdir(), "agent-platform-boot-"));
        try {
            writeFileSync(join(folder, "boot.sh"), script);
            const { code, stdout } = await tryRun("shellcheck", ["--shell=bash", "--severity=style", join(folder, "boot.sh")]);
            assert.equal(code, 0, stdout);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });
});

function composedIn(text: string): ComposeProject {
    const [, encoded] = /write_file compose\.json <<'END'\n([\s\S]*?)\nEND/.exec(text)!;
    return JSON.parse(Buffer.from(encoded!, "base64").toString()) as ComposeProject;
}
