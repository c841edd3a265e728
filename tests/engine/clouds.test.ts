/** The simulated clouds under the real engine: one stack over all of them, from its first preview to its end. */
import assert from "node:assert/strict";
import { Clouds, killAndConverge, randomPoints } from "../support/clouds";
import { SimulatedProject } from "../support/simulatedProject";
import type { Outcome, Workspace } from "../../toolchain/pulumi";

/** What the program is told through its configuration. */
interface Wishes {
    labels?: string;
    range?: string;
    servers?: number;
    protect?: boolean;
}

const program = `
import * as pulumi from "@pulumi/pulumi";
import { DnsRecord, ZeroTrustTunnelCloudflared, getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare";
import { Network, NetworkSubnet, Server } from "@pulumi/hcloud";
import { Provider, core } from "@pulumi/kubernetes";
import * as gcp from "@pulumi/gcp/provider";
import { Network as Vpc, Subnetwork } from "@pulumi/gcp/compute";
import { Cluster } from "@pulumi/gcp/container";
import { Subnet, Vcn } from "@pulumi/oci/core";
import { TailnetKey } from "@pulumi/tailscale";

const config = new pulumi.Config();
const compartmentId = "ocid1.compartment.oc1..example";
const accountId = "0123456789abcdef0123456789abcdef";

const network = new Network("network", { ipRange: config.require("range"), labels: { team: config.require("labels") } });
const networkId = network.id.apply(Number);
const subnet = new NetworkSubnet("subnet", { networkId, type: "cloud", networkZone: "eu-central", ipRange: config.require("range").replace("/16", "/24") });
for (let index = 0; index < config.requireNumber("servers"); index++) {
    new Server("server-" + index, { serverType: "cx22", image: "ubuntu-24.04", location: "fsn1", networks: [{ networkId }], deleteProtection: config.requireBoolean("protect"), rebuildProtection: config.requireBoolean("protect") }, { dependsOn: subnet });
}
const provider = new gcp.Provider("gcp", { project: "my-project", region: "europe-west4" });
const vpc = new Vpc("vpc", { autoCreateSubnetworks: false }, { provider });
const nodes = new Subnetwork("nodes", { network: vpc.id, ipCidrRange: "10.1.0.0/20" }, { provider });
const cluster = new Cluster("cluster", { location: "europe-west4", network: vpc.selfLink, subnetwork: nodes.selfLink, initialNodeCount: 1, deletionProtection: false }, { provider });
const kubeconfig = pulumi.all([cluster.endpoint, cluster.masterAuth.clusterCaCertificate]).apply(([endpoint, authority]) => JSON.stringify({
    apiVersion: "v1", kind: "Config", "current-context": "gke",
    clusters: [{ name: "gke", cluster: { server: "https://" + endpoint, "certificate-authority-data": authority } }],
    users: [{ name: "gke", user: { token: "x" } }], contexts: [{ name: "gke", context: { cluster: "gke", user: "gke" } }],
}));
const kubernetes = new Provider("kubernetes", { kubeconfig: pulumi.secret(kubeconfig) });
const namespace = new core.v1.Namespace("namespace", { metadata: { name: "agents" } }, { provider: kubernetes });
const service = new core.v1.Service("service", { metadata: { namespace: namespace.metadata.name }, spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] } }, { provider: kubernetes });
const vcn = new Vcn("vcn", { compartmentId, cidrBlocks: ["10.2.0.0/16"] });
new Subnet("private", { compartmentId, vcnId: vcn.id, cidrBlock: "10.2.1.0/24", prohibitPublicIpOnVnic: true });
const tunnel = new ZeroTrustTunnelCloudflared("tunnel", { accountId, name: "agents", configSrc: "cloudflare" });
new DnsRecord("record", { zoneId: accountId, name: "agents", type: "CNAME", content: pulumi.interpolate\`\${tunnel.id}.cfargotunnel.com\`, ttl: 1, proxied: true });
const key = new TailnetKey("key", { reusable: true });

export const networkIdentifier = network.id;
export const link = nodes.selfLink;
export const address = service.status.loadBalancer.ingress[0].ip;
export const vcnIdentifier = vcn.id;
export const token = getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId: tunnel.id }).token;
export const authKey = key.key;
`;

/** With the stack itself and its two providers. */
const RESOURCES = 16;

describe("simulated clouds under the real engine", function () {
    this.timeout(300_000);
    let project: SimulatedProject;
    let workspace: Workspace;
    let clouds: Clouds;

    before(async () => {
        project = new SimulatedProject();
        project.program(program);
        configure();
        await project.install();
        workspace = await project.open();
        await workspace.ensureStack();
        clouds = new Clouds(workspace);
    });
    after(() => project.remove());
    afterEach(() => clouds.faults());

    it("previews a whole stack, with nothing there", async () => {
        const outcome = await workspace.preview();
        assert.deepEqual([outcome.ok, outcome.diagnostics], [true, []]);
        assert.equal(outcome.counts.create, RESOURCES);
        assert.deepEqual(clouds.objects(), []);
    });

    it("deploys through interruptions at any moment, without an orphan", async () => {
        const killed = await killAndConverge(workspace, randomPoints(5, 2));
        assert.ok(killed >= 3, `only ${killed} runs were killed`);
        assert.equal((await workspace.preview()).changed, 0);
    });

    it("gives outputs that look like the vendors'", async () => {
        const { networkIdentifier, link, address, vcnIdentifier, token, authKey } = (await workspace.outputs()) as Record<string, string>;
        assert.match(networkIdentifier!, /^\d{8}$/);
        assert.match(link!, /^https:\/\/www\.googleapis\.com\/compute\/v1\/projects\/my-project\/regions\/europe-west4\/subnetworks\/nodes-[0-9a-f]{7}$/);
        assert.match(address!, /^198\.1[89]\.\d+\.\d+$/);
        assert.match(vcnIdentifier!, /^ocid1\.vcn\.oc1\.eu-frankfurt-1\.[a-z2-7]{60}$/);
        assert.match(authKey!, /^tskey-auth-/);
        assert.equal((JSON.parse(Buffer.from(token!, "base64").toString()) as { t: string }).t, clouds.object("tunnel").id);
    });

    it("changes one value in place", async () => {
        configure({ labels: "red" });
        const outcome = await workspace.up();
        assert.deepEqual(ops(outcome), ["update network"]);
        assert.deepEqual(clouds.object("network").outputs.labels, { team: "red" });
    });

    it("shows by refresh what somebody changed or deleted, and puts it back", async () => {
        await clouds.drift("network", { labels: { team: "nobody" } });
        await clouds.lose("record");
        const { update, delete: gone } = (await workspace.refresh()).counts;
        assert.deepEqual({ update, gone }, { update: 1, gone: 1 });
        assert.deepEqual(ops(await workspace.up()), ["create record", "update network"]);
        clouds.assertNoOrphans();
    });

    it("replaces what cannot be changed, and whatever hangs on it", async () => {
        const before = clouds.object("network").id;
        configure({ labels: "red", range: "10.9.0.0/16" });
        const outcome = await workspace.up();
        assert.deepEqual(outcome.changes.filter(({ op }) => op === "replace").map(({ name }) => name).sort(), ["network", "subnet"]);
        assert.notEqual(clouds.object("network").id, before);
        clouds.assertNoOrphans();
    });

    it("refuses to delete what is protected, until it is not", async () => {
        configure({ labels: "red", range: "10.9.0.0/16", protect: true });
        await workspace.up();
        await assert.rejects(workspace.destroy(), { why: /server-0.*protected|is protected/s });
        configure({ labels: "red", range: "10.9.0.0/16" });
        await workspace.up();
    });

    it("fails by quota as a cloud does, and goes on when it is raised", async () => {
        clouds.faults({ quotas: { "hcloud:index/server:Server": 1 } });
        configure({ labels: "red", range: "10.9.0.0/16", servers: 2 });
        await assert.rejects(workspace.up(), { why: /quota of hcloud for Server exceeded: limit 1/ });
        clouds.faults({ rules: [{ fault: "after", type: "Server" }] });
        await assert.rejects(workspace.up(), { why: /failed to start/ });
        clouds.faults();
        assert.equal((await workspace.up()).ok, true);
        clouds.assertNoOrphans();
    });

    it("destroys in order, through interruptions, and leaves nothing", async () => {
        clouds.faults({ rules: [{ fault: "kill-after", operation: "delete", skip: 4 }] });
        await assert.rejects(workspace.destroy());
        clouds.faults();
        await workspace.ensureStack();
        assert.equal((await workspace.destroy()).ok, true);
        clouds.assertNoOrphans();
        assert.deepEqual(clouds.objects(), []);
    });

    function configure({ labels = "blue", range = "10.0.0.0/16", servers = 1, protect = false }: Wishes = {}): void {
        project.write("Pulumi.dev.yaml", `config:\n  trial:labels: ${labels}\n  trial:range: ${range}\n  trial:servers: ${servers}\n  trial:protect: ${protect}\n`);
    }

    function ops(outcome: Outcome): string[] {
        return outcome.changes.filter(({ name }) => name !== "trial-dev").map(({ op, name }) => `${op} ${name}`).sort();
    }
});
