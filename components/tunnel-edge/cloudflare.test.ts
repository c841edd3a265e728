import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { TunnelledEdge } from "../../topology/types";
import { TunnelEdge } from ".";
import type { PublicEdge } from "./cloudflare-zone";

type Values = Readonly<Record<string, unknown>>;

describe("Cloudflare before a gateway of ours", () => {
    const seen: pulumi.runtime.MockResourceArgs[] = [];
    let count = 0;

    async function anew(): Promise<void> {
        seen.length = 0;
        await pulumi.runtime.setMocks({ newResource: (args) => (seen.push(args), { id: `${args.name}-id`, state: args.inputs }), call: ({ inputs }) => inputs });
    }
    beforeEach(anew);

    function make(edge: PublicEdge): TunnelEdge<"cloudflare-proxy"> {
        return new TunnelEdge(`edge-${++count}`, { form: { kind: "cloudflare-proxy", zoneId: "zone", zoneName: "example.com", edge, loadBalancer: "192.0.2.7" }, prefix: "agents" });
    }
    async function made(edge: PublicEdge): Promise<(type: string) => Values[]> {
        make(edge);
        await pulumi.runtime.disconnect();
        return (type) => seen.filter((one) => one.type.endsWith(`:${type}`)).map(({ inputs }) => inputs as Values);
    }
    const plain: PublicEdge = { address: "https://app.example.com" };

    it("leads the name to the load balancer, proxied, and says who may sign for the zone", async () => {
        const records = (await made(plain))("DnsRecord");
        const [address, ...authorities] = records.sort((a, b) => (String(a.type) < String(b.type) ? -1 : 1));
        assert.deepEqual([address!.type, address!.name, address!.content, address!.proxied], ["A", "app.example.com", "192.0.2.7", true]);
        assert.deepEqual(authorities.map(({ type, name }) => [type, name]), Array.from({ length: 3 }, () => ["CAA", "example.com"]));
    });

    it("speaks HTTP/3 and Brotli, takes no early data, asks one upper edge, and verifies the gateway", async () => {
        const of = await made(plain);
        const settings = Object.fromEntries(of("ZoneSetting").map(({ settingId, value }) => [settingId, value]));
        assert.deepEqual([settings.http3, settings.brotli, settings["0rtt"]], ["on", "on", "off"]);
        assert.deepEqual([settings.ssl, settings.min_tls_version, settings.tls_1_3, settings.always_use_https], ["strict", "1.2", "on", "on"]);
        assert.deepEqual([...of("TieredCache"), ...of("ArgoTieredCaching"), ...of("ZoneDnssec")].map(({ value, status }) => value ?? status), ["on", "on", "active"]);
    });

    it("makes every customer's name known, proves it by HTTP, and sends it to the gateway under that name", async () => {
        const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
        const customers = fc.uniqueArray(fc.tuple(label, label).map(([host, domain]) => `${host}.${domain}.test`), { maxLength: 5 });
        await fc.assert(fc.asyncProperty(customers, async (hostnames) => {
            await anew();
            const of = await made({ ...plain, hostnames });
            assert.deepEqual(of("CustomHostname").map(({ hostname, customOriginServer, ssl }) => [hostname, customOriginServer, (ssl as Values).method]).sort(), hostnames.map((one) => [one, undefined, "http"]).sort());
            assert.deepEqual(of("CustomHostnameFallbackOrigin").map(({ origin }) => origin), hostnames.length === 0 ? [] : ["app.example.com"]);
            for (const rule of of("Ruleset").filter(({ phase }) => phase !== "http_request_firewall_managed").flatMap(({ rules }) => rules as Values[])) {
                for (const name of ["app.example.com", ...hostnames]) assert.ok(String(rule.expression).includes(`"${name}"`), `${String(rule.ref)} is for ${name} too`);
            }
        }), { numRuns: 20 });
    });

    it("leads customers' names through a tunnel as it leads them to a gateway, which no plan has to be paid for", async () => {
        const edge: TunnelledEdge = { name: "public", kind: "tunnel", enters: "web", ...plain, hostnames: ["www.customer.com"] };
        new TunnelEdge("tunnelled", { form: { kind: "cloudflare", accountId: "account", zoneId: "zone", zoneName: "example.com", edge, front: "http://web:8080" }, prefix: "agents" });
        await pulumi.runtime.disconnect();
        const inputs = (type: string) => seen.filter((one) => one.type.endsWith(`:${type}`)).map((one) => one.inputs as Values);
        assert.deepEqual(inputs("CustomHostname").map(({ hostname, customOriginServer }) => [hostname, customOriginServer]), [["www.customer.com", undefined]]);
        assert.deepEqual(inputs("CustomHostnameFallbackOrigin").map(({ origin }) => origin), ["app.example.com"]);
        const { ingresses } = inputs("ZeroTrustTunnelCloudflaredConfig")[0]!.config as { ingresses: Values[] };
        assert.deepEqual(ingresses.map(({ hostname, service }) => [hostname, service]), [["app.example.com", "http://web:8080"], ["www.customer.com", "http://web:8080"], [undefined, "http_status:404"]]);
    });

    it("lets 100 requests in 60 seconds of each address to the application, or as many as the edge says", async () => {
        const limitOf = (of: (type: string) => Values[]) => (of("Ruleset").find(({ phase }) => phase === "http_ratelimit")!.rules as { ratelimit: Values }[])[0]!.ratelimit;
        const { requestsPerPeriod, period, characteristics } = limitOf(await made(plain));
        assert.deepEqual([requestsPerPeriod, period, characteristics], [100, 60, ["cf.colo.id", "ip.src"]]);
        await anew();
        assert.equal(limitOf(await made({ ...plain, rateLimit: { requests: 7, seconds: 10 } })).requestsPerPeriod, 7);
    });

    it("refuses names of the wrong zone and plain HTTP, all at once and before anything is made", () => {
        assert.throws(() => make({ address: "http://app.elsewhere.com", hostnames: ["www.example.com", "www.customer.com", "example.com"] }), (error: pulumi.ResourceError) => {
            assert.deepEqual(error.message.split("\n").slice(1).map((line) => line.trim().split(" ").slice(0, 2).join(" ")), ["form.edge.address: app.elsewhere.com", "form.edge.hostnames: www.example.com", "form.edge.hostnames: example.com", 'form.edge.address: "http://app.elsewhere.com"']);
            return true;
        });
        assert.deepEqual(seen.filter(({ type }) => type.startsWith("cloudflare:")), []);
    });
});
