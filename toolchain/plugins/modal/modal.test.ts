import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { Driven } from "../testing/driver";
import { secret, UNKNOWN, type Props } from "../sdk/values";
import { AppState } from "./messages";
import { modalProvider } from "./provider";
import { modalToken, ModalWorld } from "./testing/server";

const wanted = (more: Props = {}): Props => ({
    name: "agents-ocr", imageCommands: ["FROM python:3.12-slim", "COPY ocr.py /root/ocr.py"], imageFiles: { "ocr.py": "print('hello')" }, module: "ocr", function: "serve", port: 8000, gpu: "L4", memoryMb: 16_384, ...more,
});

describe("the Modal plugin", () => {
    let world: ModalWorld;
    let apps: Driven;
    let secrets: Driven;

    beforeEach(async () => {
        world = new ModalWorld();
        const provider = modalProvider("1.0.0", { pause: 1, timeout: 2_000 });
        await provider.configure?.({ tokenId: secret(modalToken.id), tokenSecret: secret(modalToken.secret), baseUrl: await world.listen() }, { progress: () => undefined, warn: () => undefined });
        apps = new Driven(provider, "modal:index:WebApp");
        secrets = new Driven(provider, "modal:index:Secret");
    });
    afterEach(() => world.close());

    it("builds, registers and publishes an app; does it again in place; stops it", async () => {
        const key = await secrets.create({ name: "agents-ocr", values: { TS_CLIENT_ID: "x" } });
        assert.deepEqual(key.outputs.values, secret({ TS_CLIENT_ID: "x" }));
        const made = await apps.create(wanted({ secretIds: [key.id] }));
        assert.deepEqual([made.id, made.outputs.url], ["main/agents-ocr", "https://acme--agents-ocr-serve.modal.run"]);
        const given = world.functions.get(String(made.outputs.functionId))!;
        assert.deepEqual(given.webhookConfig, { type: 4, requestedSuffix: "", asyncMode: 4, webServerPort: 8000, webServerStartupTimeout: 120, requiresProxyAuth: true });
        assert.deepEqual([given.moduleName, given.functionName, given.secretIds, given.resources], ["ocr", "serve", [key.id], { memoryMb: 16_384, milliCpu: 1000, gpuConfig: { count: 1, gpuType: "L4" } }]);
        const [image] = world.images.values();
        assert.deepEqual([image!.dockerfileCommands[0], image!.contextFiles[0]!.data.toString()], ["FROM python:3.12-slim", "print('hello')"]);
        const again = await apps.update(made, wanted({ secretIds: [key.id], memoryMb: 32_768 }));
        assert.deepEqual([again.outputs.functionId, again.outputs.appId], [made.outputs.functionId, made.outputs.appId], "the same function, another version");
        assert.equal(world.apps.get("agents-ocr")!.version, 2);
        assert.deepEqual((await apps.read(made.id, made.inputs, made.outputs))?.inputs, made.inputs);
        await apps.delete(again);
        assert.equal(world.apps.get("agents-ocr")!.state, AppState.Stopped);
        assert.equal(await apps.read(made.id, made.inputs, made.outputs), undefined);
        await apps.delete(again);
    });

    it("changes and removes secrets key by key, and sees one that somebody removed", async () => {
        const made = await secrets.create({ name: "keys", values: { A: "1", B: "2" } });
        const next = await secrets.update(made, { name: "keys", values: { B: "3", C: "" } });
        assert.deepEqual(world.secrets.get(made.id)!.values, { B: "3", C: "" });
        delete world.secrets.get(made.id)!.values.B;
        assert.deepEqual((await secrets.read(made.id, { name: "keys", environment: "main", values: { B: "3", C: "" } }))?.inputs.values, { C: "" });
        await secrets.delete(next);
        await secrets.delete(next);
        assert.equal(await secrets.read(made.id, made.inputs), undefined);
    });

    it("makes a call again that failed for now, under the same key, and no other", async () => {
        world.troubles.push({ code: status.UNAVAILABLE, details: "draining" }, { code: status.RESOURCE_EXHAUSTED, details: "slow down" });
        await secrets.create({ name: "keys", values: {} });
        assert.deepEqual(world.asked, ["SecretGetOrCreate", "SecretGetOrCreate", "SecretGetOrCreate"]);
        world.troubles.push({ code: status.INVALID_ARGUMENT, details: "secret names may not be empty" });
        await assert.rejects(secrets.create({ name: "keys", values: {} }), /Modal refused SecretGetOrCreate \(INVALID_ARGUMENT\): secret names may not be empty/);
    });

    it("says why an image could not be built, and what the environment lacks", async () => {
        world.buildFailure = "pip failed with exit code 1";
        await assert.rejects(apps.create(wanted()), /Modal could not build the image of "agents-ocr": pip failed with exit code 1/);
        world.builderVersion = "2024.10";
        await assert.rejects(apps.create(wanted()), /builds images the way of 2024\.10; choose 2025\.06 or later/);
    });

    it("says what is wrong before anything is asked; a preview asks nobody", async () => {
        assert.deepEqual(await apps.failures(wanted({ gpu: "RTX", imageCommands: ["RUN true"], port: UNKNOWN })), ["imageCommands must be lines of a Dockerfile that begin with FROM", "gpu must be a kind of GPU at Modal"]);
        assert.equal((await apps.preview(wanted())).url, UNKNOWN);
        assert.deepEqual(world.asked, []);
    });
});
