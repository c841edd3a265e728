import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateResource, evaluateStack } from "../../core/evaluate";
import { resourceOf, type Resource } from "../../core/resource";
import { Value } from "../../core/value";
import { pod } from "../../testing/samples";
import { unknownList, unknownObject, unknownText } from "../../testing/unknowns";
import { covers, parseBlock } from "../../common/cidr";
import { networkPolicyCoverage } from "./coverage";
import { ingress } from "./ingress";
import { networkPolicyOpen } from "./open";
import { serviceExposure } from "./service-exposure";

function policy(spec: object, namespace: unknown = "n"): Resource {
    const type = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
    return { ...resourceOf(type, "policy", {}), properties: Value.root(unknownCheckingProxy({ metadata: { name: "policy", namespace }, spec })) };
}

function coverage(...resources: Resource[]): string[] {
    return evaluateStack(networkPolicyCoverage, resources).map(({ kind, path, what }) => (kind === "violation" ? what.replace(/.*denies (\w+).*/, "no $1") : `${kind} ${path}`));
}

describe("k8s-netpol-coverage", () => {
    const workload = pod({ containers: [] });
    const both = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

    it("wants both directions for each namespace with workloads", () => {
        assert.deepEqual(coverage(workload), ["no ingress", "no egress"]);
        assert.deepEqual(coverage(workload, policy(both)), []);
        assert.deepEqual(coverage(workload, policy({ podSelector: {} })), ["no egress"]);
        assert.deepEqual(coverage(workload, policy({ podSelector: {}, policyTypes: ["Egress"] }), policy({ podSelector: {}, policyTypes: ["Ingress"] })), []);
        assert.deepEqual(coverage(workload, policy(both, "other")), ["no ingress", "no egress"]);
        assert.deepEqual(coverage(resourceOf("kubernetes:core/v1:Namespace", "n", { metadata: { name: "n" } })), []);
    });

    it("does not judge what the engine does not show: a cluster that is yet to be made", () => {
        const hidden = resourceOf("kubernetes:apps/v1:Deployment", "shop", {});
        assert.deepEqual(coverage(hidden, resourceOf("kubernetes:networking.k8s.io/v1:NetworkPolicy", "policy", {})), ["undetermined metadata.namespace"]);
        assert.deepEqual(coverage(hidden, workload), ["undetermined metadata.namespace", "no ingress", "no egress"]);
    });

    it("does not count policies for some pods only, or that open everything again", () => {
        assert.deepEqual(coverage(workload, policy({ ...both, podSelector: { matchLabels: { app: "a" } } })), ["no ingress", "no egress"]);
        assert.deepEqual(coverage(workload, policy({ ...both, podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } })), ["no ingress", "no egress"]);
        assert.deepEqual(coverage(workload, policy({ ...both, ingress: [{}] })), ["no ingress"]);
        assert.deepEqual(coverage(workload, policy({ ...both, egress: [{ to: [] }] })), ["no egress"]);
        assert.deepEqual(coverage(workload, policy({ ...both, egress: [{ ports: [{ port: 53 }] }] })), []);
    });

    it("takes the namespace of the provider where there is none", () => {
        const bare = { ...pod({ containers: [] }, { name: "p" }), provider: { type: "pulumi:providers:kubernetes", properties: Value.root({ namespace: "n" }) } };
        assert.deepEqual(coverage(bare, policy(both)), []);
        assert.deepEqual(coverage(pod({ containers: [] }, { name: "p" }), policy(both)), ["no ingress", "no egress"]);
        assert.deepEqual(coverage(pod({ containers: [] }, { name: "p" }), policy(both, null)), []);
    });

    it("doubts one resource, and judges the rest", () => {
        const somewhere = { ...pod({}), properties: Value.root(unknownCheckingProxy({ metadata: unknownObject, spec: { containers: [] } })) };
        assert.deepEqual(coverage(somewhere), ["undetermined metadata"]);
        assert.deepEqual(coverage(somewhere, workload), ["undetermined metadata", "no ingress", "no egress"]);
        assert.deepEqual(coverage(workload, policy(both, unknownText)), ["undetermined metadata.namespace"]);
        assert.deepEqual(coverage(workload, policy({ podSelector: unknownObject, policyTypes: ["Ingress", "Egress"] })), ["undetermined spec.podSelector"]);
        assert.deepEqual(coverage(workload, policy({ podSelector: {}, policyTypes: unknownList })), ["undetermined spec.policyTypes"]);
        // A policy that is unknown does not matter where another one surely covers.
        assert.deepEqual(coverage(workload, policy(unknownObject as unknown as object), policy(both)), []);
    });

    it("leaves alone namespaces that are managed elsewhere", () => {
        assert.deepEqual(evaluateStack(networkPolicyCoverage, [workload], { exemptNamespaces: ["n"] }), []);
    });
});

describe("k8s-netpol-open", () => {
    const egress = (...to: unknown[]): number => evaluateResource(networkPolicyOpen, policy({ podSelector: {}, policyTypes: ["Egress"], egress: [{ to }] })).length;
    const internet = ["169.254.169.254/32", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

    it("wants the metadata address and private ranges excepted from the internet", () => {
        assert.equal(egress({ ipBlock: { cidr: "0.0.0.0/0", except: internet } }), 0);
        assert.equal(egress({ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16", ...internet.slice(1)] } }), 0);
        for (const missing of internet) assert.equal(egress({ ipBlock: { cidr: "0.0.0.0/0", except: internet.filter(item => item !== missing) } }), 1, missing);
        assert.equal(egress({ ipBlock: { cidr: "128.0.0.0/1", except: ["172.16.0.0/12", "192.168.0.0/16"] } }), 1);
        assert.equal(egress({ ipBlock: { cidr: "::/0" } }), 1);
        assert.equal(egress({ ipBlock: { cidr: "::/0", except: ["fc00::/7"] } }), 0);
    });

    it("lets a rule name what it means", () => {
        for (const cidr of ["10.0.0.0/8", "10.1.2.0/24", "192.168.1.7/32", "203.0.113.0/24", "8.8.8.8/32", "fd00::/64"]) assert.equal(egress({ ipBlock: { cidr } }), 0, cidr);
        assert.equal(egress({ ipBlock: { cidr: "everything" } }), 1);
    });

    it("excepts DNS, and nothing else, from the demand for peers", () => {
        const ports = (...list: unknown[]): number => evaluateResource(networkPolicyOpen, policy({ podSelector: {}, egress: [{ ports: list.map(port => ({ port })) }] })).length;
        assert.equal(ports(53), 0);
        assert.equal(ports(53, 443), 1);
        assert.equal(ports(), 1);
    });

    it("knows selectors that select everybody", () => {
        const from = (peer: unknown): number => evaluateResource(networkPolicyOpen, policy({ podSelector: {}, ingress: [{ from: [peer] }] })).length;
        assert.equal(from({ namespaceSelector: {} }), 1);
        assert.equal(from({ namespaceSelector: {}, podSelector: {} }), 1);
        assert.equal(from({ namespaceSelector: {}, podSelector: { matchLabels: { a: "b" } } }), 0);
        assert.equal(from({ podSelector: {} }), 0);
        assert.equal(from({ ipBlock: { cidr: "0.0.0.0/0" } }), 1);
        assert.equal(from({ ipBlock: { cidr: "0.0.0.0/1" } }), 1);
    });
});

describe("k8s-service-exposure", () => {
    const service = (spec: object, annotations: object = {}, settings: Record<string, unknown> = {}): string[] =>
        evaluateResource(serviceExposure, { ...resourceOf("kubernetes:core/v1:Service", "s", {}), properties: Value.root(unknownCheckingProxy({ metadata: { annotations }, spec })) }, settings).map(({ kind, path }) => `${kind} ${path}`);

    it("allows what stays inside", () => {
        assert.deepEqual(service({}), []);
        assert.deepEqual(service({ type: "ExternalName", externalName: "db.example" }), []);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerSourceRanges: ["203.0.113.0/24"] }), []);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerClass: "tailscale" }), []);
        assert.deepEqual(service({ type: "LoadBalancer" }, { "load-balancer.hetzner.cloud/disable-public-network": "true" }), []);
    });

    it("refuses what does not", () => {
        assert.deepEqual(service({ type: "NodePort" }), ["violation spec.type"]);
        assert.deepEqual(service({ type: "LoadBalancer" }, { "load-balancer.hetzner.cloud/disable-public-network": "false" }), ["violation spec.type"]);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerSourceRanges: [] }), ["violation spec.type"]);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerSourceRanges: ["203.0.113.0/24", "0.0.0.0/0"] }), ["violation spec.loadBalancerSourceRanges[1]"]);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerClass: "tailscale" }, {}, { loadBalancers: "none" }), ["violation spec.type"]);
        assert.deepEqual(service({ externalIPs: ["192.0.2.1"] }), ["violation spec.externalIPs[0]"]);
        assert.deepEqual(service({ type: "nodeport" }), ["violation spec.type"]);
    });

    it("is undetermined where the deciding part is not known", () => {
        assert.deepEqual(service({ type: unknownText }), ["undetermined spec.type"]);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerSourceRanges: unknownList }), ["undetermined spec.loadBalancerSourceRanges"]);
        assert.deepEqual(service({ type: "LoadBalancer", loadBalancerSourceRanges: [unknownText] }), ["undetermined spec.loadBalancerSourceRanges[0]"]);
    });
});

describe("k8s-ingress", () => {
    const hosts = (tls: unknown, host: unknown): number => evaluateResource(ingress, resourceOf("kubernetes:networking.k8s.io/v1:Ingress", "i", { metadata: { namespace: "n" }, spec: { tls, rules: [{ host }] } })).length;

    it("knows which hosts a TLS entry is for", () => {
        assert.equal(hosts([{ hosts: ["a.example"] }], "a.example"), 0);
        assert.equal(hosts([{ hosts: ["*.example"] }], "a.example"), 0);
        assert.equal(hosts([{ secretName: "s" }], "a.example"), 0);
        assert.equal(hosts([{ hosts: ["*.example"] }], "b.a.example"), 1);
        assert.equal(hosts([{ hosts: ["b.example"] }], "a.example"), 1);
        assert.equal(hosts(undefined, "a.example"), 1);
    });
});

describe("blocks of addresses", () => {
    it("are read in both families", () => {
        assert.deepEqual(parseBlock("10.1.2.3/8"), { family: 4, first: 0x0a000000n, last: 0x0affffffn });
        assert.equal(parseBlock("::/0")!.last, (1n << 128n) - 1n);
        assert.equal(parseBlock("fd00::1/128")!.first, parseBlock("fd00:0:0:0:0:0:0:1/128")!.first);
        for (const text of ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "256.0.0.0/8", ":::/0", "1::2::3/64", "fd00::/129", "g::/16", "1:2:3:4:5:6:7/64"]) assert.equal(parseBlock(text), undefined, text);
    });

    it("cover each other by their addresses", () => {
        assert.ok(covers(parseBlock("10.0.0.0/8")!, parseBlock("10.255.0.0/16")!));
        assert.ok(!covers(parseBlock("10.255.0.0/16")!, parseBlock("10.0.0.0/8")!));
        assert.ok(!covers(parseBlock("::/0")!, parseBlock("10.0.0.0/8")!));
    });
});
