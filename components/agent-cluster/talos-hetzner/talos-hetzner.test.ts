import assert from "node:assert/strict";
import fc from "fast-check";
import type { HetznerRule } from "../../../topology/firewalls";
import type { KubernetesPlace } from "../../../topology/types";
import { resolveTalosHetznerArgs, type TalosHetznerArgs } from "./args";
import { auditPolicy, commonPatches, controlPlanePatches, schematic, workerPatches, type MachineConfigArgs } from "./machine-config";
import { addressPlan } from "./network";
import { egressSetup } from "./servers";

const pool = (name: string, count: number) => ({ name, purpose: "", machine: "ccx33", min: count, max: count });
const place: KubernetesPlace = { name: "cluster", kind: "kubernetes", purpose: "", provider: "hetzner", cluster: "talos", region: "nbg1", controlPlane: pool("control", 3), pools: [pool("app", 3), pool("db", 3)] };
const rule = (port: string, sourceIps: string[]): HetznerRule => ({ direction: "in", protocol: "tcp", port, sourceIps, description: `rule ${port}` });
const good: TalosHetznerArgs = {
    place, network: { name: "n", provider: "hetzner", cidr: "10.0.0.0/16" }, firewall: [rule("6443", ["203.0.113.1/32"]), rule("50000", ["203.0.113.1/32"])], imageId: "1", talosVersion: "v1.13.9", kubernetesVersion: "v1.34.10",
    entryPool: "app", egressMachine: "cx22", sshPublicKey: `ssh-ed25519 ${"A".repeat(68)}`,
};
const machine: MachineConfigArgs = { network: { cidr: "10.0.0.0/16", router: "10.0.0.1", nameServers: ["185.12.64.1"] }, apiNames: ["10.0.0.5"], podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/12", manifests: [], backupNamespaces: ["etcd-backup"], logPort: 6050 };

function problemsOf(args: TalosHetznerArgs): readonly string[] {
    let found: readonly string[] = [];
    resolveTalosHetznerArgs(args, (problems) => (found = problems));
    return found;
}

describe("Talos at Hetzner: arguments", () => {
    it("are right as the blueprint gives them, and protect by default", () => {
        assert.deepEqual(problemsOf(good), []);
        assert.equal(resolveTalosHetznerArgs(good, () => undefined).protect, true);
    });

    it("that are wrong are told all at once", () => {
        const found = problemsOf({
            ...good, imageId: "talos", talosVersion: "latest", entryPool: "web", sshPublicKey: "key", network: { ...good.network, cidr: "8.8.0.0/16" },
            place: { ...place, region: "mars", controlPlane: pool("control", 2), pools: [pool("app", 11), { ...pool("db", 1), max: 3 }] }, firewall: [rule("22", ["0.0.0.0/0"])],
        });
        for (const start of ["place.controlPlane", "place.region", 'place.pools: "db"', 'place.pools: "app"', "entryPool", "network.cidr", 'firewall: "rule 22" opens 22', 'firewall: "rule 22" lets in everybody', "firewall: nobody may reach 6443", "firewall: nobody may reach 50000", "imageId", "talosVersion", "sshPublicKey"]) {
            assert.ok(found.some((problem) => problem.startsWith(start)), start);
        }
        assert.equal(found.length, 13);
    });
});

describe("the plan of addresses", () => {
    it("gives every machine and load balancer an address of its own, inside its subnet", () => {
        fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (pools, machines) => {
            const names = Array.from({ length: pools }, (_, index) => `pool-${index}`);
            const plan = addressPlan("10.0.0.0/16", names);
            const all = [plan.router, plan.gateway, plan.apiBalancer, plan.appBalancer, ...[0, 1, 2].map((index) => plan.controlPlane(index)), ...names.flatMap((name) => Array.from({ length: machines }, (_, index) => plan.worker(name, index)))];
            assert.equal(new Set(all).size, all.length);
            for (const name of names) assert.ok(plan.worker(name, 0).startsWith(plan.subnets[name]!.replace(/0\/24$/, "")));
        }), { numRuns: 50 });
    });
});

describe("what machines are told", () => {
    const text = JSON.stringify([...commonPatches(machine), ...controlPlanePatches(machine), ...workerPatches(machine, "db")]);

    it("leaves the network to Cilium, and finds the API server on the machine itself", () => {
        for (const part of ['"cni":{"name":"none"}', '"proxy":{"disabled":true}', '"kubePrism":{"enabled":true,"port":7445}']) assert.ok(text.includes(part), part);
    });

    it("encrypts both of the machine's own volumes, and carries what Longhorn needs", () => {
        assert.deepEqual(commonPatches(machine).slice(1).map((patch) => [patch.kind, patch.name, (patch.encryption as { provider: string }).provider]), [["VolumeConfig", "STATE", "luks2"], ["VolumeConfig", "EPHEMERAL", "luks2"]]);
        assert.deepEqual(JSON.parse(schematic()).customization.systemExtensions.officialExtensions, ["siderolabs/iscsi-tools", "siderolabs/util-linux-tools"]);
    });

    it("lets one namespace copy etcd, and nobody do more", () => {
        assert.ok(text.includes('"kubernetesTalosAPIAccess":{"enabled":true,"allowedRoles":["os:etcd:backup"],"allowedKubernetesNamespaces":["etcd-backup"]}'));
    });

    it("writes changes of rights down in full, and of Secrets only that they were touched", () => {
        const rules = auditPolicy().rules as { level: string; resources?: { group: string; resources?: string[] }[] }[];
        assert.equal(rules.find(({ resources }) => resources?.some(({ group }) => group === "rbac.authorization.k8s.io"))!.level, "RequestResponse");
        assert.equal(rules.find(({ resources }) => resources?.some(({ resources: kinds }) => kinds?.includes("secrets")))!.level, "Metadata");
    });

    it("makes the way out pass on connections of the private network and take none itself", () => {
        const setup = egressSetup("10.0.0.0/16");
        assert.ok(setup.startsWith("#cloud-config\n") && setup.includes("hook input priority 0; policy drop") && setup.includes("masquerade") && setup.includes("169.254.0.0/16"));
    });
});
