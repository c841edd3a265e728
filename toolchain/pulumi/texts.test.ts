/** What is read from, and said about, the texts of Pulumi: its events, its errors, its files. */
import { strict as assert } from "node:assert";
import { EventReader } from "./events";
import { explainFailure } from "./failures";
import { sameSettings, withoutSalt } from "./stackFile";

const urn = (name: string): string => `urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::${name}`;
const read = (preview: boolean, ...events: (object | string)[]) => {
    const lines: string[] = [];
    const reader = new EventReader((line) => lines.push(line), preview);
    for (const event of events) reader.line(typeof event === "string" ? event : JSON.stringify(event));
    return { lines, summary: reader.result() };
};
const step = (op: string, name: string, more: object = {}) => ({ metadata: { op, urn: urn(name), type: "kubernetes:apps/v1:Deployment", ...more } });

describe("the events of a run", () => {
    it("add up to a summary", () => {
        const { summary } = read(false,
            { resourcePreEvent: step("create", "a", { detailedDiff: null }) },
            { resourcePreEvent: step("update", "b", { detailedDiff: { "spec.replicas": {} } }) },
            { resourcePreEvent: step("same", "c") },
            { diagnosticEvent: { urn: urn("a"), message: "careful\n", severity: "warning" } },
            { policyEvent: { resourceUrn: urn("a"), message: "not so\n", policyName: "rule", policyPackName: "pack", enforcementLevel: "mandatory" } },
            { summaryEvent: { durationSeconds: 3, resourceChanges: { create: 1, update: 1, same: 5 }, result: "succeeded" } },
        );
        assert.deepEqual([summary.changed, summary.seconds, summary.finished], [2, 3, true]);
        assert.deepEqual(summary.changes.map(({ op, name, properties }) => [op, name, properties]), [["create", "a", []], ["update", "b", ["spec.replicas"]]]);
        assert.deepEqual(summary.violations, [{ policy: "rule", pack: "pack", level: "mandatory", message: "not so", urn: urn("a") }]);
        assert.deepEqual(summary.diagnostics, [{ severity: "warning", message: "careful", urn: urn("a") }]);
    });

    it("tell what goes on now, and how many things at once", () => {
        const { lines } = read(false,
            { resourcePreEvent: step("create", "a") },
            { resourcePreEvent: step("delete-replaced", "b") },
            { diagnosticEvent: { urn: urn("a"), message: "0 of 1 replicas available", severity: "info", ephemeral: true } },
            { resOutputsEvent: step("create", "a") },
            { resOpFailedEvent: step("delete-replaced", "b") },
        );
        assert.deepEqual(lines, ["creating Deployment a", "deleting old Deployment b and 1 more", "a: 0 of 1 replicas available", "deleting old Deployment b", "Deployment b failed"]);
    });

    it("give away nothing of the debug messages, in which secrets are in clear", () => {
        const { lines, summary } = read(false, { diagnosticEvent: { message: "RegisterResource password,,,hunter2", severity: "debug" } });
        assert.equal(JSON.stringify([lines, summary]).includes("hunter2"), false);
    });

    it("are not confused by other output", () => {
        assert.equal(read(true, "plain text", "{ half", "", "{}").summary.changed, 0);
    });
});

describe("failures of Pulumi", () => {
    for (const [text, code] of [
        ["error: the stack is currently locked by 1 lock(s). Either wait\n  file:///s/x.json: created by ann@host (pid 42) at 2026-01-01T00:00:00Z", "AP-STACK-LOCKED"],
        ["error: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE", "AP-PASSPHRASE-WRONG"],
        ["error: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "AP-PASSPHRASE-LOST"],
        ["error: configured Kubernetes cluster is unreachable: https://x (context \"y\"): refused", "AP-CLUSTER-UNREACHABLE"],
        ["error: could not deserialize deployment: unexpected end", "AP-STATE-BROKEN"],
        ["error: no resource plugin 'pulumi-resource-kubernetes' found in the workspace", "AP-PULUMI-MISSING"],
        ["Could not automatically download and install resource plugin 'pulumi-resource-gcp' at version v9.37.0, install it", "AP-CLOUD-PLUGIN"],
        ["error: something else", "AP-PULUMI-FAILED"],
    ] as const) {
        it(`become ${code}`, () => assert.equal(explainFailure("dev", "previewing", text, undefined).code, code));
    }

    it("name the holder of a lock, and repeat no error", () => {
        assert.match(explainFailure("dev", "x", "the stack is currently locked by 1\ncreated by ann@host (pid 42) at now", undefined).why, /ann on host \(process 42\)/);
        const { summary } = read(false, { diagnosticEvent: { message: "it broke", severity: "error" } }, { diagnosticEvent: { message: "update failed", severity: "error" } });
        assert.equal(explainFailure("dev", "deploying", "error: it broke\nerror: update failed\n", summary).why, "it broke");
    });
});

describe("the file of a stack", () => {
    const salt = "v1:abc=:v1:def:ghi=";

    it("loses a salt that the state holds too, and keeps everything else to the letter", () => {
        assert.equal(withoutSalt(`# first\nencryptionsalt: ${salt}\nconfig:\n  a: 1 # one\n`, salt), "# first\nconfig:\n  a: 1 # one\n");
    });

    it("keeps a salt that something needs, or that is not known to be kept elsewhere", () => {
        for (const [text, state] of [
            [`encryptionsalt: ${salt}\nconfig:\n  a:\n    secure: v1:x\n`, salt],
            [`encryptionsalt: ${salt}\n`, "v1:other"],
            [`encryptionsalt: ${salt}\n`, undefined],
            ["config: {}\n", salt],
            ["a: [", salt],
        ] as const) assert.equal(withoutSalt(text, state), text);
    });

    it("says the same when only the way of writing differs", () => {
        assert.ok(sameSettings("config:\n  a: 1 # one\n  b: false\n", `config:\n  b: "false"\n  a: "1"\n`));
        assert.ok(!sameSettings("config: {a: 1}", "config: {a: 2}"));
        assert.ok(!sameSettings("config: {a: 1}", "config: {a: 1, b: 1}"));
    });
});
