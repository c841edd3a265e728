import assert from "node:assert/strict";
import fc from "fast-check";
import { reordered, soundTopology, spreadTopology } from "./arbitrary";
import { placeOf } from "./derive";
import { wayBetween } from "./paths";
import { identitiesOf, tailnetPolicyOf, type TailnetPolicy } from "./tailnet";

describe("the policy of the tailnet", () => {
    it("denies everything where no flow takes it", () => {
        fc.assert(fc.property(soundTopology, (topology) => assert.deepEqual(tailnetPolicyOf(topology), { tagOwners: {}, groups: {}, acls: [], grants: [], autoApprovers: { routes: {} }, tests: [] })), { numRuns: 10 });
    });

    it("grants exactly the flows that go by it, each to one port", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const policy = tailnetPolicyOf(topology);
                const carried = topology.flows.filter((flow) => {
                    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
                    return here !== undefined && there !== undefined && here !== there && wayBetween(topology, here, there)?.way === "tailscale";
                });
                for (const flow of carried) assert.ok(policy.grants.some((grant) => grant.ip[0] === `tcp:${flow.port}`), `${flow.from} → ${flow.to}`);
                const forPeople = topology.edges.filter((edge) => edge.kind === "private" && edge.network === "tailscale").length;
                assert.ok(policy.grants.length <= carried.length + forPeople);
                assert.equal(policy.grants.length === 0, carried.length + forPeople === 0);
                for (const { src, dst, ip } of policy.grants) assert.deepEqual([src.length, dst.length, ip.length], [1, 1, 1]);
                assert.ok(!JSON.stringify(policy.grants).includes("*"), "nobody may everything");
            }),
        );
    });

    it("passes its own tests, and they fail when a grant is taken away or one too many is given", () => {
        fc.assert(
            fc.property(spreadTopology, fc.nat(), (topology, which) => {
                const policy = tailnetPolicyOf(topology);
                assert.deepEqual(failures(policy), []);
                assert.deepEqual(policy.tests.map((test) => test.src), identitiesOf(topology));
                const machines = policy.grants.filter((grant) => grant.src[0]!.startsWith("tag:"));
                if (machines.length > 0) {
                    const without = policy.grants.filter((grant) => grant !== machines[which % machines.length]);
                    assert.notDeepEqual(failures({ ...policy, grants: without }), []);
                }
                if (policy.tests.length > 1) assert.notDeepEqual(failures({ ...policy, grants: [...policy.grants, { src: ["*"], dst: ["*"], ip: ["*"] }] }), []);
            }),
        );
    });

    it("gives every container of Cloud Run, Fly.io and Modal a name of its own, and lets only administrators give names", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const policy = tailnetPolicyOf(topology);
                assert.ok(Object.values(policy.tagOwners).every((owners) => owners.join() === "autogroup:admin"));
                const named = new Set(Object.keys(policy.tagOwners));
                for (const tag of policy.grants.flatMap((grant) => [...grant.src, ...grant.dst])) if (tag.startsWith("tag:")) assert.ok(named.has(tag) || topology.edges.some((edge) => edge.kind === "private"), tag);
                const meshed = new Set(topology.links.filter((link) => link.kind === "tailscale").flatMap((link) => link.between));
                for (const service of topology.services) if (["run", "fly"].includes(service.place!) && meshed.has(service.place!)) assert.ok(named.has(`tag:${service.name}`));
            }),
        );
    });

    it("offers the private network through its gateway alone, and lets others in to its addresses, not to its machines", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const policy = tailnetPolicyOf(topology);
                assert.deepEqual(policy.autoApprovers.routes, { "10.2.1.0/24": ["tag:gateway"] });
                for (const grant of policy.grants) if (grant.dst[0]!.includes("/")) assert.deepEqual([grant.dst, grant.ip], [["10.2.1.0/24"], ["tcp:443"]]);
            }),
        );
    });

    it("lets the people of a group reach what is for them, and knows who they are", () => {
        const topology = fc.sample(spreadTopology.filter((one) => one.edges.some((edge) => edge.kind === "private" && edge.network === "tailscale" && edge.group === "group:operators")), { numRuns: 1, seed: 3 })[0]!;
        const policy = tailnetPolicyOf(topology, { "group:operators": ["ann@example.com"] });
        assert.deepEqual(policy.groups, { "group:operators": ["ann@example.com"] });
        assert.equal(policy.grants.filter((grant) => grant.src[0] === "group:operators").length, 1);
    });

    it("does not depend on the order in which a blueprint lists things", () => {
        fc.assert(fc.property(spreadTopology.chain((topology) => fc.tuple(fc.constant(topology), reordered(topology))), ([topology, other]) => assert.deepEqual(tailnetPolicyOf(other), tailnetPolicyOf(topology))));
    });
});

/** What Tailscale decides: the tests of a policy that it does not pass. */
function failures(policy: TailnetPolicy): string[] {
    const allowed = (src: string, target: string): boolean => {
        const [, host, port] = /^(.*):(\d+)$/.exec(target)!;
        return policy.grants.some((grant) =>
            grant.src.some((one) => one === "*" || one === src) && grant.dst.some((one) => one === "*" || one === host || (one.includes("/") && within(host!, one))) && grant.ip.some((one) => one === "*" || one === `tcp:${port}`));
    };
    return policy.tests.flatMap(({ src, accept = [], deny = [] }) => [
        ...accept.filter((target) => !allowed(src, target)).map((target) => `${src} must reach ${target}`),
        ...deny.filter((target) => allowed(src, target)).map((target) => `${src} must not reach ${target}`),
    ]);
}

function within(address: string, range: string): boolean {
    const [network, bits] = range.split("/") as [string, string];
    const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    return /^[\d.]+$/.test(address) && Math.floor(number(address) / 2 ** (32 - Number(bits))) === Math.floor(number(network) / 2 ** (32 - Number(bits)));
}
