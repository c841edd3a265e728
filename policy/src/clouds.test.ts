import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { soundCloudflare } from "./cloudflare/sound";
import { cloudflare } from "./cloudflare/types";
import { opennessOf } from "./common/addresses";
import { parsePorts, reached } from "./common/ports";
import { evaluateStack } from "./core/evaluate";
import { resourceOf, type Resource } from "./core/resource";
import { Value } from "./core/value";
import { soundGcp } from "./gcp/sound";
import { gcp } from "./gcp/types";
import { soundHcloud } from "./hetzner/sound";
import { hcloud } from "./hetzner/types";
import { soundOci } from "./oci/sound";
import { oci } from "./oci/types";
import { rules } from "./rules";
import { objections } from "./testing/mutations";
import { unknownList, unknownObject, unknownText } from "./testing/unknowns";

function inPreview(type: string, properties: object, name = "x"): Resource {
    return { ...resourceOf(type, name, {}), properties: Value.root(unknownCheckingProxy(structuredClone(properties))) };
}

function found(id: string, ...resources: Resource[]): string[] {
    const rule = rules.find(each => each.id === id)!;
    assert.ok(rule.scope === "stack");
    return evaluateStack(rule, resources).map(({ kind, resource }) => `${kind} ${resource?.name}`);
}

describe("addresses", () => {
    const open = (...texts: string[]): boolean => opennessOf(texts.map(text => Value.root({ text }).at("text"))).open !== undefined;

    it("are the internet when they come to half of it, however it is cut", () => {
        for (const list of [["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/1"], ["2000::/3"], ["2000::/4"], ["*"], ["10.0.0.0/8", "0.0.0.0/0"], ["0.0.0.0/2", "64.0.0.0/2"], Array.from({ length: 200 }, (_, index) => `${index}.0.0.0/8`)]) assert.ok(open(...list), list.slice(0, 4).join());
    });

    it("are not when they are some networks, public or private", () => {
        for (const list of [["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], ["203.0.113.7"], ["35.235.240.0/20"], ["130.211.0.0/22", "35.191.0.0/16"], ["fd00::/8"], ["fe80::/10"], ["1.0.0.0/8"], [], ["not an address"], ["300.0.0.0/0"]]) assert.ok(!open(...list), list.join());
    });

    it("that are not known may be", () => {
        const values = Value.root(unknownCheckingProxy({ list: ["10.0.0.0/8", unknownText] })).at("list").list();
        assert.ok(opennessOf(values).unclear);
    });
});

describe("ports", () => {
    it("are read in every form that clouds have", () => {
        const reads: readonly (readonly [unknown, string[]])[] = [["22", ["22"]], [22, ["22"]], ["20-25", ["22"]], ["0-65535", ["22", "3389"]], ["80,443", []], ["80, 3380-3390", ["3389"]], ["any", ["22", "3389"]], ["*", ["22", "3389"]]];
        for (const [raw, expected] of reads) assert.deepEqual([...new Set(parsePorts(raw)!.flatMap(range => reached(range, ["22", "3389"])))].sort(), expected, String(raw));
        for (const raw of ["", "ssh", "22-", "-22", {}, null, undefined, true, "1".repeat(3000)]) assert.equal(parsePorts(raw), undefined, String(raw).slice(0, 20));
    });
});

describe("the same thing in another shape", () => {
    const policyRule = (over: Record<string, unknown>): Record<string, unknown> => ({ action: "allow", direction: "INGRESS", priority: 1000, firewallPolicy: "p", enableLogging: true, match: { srcIpRanges: ["0.0.0.0/0"], layer4Configs: [{ ipProtocol: "tcp", ports: ["22"] }] }, ...over });
    const admin = ["gcp-fw-admin-ports"];
    const types = ["gcp:compute/firewallPolicyRule:FirewallPolicyRule", "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule", "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"];

    for (const type of types) {
        it(`${type} is a firewall rule`, () => {
            const objects = (over: Record<string, unknown>): string[] => objections(resourceOf(type, "x", policyRule(over)));
            assert.deepEqual(objects({}), admin);
            assert.deepEqual(objects({ action: "deny" }), []);
            assert.deepEqual(objects({ action: "goto_next" }), []);
            assert.deepEqual(objects({ disabled: true }), []);
            assert.deepEqual(objects({ match: { srcIpRanges: ["10.0.0.0/8"], layer4Configs: [{ ipProtocol: "tcp", ports: ["22"] }] } }), []);
            assert.deepEqual(objects({ match: { srcSecureTags: [{ name: "t" }], layer4Configs: [{ ipProtocol: "tcp", ports: ["22"] }] } }), []);
            assert.deepEqual(objects({ match: { layer4Configs: [{ ipProtocol: "all" }] } }), ["gcp-fw-admin-ports", "gcp-fw-wide"]);
            assert.deepEqual(objects({ direction: "EGRESS", match: { destIpRanges: ["0.0.0.0/0"], layer4Configs: [{ ipProtocol: "all" }] } }), ["gcp-fw-wide"]);
        });
    }

    it("policies hold their rules in a list", () => {
        assert.deepEqual(objections(resourceOf("gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules", "x", { rules: [policyRule({ action: "deny" }), policyRule({})] })), admin);
    });

    it("grants are members, bindings and policies, of projects, folders and organizations", () => {
        const grant = { role: "roles/editor", members: ["group:a@example.com"] };
        for (const place of ["projects", "folder", "organizations"]) {
            assert.deepEqual(objections(resourceOf(`gcp:${place}/iAMMember:IAMMember`, "x", { role: "roles/editor", member: "group:a@example.com" })), ["gcp-iam-primitive"]);
            assert.deepEqual(objections(resourceOf(`gcp:${place}/iAMBinding:IAMBinding`, "x", grant)), ["gcp-iam-primitive"]);
            assert.deepEqual(objections(resourceOf(`gcp:${place}/iAMPolicy:IAMPolicy`, "x", { policyData: JSON.stringify({ bindings: [grant] }) })), ["gcp-iam-primitive"]);
            assert.deepEqual(objections(resourceOf(`gcp:${place}/iAMMember:IAMMember`, "x", { role: "roles/iam.serviceAccountUser", member: "group:a@example.com" })), ["gcp-iam-impersonation"]);
        }
    });

    it("everybody is found wherever roles are granted", () => {
        const expected: Readonly<Record<string, string>> = {
            "gcp:storage/bucketIAMBinding:BucketIAMBinding": "gcp-bucket-public", "gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding": "gcp-run-exposure", "gcp:cloudrun/iamBinding:IamBinding": "gcp-run-exposure", "gcp:cloudfunctions/functionIamBinding:FunctionIamBinding": "gcp-run-exposure",
            "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding": "gcp-kms-ar", "gcp:kms/keyRingIAMBinding:KeyRingIAMBinding": "gcp-kms-ar", "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding": "gcp-kms-ar", "gcp:bigquery/datasetIamBinding:DatasetIamBinding": "gcp-public-grant",
            "gcp:pubsub/subscriptionIAMBinding:SubscriptionIAMBinding": "gcp-public-grant", "gcp:dataproc/clusterIAMBinding:ClusterIAMBinding": "gcp-public-grant", "gcp:secretmanager/secretIamBinding:SecretIamBinding": "gcp-public-grant", "gcp:serviceaccount/iAMBinding:IAMBinding": "gcp-iam-impersonation",
        };
        for (const [type, rule] of Object.entries(expected)) {
            for (const everybody of ["allUsers", "allAuthenticatedUsers"]) assert.deepEqual(objections(resourceOf(type, "x", { role: "roles/viewer", members: ["group:a@example.com", everybody] })), [rule], type);
            assert.deepEqual(objections(resourceOf(type, "x", { role: "roles/viewer", members: ["group:a@example.com"] })), [], type);
        }
    });

    it("buckets are opened by lists and controls too", () => {
        for (const [type, properties] of [
            ["gcp:storage/bucketAccessControl:BucketAccessControl", { entity: "allUsers" }], ["gcp:storage/bucketACL:BucketACL", { predefinedAcl: "publicRead" }], ["gcp:storage/bucketACL:BucketACL", { roleEntities: ["READER:allAuthenticatedUsers"] }],
            ["gcp:storage/objectACL:ObjectACL", { predefinedAcl: "publicRead" }], ["gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl", { entity: "allUsers" }],
        ] as const) assert.deepEqual(objections(resourceOf(type, "x", properties)), ["gcp-bucket-public"], type);
        assert.deepEqual(objections(resourceOf("gcp:storage/bucketACL:BucketACL", "x", { roleEntities: ["OWNER:user-a@example.com"], predefinedAcl: "private" })), []);
    });
});

describe("rules of the whole stack, when something is not known yet", () => {
    it("a proxy whose map is not known is decided by the maps there are", () => {
        const proxy = inPreview(gcp.httpProxy, { urlMap: unknownText }, "proxy");
        const redirect = inPreview(gcp.urlMap, soundGcp[gcp.urlMap]!, "redirect");
        const serving = inPreview(gcp.urlMap, { defaultService: unknownText }, "serving");
        assert.deepEqual(found("gcp-lb-tls", proxy, redirect), []);
        assert.deepEqual(found("gcp-lb-tls", proxy, redirect, serving), ["undetermined proxy"]);
        assert.deepEqual(found("gcp-lb-tls", proxy, serving), ["violation proxy"]);
        assert.deepEqual(found("gcp-lb-tls", proxy), ["undetermined proxy"]);
    });

    it("one unknown resource does not hide another's fault", () => {
        assert.deepEqual(found("gcp-lb-tls", inPreview(gcp.backend, { loadBalancingScheme: unknownText }, "a"), resourceOf(gcp.backend, "b", { ...soundGcp[gcp.backend], securityPolicy: undefined })), ["undetermined a", "violation b"]);
    });

    it("a firewall id that is not known is a firewall; an attachment that is not known may be one", () => {
        const server = (over: Record<string, unknown>): Resource => inPreview(hcloud.server, { ...soundHcloud[hcloud.server], ...over }, "server");
        assert.deepEqual(found("hcl-server-firewalled", server({ firewallIds: [unknownText] })), []);
        assert.deepEqual(found("hcl-server-firewalled", server({ firewallIds: unknownList })), ["undetermined server"]);
        assert.deepEqual(found("hcl-server-firewalled", server({ firewallIds: [] }), inPreview(hcloud.attachment, { firewallId: unknownText, serverIds: [unknownText] })), ["undetermined server"]);
        assert.deepEqual(found("hcl-server-firewalled", server({ firewallIds: [], labels: { role: "api" } }), inPreview(hcloud.attachment, { firewallId: unknownText, labelSelectors: ["role=api"] })), []);
        assert.deepEqual(found("hcl-server-firewalled", server({ firewallIds: [], labels: { role: "db" } }), inPreview(hcloud.attachment, { firewallId: unknownText, labelSelectors: ["role=api"] })), ["violation server"]);
    });

    it("a subnet that is not known is one of the stack's", () => {
        const redis = inPreview(oci.redis, { ...soundOci[oci.redis], subnetId: unknownText }, "redis");
        assert.deepEqual(found("oci-redis-private", redis, inPreview(oci.subnet, soundOci[oci.subnet]!)), []);
        assert.deepEqual(found("oci-redis-private", redis, inPreview(oci.subnet, { ...soundOci[oci.subnet], prohibitPublicIpOnVnic: false })), ["undetermined redis"]);
    });

    it("with one zone everything is of that zone; with two it must be known", () => {
        const zone = (name: string): Resource => inPreview(cloudflare.zone, { name, id: unknownText }, name);
        const of = (type: string, over: Record<string, unknown> = {}): Resource => inPreview(type, { ...soundCloudflare[type], zoneId: unknownText, ...over });
        const whole = [of(cloudflare.settingsOverride), of(cloudflare.dnssec), of(cloudflare.dnsRecord, { type: "CAA", proxied: false })];
        assert.deepEqual(found("cf-zone-complete", zone("a"), ...whole), []);
        assert.deepEqual(found("cf-zone-complete", zone("a"), ...whole.slice(1)), ["violation a"]);
        assert.deepEqual([...new Set(found("cf-zone-complete", zone("a"), zone("b"), ...whole))], ["undetermined a", "undetermined b"]);
        assert.deepEqual(found("cf-waf", zone("a"), of(cloudflare.ruleset), of(cloudflare.ruleset, { phase: "http_ratelimit" })), []);
        assert.deepEqual(found("cf-waf", zone("a"), of(cloudflare.ruleset, { rules: unknownList })), ["violation a"]);
    });

    it("no unknown place makes any of them fail", () => {
        const stackRules = rules.filter(rule => rule.scope === "stack");
        const all = [soundGcp, soundOci, soundHcloud, soundCloudflare].flatMap(sound => Object.entries(sound));
        for (const unknown of [unknownText, unknownList, unknownObject]) {
            const stack = all.map(([type, properties]) => inPreview(type, Object.fromEntries(Object.keys(properties).map(key => [key, unknown]))));
            for (const rule of stackRules) assert.ok(evaluateStack(rule, stack).every(({ kind }) => kind !== "failure"), rule.id);
        }
    });
});
