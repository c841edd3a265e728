import assert from "node:assert/strict";
import { explainRefusals } from "./admission";

const image = `registry.example.com/agents/app@sha256:${"a".repeat(64)}`;
const denied = (text: string) => `error: failed to create: admission webhook "policy.sigstore.dev" denied the request: validation failed: ${text}`;

describe("a refused image", () => {
    it("is named once, however many containers have it, with the command that mends it", () => {
        const said = ["containers[0]", "initContainers[0]"].map((place) => `failed policy: signed: spec.template.spec.${place}.image\n${image} signature key validation failed for authority pipeline for ${image}: no signatures found`).join("\n");
        const [refusal, ...more] = explainRefusals(denied(said));
        assert.deepEqual(more, []);
        assert.deepEqual([refusal!.reason, refusal!.what], ["unsigned", `image ${image} is not signed by the key of this stack (agent-platform:signingKey)`]);
        assert.match(refusal!.why, /no signatures found/);
        assert.ok(refusal!.fix.endsWith(` ${image}`));
    });

    it("may lack a scan, or be none that is known", () => {
        const said = `failed policy: scanned: spec.containers[0].image\n${image} attestation key validation failed\nno matching policies: spec.containers[1].image\ndocker.io/library/busybox@sha256:1`;
        assert.deepEqual(explainRefusals(denied(said)).map(({ reason, what }) => [reason, what.split(" ")[1]]), [["unscanned", image], ["unknown-image", "docker.io/library/busybox@sha256:1"]]);
    });

    it("is told from a check that does not answer, and from anything else", () => {
        const [refusal] = explainRefusals('Internal error occurred: failed calling webhook "policy.sigstore.dev": failed to call webhook: Post "https://webhook.signatures.svc:443/mutations": connect: connection refused');
        assert.deepEqual([refusal!.reason, /connection refused/.test(refusal!.why)], ["unanswered", true]);
        assert.deepEqual(explainRefusals('admission webhook "validate.other.dev" denied the request: no'), []);
        assert.deepEqual(explainRefusals('Error creating: pods "a" is forbidden: exceeded quota'), []);
    });
});
