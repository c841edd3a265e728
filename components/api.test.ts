import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { repository } from "../toolchain/core/paths";
import { components, inputsOf, pageFor, pageOf, type ComponentFolder } from "./api";

const folders = Object.keys(components) as ComponentFolder[];

describe("the public face of the components", function () {
    this.timeout(60_000);

    for (const folder of folders) {
        it(`of ${components[folder]}: every input says what it is, and what it is when nothing is said`, () => {
            const inputs = inputsOf(folder).flatMap((group) => group.inputs.map((input) => ({ ...input, name: `${group.name}.${input.name}` })));
            assert.ok(inputs.length >= 3);
            assert.deepEqual(inputs.filter((input) => input.description === "").map(({ name }) => name), [], "without a description");
            assert.deepEqual(inputs.filter((input) => input.optional && input.default === "").map(({ name }) => name), [], "optional without @default");
            for (const { source } of inputs) assert.ok(existsSync(join(repository, source)), source);
        });

        it(`of ${components[folder]}: its page is that of the code`, () => {
            assert.equal(readFileSync(pageOf(folder), "utf8"), pageFor(folder), "run: node --import tsx components/api.ts");
        });
    }

    it("works as the examples show it", async () => {
        const seen: string[] = [];
        await pulumi.runtime.setMocks({ newResource: ({ type, name, inputs }) => (seen.push(`${type} ${name}`), { id: `${name}-id`, state: inputs }), call: ({ inputs }) => inputs }, "agent-platform", "examples");
        pulumi.runtime.setAllConfig({ "agent-platform:tunnelToken": "not-a-real-token-0123456789" }, ["agent-platform:tunnelToken"]);
        for (const folder of folders) require(join(repository, "examples", folder));
        await pulumi.runtime.disconnect();
        for (const name of Object.values(components)) assert.ok(seen.some((one) => one.startsWith(`agent-platform:index:${name} `)), name);
        for (const service of ["web", "agent-api", "rag-service", "upload-pipeline", "worker", "cloudflared"]) assert.ok(seen.includes(`kubernetes:apps/v1:Deployment ${service}-deployment`), service);
    });
});
