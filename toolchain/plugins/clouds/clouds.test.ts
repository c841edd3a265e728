/** The simulated clouds as the engine drives them, without the engine. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { repository } from "../../core/paths";
import { InitFailed } from "../sdk/failure";
import { hasUnknown, revealProps, UNKNOWN, type Props } from "../sdk/values";
import { readFaultPlan, type FaultPlan } from "./faults";
import { Journal } from "./journal";
import { CloudProvider } from "./provider";
import { Schemas } from "./schema";
import { Seed } from "./seed";
import type { Vendor } from "./vendor";
import { cloudflare } from "./vendors/cloudflare";
import { gcp } from "./vendors/gcp";
import { hcloud } from "./vendors/hcloud";
import { oci } from "./vendors/oci";
import { tailscale } from "./vendors/tailscale";
import { talos, talosSchemas } from "./vendors/talos";

const schemas = new Map([cloudflare, gcp, hcloud, oci, tailscale].map((vendor) => [vendor, new Schemas(join(repository, "node_modules", "@pulumi", vendor.name), "test")]));

/** What the engine knows of a resource. */
interface Made {
    type: string;
    name: string;
    id: string;
    inputs: Props;
    outputs: Props;
}

/** One run of the engine: a provider of its own, on clouds that outlive it. */
class Run {
    readonly provider: CloudProvider;
    killed = false;

    constructor(vendor: Vendor, readonly path: string, config: Props = {}, plan: FaultPlan = {}) {
        this.provider = new CloudProvider(vendor, "test", vendor === talos ? talosSchemas : schemas.get(vendor)!, new Journal(path), { ...plan, kill: () => void (this.killed = true) });
        void this.provider.configure(config, { progress: () => undefined, warn: () => undefined });
    }

    private of(type: string, name: string) {
        return { type, name, urn: `urn:pulumi:s::p::${type}::${name}` };
    }

    async check(type: string, name: string, news: Props, olds: Props = {}): Promise<Props> {
        const { inputs, failures = [] } = await this.provider.check({ ...this.of(type, name), olds, news, seed: new Uint8Array([1, 2, 3]) });
        if (failures.length > 0) throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
        return inputs;
    }

    async preview(type: string, name: string, news: Props): Promise<Props> {
        const { outputs } = await this.provider.create({ ...this.of(type, name), inputs: await this.check(type, name, news), preview: true, timeout: 0 });
        return outputs;
    }

    async create(type: string, name: string, news: Props): Promise<Made> {
        const inputs = await this.check(type, name, news);
        const { id, outputs } = await this.provider.create({ ...this.of(type, name), inputs, preview: false, timeout: 0 });
        return { type, name, id, inputs, outputs };
    }

    async diff(made: Made, news: Props) {
        const newInputs = await this.check(made.type, made.name, news, made.inputs);
        const { changes, replaces = [], deleteBeforeReplace = false } = await this.provider.diff({ ...this.of(made.type, made.name), id: made.id, oldInputs: made.inputs, oldOutputs: made.outputs, newInputs });
        return { changes: [...changes.keys()], replaces, deleteBeforeReplace };
    }

    async update(made: Made, news: Props): Promise<Made> {
        const inputs = await this.check(made.type, made.name, news, made.inputs);
        const { outputs } = await this.provider.update({ ...this.of(made.type, made.name), id: made.id, inputs, oldInputs: made.inputs, oldOutputs: made.outputs, preview: false, timeout: 0 });
        return { ...made, inputs, outputs };
    }

    read({ type, name, id, inputs, outputs }: Made) {
        return this.provider.read({ ...this.of(type, name), id, inputs, outputs });
    }

    delete({ type, name, id, inputs, outputs }: Made): Promise<void> {
        return this.provider.delete({ ...this.of(type, name), id, inputs, outputs, timeout: 0 });
    }

    async invoke(token: string, args: Props): Promise<Props> {
        const answer = await this.provider.invoke(token, args);
        if ("failures" in answer) throw new Error(JSON.stringify(answer.failures));
        return revealProps(answer.result);
    }
}

const NETWORK = "hcloud:index/network:Network";
const SUBNET = "hcloud:index/networkSubnet:NetworkSubnet";
const SERVER = "hcloud:index/server:Server";
const VPC = "gcp:compute/network:Network";
const SUBNETWORK = "gcp:compute/subnetwork:Subnetwork";

describe("simulated clouds", () => {
    let folder: string;
    let path: string;
    const run = (vendor: Vendor, plan?: FaultPlan): Run => new Run(vendor, path, vendor === gcp ? { project: "my-project", region: "europe-west4" } : {}, plan);

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "agent-platform-clouds-"));
        path = join(folder, "clouds.jsonl");
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    describe("types", () => {
        it("of which nothing is written down here work, by their declarations alone", async () => {
            const types: [Vendor, string, Props][] = [
                [gcp, "gcp:pubsub/topic:Topic", {}],
                [gcp, "gcp:dns/managedZone:ManagedZone", { dnsName: "example.com." }],
                [gcp, "gcp:monitoring/alertPolicy:AlertPolicy", { combiner: "OR", displayName: "x", conditions: [] }],
                [oci, "oci:Email/sender:Sender", { compartmentId: "ocid1.compartment.oc1..x", emailAddress: "a@example.com" }],
                [cloudflare, "cloudflare:index/queue:Queue", { accountId: "a", queueName: "q" }],
                [tailscale, "tailscale:index/webhook:Webhook", { endpointUrl: "https://example.com", subscriptions: ["nodeCreated"] }],
                [hcloud, "hcloud:index/uploadedCertificate:UploadedCertificate", { certificate: "c", privateKey: "k" }],
            ];
            for (const [vendor, type, inputs] of types) {
                const one = run(vendor);
                const made = await one.create(type, "it", inputs);
                assert.ok(made.id.length > 0, type);
                for (const [name, field] of Object.entries(schemas.get(vendor)!.resource(type)!.outputs)) if (!field.optional) assert.notEqual(made.outputs[name], undefined, `${type}.${name}`);
                assert.equal(hasUnknown(made.outputs), false, type);
                await one.delete(made);
                assert.equal(await one.read(made), undefined);
            }
        });

        it("that the package does not have are refused", async () => {
            await assert.rejects(run(gcp).create("gcp:compute/netwrok:Netwrok", "it", {}), /knows no resource of type/);
        });

        it("say which inputs are missing or of the wrong kind", async () => {
            await assert.rejects(run(hcloud).check(NETWORK, "it", {}), /ipRange: Missing required property/);
            await assert.rejects(run(hcloud).check(NETWORK, "it", { ipRange: ["10.0.0.0/16"] }), /ipRange: expected a string/);
            await assert.rejects(run(hcloud).check(NETWORK, "it", { ipRange: "10.0.0.1/16" }), /no valid range/);
            await assert.rejects(run(hcloud).check(SERVER, "it", { serverType: "cx999", image: "x", location: "mars" }), /server type cx999 not found; location: location mars not found/);
            assert.deepEqual(await run(hcloud).check(NETWORK, "it", { ipRange: UNKNOWN, name: "n" }), { ipRange: UNKNOWN, name: "n" });
        });
    });

    describe("values", () => {
        it("are unknown at preview where the cloud decides, and known where it does not", async () => {
            const outputs = revealProps(await run(gcp).preview(SUBNETWORK, "nodes", { network: "n", ipCidrRange: "10.0.0.0/20" }));
            assert.deepEqual([outputs.ipCidrRange, outputs.project, outputs.region], ["10.0.0.0/20", "my-project", "europe-west4"]);
            for (const name of ["selfLink", "gatewayAddress", "creationTimestamp", "subnetworkId"]) assert.ok(hasUnknown(outputs[name]), name);
        });

        it("are the same in every run for the same resource, and others for a successor", async () => {
            const first = await run(hcloud).create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            rmSync(path);
            const again = await run(hcloud).create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            assert.equal(again.id, first.id);
            await run(hcloud).delete(again);
            assert.notEqual((await run(hcloud).create(NETWORK, "net", { ipRange: "10.0.0.0/16" })).id, first.id);
        });

        it("that are secret stay marked", async () => {
            const { outputs } = await run(tailscale).create("tailscale:index/tailnetKey:TailnetKey", "key", {});
            assert.equal(typeof outputs.key, "object");
            assert.match(String(revealProps(outputs).key), /^tskey-auth-/);
        });

        it("of addresses lie in their network, and public ones are nobody's", () => {
            fc.assert(fc.property(fc.string(), fc.integer({ min: 8, max: 30 }), fc.nat(255), fc.nat(255), (text, bits, b, c) => {
                const base = (10 * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8) - ((10 * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8) % 2 ** (32 - bits));
                const cidr = `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${bits}`;
                const address = new Seed(text).addressIn(cidr).split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
                assert.ok(address > base && address < base + 2 ** (32 - bits), cidr);
                assert.match(new Seed(text).publicAddress(), /^198\.1[89]\./);
            }), { numRuns: 200 });
        });
    });

    describe("changes", () => {
        it("happen in place, or replace what cannot be changed", async () => {
            const one = run(hcloud);
            const network = await one.create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            assert.deepEqual(await one.diff(network, { ipRange: "10.0.0.0/16" }), { changes: [], replaces: [], deleteBeforeReplace: false });
            assert.deepEqual(await one.diff(network, { ipRange: "10.0.0.0/16", labels: { a: "b" } }), { changes: ["labels"], replaces: [], deleteBeforeReplace: false });
            assert.deepEqual((await one.diff(network, { ipRange: "10.1.0.0/16" })).replaces, ["ipRange"]);
            const updated = await one.update(network, { ipRange: "10.0.0.0/16", labels: { a: "b" } });
            assert.deepEqual([updated.id, updated.outputs.labels], [network.id, { a: "b" }]);
        });

        it("of Oracle's resources follow its mark of what is updatable", async () => {
            const one = run(oci);
            const vcn = await one.create("oci:Core/vcn:Vcn", "vcn", { compartmentId: "c", cidrBlocks: ["10.0.0.0/16"], dnsLabel: "a" });
            assert.deepEqual((await one.diff(vcn, { compartmentId: "c", cidrBlocks: ["10.1.0.0/16"], dnsLabel: "a" })).replaces, []);
            assert.deepEqual((await one.diff(vcn, { compartmentId: "c", cidrBlocks: ["10.0.0.0/16"], dnsLabel: "b" })).replaces, ["dnsLabel"]);
        });

        it("delete first when old and new would have the same name", async () => {
            const one = run(gcp);
            const [named, auto] = [await one.create(VPC, "a", { name: "fixed", autoCreateSubnetworks: false }), await one.create(VPC, "b", { autoCreateSubnetworks: false })];
            assert.equal((await one.diff(named, { name: "fixed", autoCreateSubnetworks: true })).deleteBeforeReplace, true);
            assert.equal((await one.diff(auto, { autoCreateSubnetworks: true })).deleteBeforeReplace, false);
        });

        it("of a range may widen it, not move it", async () => {
            const one = run(gcp);
            const vpc = await one.create(VPC, "vpc", { autoCreateSubnetworks: false });
            const nodes = await one.create(SUBNETWORK, "nodes", { network: vpc.id, ipCidrRange: "10.0.0.0/20" });
            assert.deepEqual((await one.diff(nodes, { network: vpc.id, ipCidrRange: "10.0.0.0/16" })).replaces, []);
            assert.deepEqual((await one.diff(nodes, { network: vpc.id, ipCidrRange: "10.0.0.0/24" })).replaces, ["ipCidrRange"]);
        });
    });

    describe("references", () => {
        it("must lead somewhere", async () => {
            await assert.rejects(run(hcloud).create(SUBNET, "sub", { networkId: 4711, type: "cloud", networkZone: "eu-central", ipRange: "10.0.0.0/24" }), /network with ID '4711' not found/);
            await assert.rejects(run(gcp).create(SUBNETWORK, "sub", { network: "projects/my-project/global/networks/gone", ipCidrRange: "10.0.0.0/24" }), /Error 404.*gone/);
            await assert.rejects(run(oci).create("oci:Core/subnet:Subnet", "sub", { compartmentId: "c", vcnId: "ocid1.vcn.oc1..gone", cidrBlock: "10.0.0.0/24" }), /404-NotAuthorizedOrNotFound/);
        });

        it("work by identifier, by link and by name", async () => {
            const one = run(gcp);
            const vpc = await one.create(VPC, "vpc", { name: "vpc", autoCreateSubnetworks: false });
            for (const [index, network] of [vpc.id, String(vpc.outputs.selfLink), "vpc"].entries()) await one.create(SUBNETWORK, `sub${index}`, { network, ipCidrRange: `10.${index}.0.0/24` });
            await one.create(SUBNETWORK, "outside", { network: "default", ipCidrRange: "10.9.0.0/24" });
        });

        it("hold back what they lead to", async () => {
            const one = run(hcloud);
            const network = await one.create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            const subnet = await one.create(SUBNET, "sub", { networkId: Number(network.id), type: "cloud", networkZone: "eu-central", ipRange: "10.0.1.0/24" });
            await assert.rejects(one.delete(network), /still in use/);
            await one.delete(subnet);
            await one.delete(network);
            await one.delete(network);
        });

        it("are not to what an object was told, although it tells it again", async () => {
            const one = run(cloudflare);
            const accountId = "0123456789abcdef0123456789abcdef";
            const tunnel = await one.create("cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared", "tunnel", { accountId, name: "t", configSrc: "cloudflare" });
            assert.equal(tunnel.outputs.accountTag, accountId);
            await one.create("cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken", "token", { accountId, name: "of the same account" });
            await one.delete(tunnel);
        });

        it("are judged by the network they are made in", async () => {
            const one = run(hcloud);
            const network = await one.create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            const subnet = (ipRange: string) => ({ networkId: Number(network.id), type: "cloud", networkZone: "eu-central", ipRange });
            await one.create(SUBNET, "a", subnet("10.0.0.0/20"));
            await assert.rejects(one.create(SUBNET, "b", subnet("10.1.0.0/24")), /not part of the network's range/);
            await assert.rejects(one.create(SUBNET, "c", subnet("10.0.1.0/24")), /overlaps/);
        });
    });

    describe("names", () => {
        it("can be taken", async () => {
            await run(gcp).create(VPC, "a", { name: "same", autoCreateSubnetworks: false });
            await assert.rejects(run(gcp).create(VPC, "b", { name: "same", autoCreateSubnetworks: false }), /409.*already exists/);
        });

        it("are made up where the program gives none, and kept", async () => {
            const one = run(gcp);
            const made = await one.create(VPC, "vpc", { autoCreateSubnetworks: false });
            assert.match(String(made.outputs.name), /^vpc-[0-9a-f]{7}$/);
            assert.deepEqual((await one.diff(made, { autoCreateSubnetworks: false })).changes, []);
        });
    });

    describe("protection", () => {
        it("is on where the real provider has it on, and holds", async () => {
            const one = run(gcp);
            const cluster = await one.create("gcp:container/cluster:Cluster", "gke", { location: "europe-west4" });
            assert.equal(cluster.inputs.deletionProtection, true);
            await assert.rejects(one.delete(cluster), /protected/);
            await one.delete(await one.update(cluster, { location: "europe-west4", deletionProtection: false }));
        });
    });

    describe("faults", () => {
        it("of every kind are survived by a second try", async () => {
            const file = join(folder, "faults.json");
            for (const fault of ["quota", "denied", "timeout", "after"] as const) {
                writeFileSync(file, JSON.stringify({ rules: [{ fault, type: "Network", label: fault }] }));
                const failing = run(hcloud, readFaultPlan(file));
                const failure = await failing.create(NETWORK, fault, { ipRange: "10.0.0.0/16" }).then(() => assert.fail("it should have failed"), (error: unknown) => error);
                assert.equal(failure instanceof InitFailed, fault === "after");
                await run(hcloud, readFaultPlan(file)).create(NETWORK, fault, { ipRange: "10.0.0.0/16" });
                assert.equal(objects().filter((key) => key.startsWith("hcloud|")).length, 1, `${fault} leaves no second one`);
                rmSync(path);
            }
        });

        it("of the moment are waited out", async () => {
            const one = run(hcloud, { rules: [{ fault: "unavailable", times: 2 }, { fault: "eventual", milliseconds: 300 }] });
            const network = await one.create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            await one.create(SUBNET, "sub", { networkId: Number(network.id), type: "cloud", networkZone: "eu-central", ipRange: "10.0.1.0/24" });
        });

        it("end the run before or after the object is there; the next run makes or adopts it", async () => {
            for (const fault of ["kill-before", "kill-after"] as const) {
                const killed = run(hcloud, { rules: [{ fault, label: fault }] });
                void killed.create(NETWORK, fault, { ipRange: "10.0.0.0/16" });
                while (!killed.killed) await new Promise((next) => setTimeout(next, 5));
                assert.equal(objects().some((key) => key.startsWith("hcloud|")), fault === "kill-after");
                await run(hcloud).create(NETWORK, fault, { ipRange: "10.0.0.0/16" });
                assert.equal(objects().filter((key) => key.startsWith("hcloud|")).length, 1);
                rmSync(path);
            }
        });

        it("in the middle of a replacement leave one successor", async () => {
            const old = await run(hcloud).create(NETWORK, "net", { ipRange: "10.0.0.0/16" });
            for (let attempt = 0; attempt < 2; attempt++) {
                const next = run(hcloud);
                await next.diff(old, { ipRange: "10.1.0.0/16" });
                const made = await next.create(NETWORK, "net", { ipRange: "10.1.0.0/16" });
                assert.notEqual(made.id, old.id);
                assert.equal(objects().filter((key) => key.startsWith("hcloud|")).length, 2);
            }
        });
    });

    describe("functions", () => {
        it("find what is there, and make up the rest by its declaration", async () => {
            const made = await run(hcloud).create(NETWORK, "net", { name: "n", ipRange: "10.0.0.0/16" });
            const found = await run(hcloud).invoke("hcloud:index/getNetwork:getNetwork", { name: "n" });
            assert.deepEqual([found.id, found.ipRange], [Number(made.id), "10.0.0.0/16"]);
            assert.deepEqual((await run(gcp).invoke("gcp:compute/getZones:getZones", { region: "europe-west4" })).names, ["europe-west4-a", "europe-west4-b", "europe-west4-c"]);
            assert.equal(((await run(oci).invoke("oci:Identity/getAvailabilityDomains:getAvailabilityDomains", { compartmentId: "c" })).availabilityDomains as Props[]).length, 3);
            await assert.rejects(run(oci).invoke("oci:Identity/getAvailabilityDomains:getAvailabilityDomains", {}), /compartmentId/);
        });

        it("configure machines of Talos, in order", async () => {
            const one = run(talos);
            const { machineConfiguration } = await one.invoke("talos:machine/getConfiguration:getConfiguration", { clusterName: "c", clusterEndpoint: "https://198.18.0.1:6443", machineType: "controlplane", machineSecrets: {} });
            const node = { node: "10.0.0.2", clientConfiguration: {} };
            await assert.rejects(one.create("talos:machine/bootstrap:Bootstrap", "b", node), /no configuration/);
            await one.create("talos:machine/configurationApply:ConfigurationApply", "a", { ...node, machineConfigurationInput: machineConfiguration! });
            await one.create("talos:machine/bootstrap:Bootstrap", "b", node);
            const { outputs } = await one.create("talos:cluster/kubeconfig:Kubeconfig", "k", node);
            assert.match(String(revealProps(outputs).kubeconfigRaw), /server: https:\/\/198\.18\.0\.1:6443/);
        });
    });

    describe("the file", () => {
        it("survives a write that was cut off, and two processes at once", async () => {
            await run(hcloud).create(NETWORK, "a", { ipRange: "10.0.0.0/16" });
            const [whole, two] = [readFileSync(path, "utf8"), run(hcloud)];
            writeFileSync(path, `${whole}[["hcloud|half`);
            await Promise.all([two.create(NETWORK, "b", { ipRange: "10.0.0.0/16" }), run(hcloud).create(NETWORK, "c", { ipRange: "10.0.0.0/16" })]);
            assert.equal(objects().filter((key) => key.startsWith("hcloud|")).length, 3);
        });

        it("holds what was put last, whatever the order of changes", async () => {
            await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.option(fc.nat()), fc.boolean()), { maxLength: 30 }), async (changes) => {
                rmSync(path, { force: true });
                const journals = [new Journal(path), new Journal(path)];
                const expected = new Map<string, number>();
                for (const [key, value, second] of changes) {
                    await journals[Number(second)]!.change((change) => (value === null ? change.remove(key) : change.put(key, { value })));
                    if (value === null) expected.delete(key);
                    else expected.set(key, value);
                }
                for (const journal of [...journals, new Journal(path)]) assert.deepEqual(new Map(journal.read((view) => view.list("")).map(([key, { value }]) => [key, value])), expected);
            }), { numRuns: 30 });
        });
    });

    function objects(): string[] {
        return new Journal(path).read((view) => view.list("")).map(([key]) => key);
    }
});
