/** The scaffold over a real gRPC connection, as the engine uses it. */
import { strict as assert } from "node:assert";
import { credentials, Metadata, type CallOptions, type ServiceError } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { diff } from "./diff";
import { silent } from "./engine";
import { InitFailed, PluginError } from "./failure";
import type { Provider } from "./provider";
import { listen } from "./server";
import { fromStruct, secret, toStruct, type Props } from "./values";

describe("a plugin on gRPC", () => {
    let client: ResourceProviderClient;
    const configured: Props[] = [];
    const asked: unknown[] = [];
    const provider: Provider = {
        name: "test",
        version: "1.2.3",
        configure: async (config) => void configured.push(config),
        check: async ({ news, proposedName, namingDisabled }) => ({ inputs: { ...news, proposedName: proposedName ?? null, namingDisabled: namingDisabled ?? null }, failures: [{ property: "a", reason: "is wrong" }] }),
        diff: async ({ oldInputs, newInputs }) => ({ changes: diff(oldInputs, newInputs), replaces: ["spec.fixed"], deleteBeforeReplace: true }),
        create: async ({ inputs, name }) => {
            if (name === "unready") throw new InitFailed("id-1", { half: true }, inputs, ["not ready", "still not"]);
            if (name === "refused") throw new PluginError("refused for a reason");
            return { id: "id-1", outputs: inputs };
        },
        update: async ({ inputs, timeout }) => ({ outputs: { ...inputs, timeout } }),
        read: async ({ id, inputs, outputs }) => (id === "gone" ? undefined : { id, inputs, outputs }),
        delete: async (request) => void asked.push(request),
        cancel: () => void asked.push("cancelled"),
    };

    before(async () => {
        client = new ResourceProviderClient(`127.0.0.1:${await listen(provider, silent)}`, credentials.createInsecure());
    });
    after(() => client.close());

    const call = <Q, A>(method: (request: Q, metadata: Metadata, options: Partial<CallOptions>, callback: (error: ServiceError | null, answer: A) => void) => unknown, request: Q): Promise<A> =>
        new Promise((resolve, reject) => method.call(client, request, new Metadata(), {}, (error, answer) => (error ? reject(error) : resolve(answer))));

    it("accepts secrets and the project's naming rules", async () => {
        const answer = await call(client.handshake, new pb.ProviderHandshakeRequest());
        assert.deepEqual([answer.getAcceptSecrets(), answer.getSupportsAutonamingConfiguration()], [true, true]);
        assert.equal((await call(client.getPluginInfo, new Empty())).getVersion(), "1.2.3");
    });

    it("understands configuration, typed or as JSON", async () => {
        const request = new pb.ConfigureRequest().setArgs(toStruct({ flag: "true", list: "[1]", text: "plain", token: secret("x") }));
        await call(client.configure, request);
        assert.deepEqual(configured.at(-1), { flag: true, list: [1], text: "plain", token: secret("x") });
    });

    it("hands on what is checked, with the naming rules and what failed", async () => {
        const naming = new pb.CheckRequest.AutonamingOptions().setProposedName("proposed").setMode(pb.CheckRequest.AutonamingOptions.Mode.DISABLE);
        const answer = await call(client.check, new pb.CheckRequest().setNews(toStruct({ secret: secret("s") })).setAutonaming(naming));
        assert.deepEqual(fromStruct(answer.getInputs()), { secret: secret("s"), proposedName: "proposed", namingDisabled: true });
        assert.deepEqual(answer.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]), [["a", "is wrong"]]);
    });

    it("tells each difference, and which of them replace", async () => {
        const answer = await call(client.diff, new pb.DiffRequest().setOldInputs(toStruct({ spec: { fixed: { a: 1 }, free: 1 } })).setNews(toStruct({ spec: { fixed: { a: 2 }, free: 2 }, more: 1 })));
        const kinds: Record<string, pb.PropertyDiff.Kind> = {};
        answer.getDetaileddiffMap().forEach((detail, path) => (kinds[path] = detail.getKind()));
        const { Kind } = pb.PropertyDiff;
        assert.deepEqual(kinds, { "spec.fixed.a": Kind.UPDATE_REPLACE, "spec.free": Kind.UPDATE, more: Kind.ADD });
        assert.deepEqual([answer.getDiffsList().sort(), answer.getReplacesList(), answer.getDeletebeforereplace(), answer.getChanges()], [["more", "spec"], ["spec.fixed"], true, pb.DiffResponse.DiffChanges.DIFF_SOME]);
    });

    it("says that nothing changed in a way the engine does not ask again", async () => {
        const answer = await call(client.diff, new pb.DiffRequest().setOldInputs(toStruct({ a: 1 })).setNews(toStruct({ a: 1 })));
        assert.deepEqual([answer.getChanges(), answer.getHasdetaileddiff()], [pb.DiffResponse.DiffChanges.DIFF_NONE, true]);
    });

    it("keeps a resource that was made but is not ready", async () => {
        const error = await call(client.create, new pb.CreateRequest().setName("unready").setProperties(toStruct({ a: 1 }))).then(() => assert.fail(), (reason: ServiceError) => reason);
        const [packed] = error.metadata.get("grpc-status-details-bin");
        const detail = Status.deserializeBinary(packed as Buffer).getDetailsList()[0] as Any;
        const failed = detail.unpack(pb.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
        assert.deepEqual([failed?.getId(), fromStruct(failed?.getProperties()), fromStruct(failed?.getInputs()), failed?.getReasonsList()], ["id-1", { half: true }, { a: 1 }, ["not ready", "still not"]]);
    });

    it("passes on the words of a failure, and nothing of the stack", async () => {
        await assert.rejects(call(client.create, new pb.CreateRequest().setName("refused")), { details: "refused for a reason" });
    });

    it("gives times in milliseconds", async () => {
        assert.equal(fromStruct((await call(client.update, new pb.UpdateRequest().setTimeout(1.5))).getProperties()).timeout, 1500);
    });

    it("says that a resource is gone by giving no identifier", async () => {
        assert.equal((await call(client.read, new pb.ReadRequest().setId("gone"))).getId(), "");
        assert.equal((await call(client.read, new pb.ReadRequest().setId("there"))).getId(), "there");
    });

    it("refuses functions that it does not have", async () => {
        await assert.rejects(call(client.invoke, new pb.InvokeRequest().setTok("test:a:b")), /has no function test:a:b/);
    });

    it("hands on that the person wants to stop", async () => {
        await call(client.cancel, new Empty());
        assert.equal(asked.at(-1), "cancelled");
    });
});
