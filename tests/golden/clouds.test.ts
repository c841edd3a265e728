/**
 * What the stacks register that are no Kubernetes, against tests/golden/clouds/<stack>.json. `UPDATE_GOLDEN=1` writes the files
 * anew. Outputs are unknown here; tests/engine/clouds runs the same stacks on simulated clouds, with policies.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canary, everySettingOutside, listsWithSecrets } from "../../config/testing";
import { configurationOf, graphOf, imagesOf, type Graph } from "./graph";

const digest = (digit: string) => `@sha256:${digit.repeat(64)}`;
const published = { nginx: `docker.io/nginxinc/nginx-unprivileged${digest("5")}`, squid: `docker.io/ubuntu/squid${digest("6")}`, tailscale: `docker.io/tailscale/tailscale${digest("7")}` };

interface Case {
    readonly secrets: Readonly<Record<string, string>>;
    readonly providers: readonly string[];
}

/** Each stack with what its file leaves to be filled in; secrets are canaries. */
const bare: Readonly<Record<string, Case>> = {
    "managed-gcp": { secrets: {}, providers: ["gcp", "random"] },
    mesh: {
        secrets: { cloudflareToken: canary, tailscaleClientId: canary, tailscaleClientSecret: canary, flyToken: canary, modalTokenId: `ak-${canary}`, modalTokenSecret: `as-${canary}`, neonApiKey: canary },
        providers: ["cloudflare", "fly", "gcp", "modal", "neon", "oci", "random", "tailscale"],
    },
};

/** And each with every setting of the application. */
const cases = Object.entries(bare).flatMap(([stack, one]) => [{ stack, file: stack, plain: {}, keys: [] as readonly string[], ...one }, { stack, file: `${stack}.settings`, plain: everySettingOutside, keys: listsWithSecrets, ...one }]);

for (const { stack, file, plain, keys: lists, secrets, providers } of cases) {
    describe(`the graph of ${file}`, function () {
        this.timeout(120_000);
        let graph: Graph;
        before(async () => {
            const keys = Object.fromEntries(Object.entries({ ...plain, ...secrets }).map(([key, value]) => [`agent-platform:${key}`, value]));
            graph = await graphOf(stack, configurationOf(stack, { "agent-platform:images": JSON.stringify({ ...imagesOf(stack), ...published }), ...keys }), [...Object.keys(secrets), ...lists].map((key) => `agent-platform:${key}`));
        });

        it("is the committed one", () => {
            const path = join(__dirname, "clouds", `${file}.json`);
            if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, `${JSON.stringify(graph, null, 2)}\n`);
            assert.deepEqual(graph, JSON.parse(readFileSync(path, "utf8")), "if this is meant: UPDATE_GOLDEN=1 and look at the difference");
        });

        it("has every resource in a component and with a provider of the stack", () => {
            for (const resource of graph.resources.filter(({ type }) => !type.startsWith("agent-platform:") && !type.startsWith("pulumi:"))) {
                assert.ok(resource.parent !== undefined, `${resource.name} has a parent`);
                assert.equal(resource.provider, resource.type.split(":")[0], resource.name);
                assert.ok(providers.includes(resource.provider!), resource.name);
            }
        });

        it("protects what keeps data, and passwords", () => {
            const stateful = graph.resources.filter(({ type }) => /:(DatabaseInstance|Database|Bucket|RandomPassword|Project|CryptoKey)$/.test(type) && !type.startsWith("pulumi:"));
            assert.ok(stateful.length >= 5);
            // A key that does not sign has nothing to lose.
            for (const { name, protect } of stateful) assert.equal(protect, name === "agents-session-key-2" ? undefined : true, name);
        });

        it("shows no secret", () => {
            const text = JSON.stringify(graph);
            assert.ok(!text.includes("generated-") && !text.includes(canary));
        });
    });
}
