/** What can be made at Modal: secrets, and apps of one function that serves HTTP. */
import { z } from "zod";
import { PluginError } from "../sdk/failure";
import { drift, type Kind } from "../sdk/kinds";
import type { ModalClient, WebFunction } from "./client";

const objectName = z.string().regex(/^[a-zA-Z0-9][-a-zA-Z0-9._]{0,63}$/).describe("letters, digits, \"-\", \".\" and \"_\", at most 64");
const pythonName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/).describe("a name of Python");
const environment = objectName.default("main").describe("the name of an environment at Modal");

export const secretInputs = z.object({
    name: objectName,
    environment,
    values: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).describe("secrets by the name of their environment variable"),
});

export const webAppInputs = z.object({
    name: objectName,
    environment,
    imageCommands: z.array(z.string()).min(1).refine(([first]) => /^FROM \S+/.test(first ?? "")).describe("lines of a Dockerfile that begin with FROM"),
    imageFiles: z.record(z.string().regex(/^[\w.-]+$/), z.string()).default({}).describe("texts by file name, for COPY"),
    module: pythonName,
    function: pythonName,
    port: z.number().int().min(1).max(65535).describe("the port of the server that the function starts"),
    gpu: z.enum(["T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100", "H200", "B200"]).optional().describe("a kind of GPU at Modal"),
    gpus: z.number().int().min(1).max(8).default(1).describe("a whole number from 1 to 8"),
    cpuMillis: z.number().int().min(125).max(64_000).default(1000).describe("thousandths of a core, 125 to 64000"),
    memoryMb: z.number().int().min(128).max(344_064).default(1024).describe("a whole number from 128 to 344064"),
    timeoutSeconds: z.number().int().min(1).max(86_400).default(300).describe("a whole number of seconds up to 86400"),
    startupSeconds: z.number().int().min(1).max(3_600).default(120).describe("a whole number of seconds up to 3600"),
    minContainers: z.number().int().min(0).max(1000).default(0).describe("a whole number from 0"),
    maxContainers: z.number().int().min(1).max(1000).default(5).describe("a whole number from 1"),
    idleSeconds: z.number().int().min(2).max(3_600).default(60).describe("a whole number of seconds from 2 to 3600"),
    concurrentRequests: z.number().int().min(1).max(1000).default(1).describe("a whole number from 1 to 1000"),
    secretIds: z.array(z.string()).default([]).describe("ids of secrets at Modal"),
});

type SecretInputs = z.output<typeof secretInputs>;
type WebAppInputs = z.output<typeof webAppInputs>;

export const secret: Kind<ModalClient, SecretInputs> = {
    inputs: secretInputs,
    computed: ["secretId"],
    stable: ["secretId"],
    secrets: ["values"],
    replaces: ["name", "environment"],
    async create(client, { name, environment, values }) {
        const secretId = await client.putSecret(name, environment, values);
        return { id: secretId, outputs: { secretId } };
    },
    async update(client, id, { values }, before) {
        await client.updateSecret(id, values, Object.keys(before.inputs.values).filter((key) => !(key in values)));
        return { secretId: id };
    },
    async read(client, id, inputs) {
        const found = await client.secret(id);
        if (found === undefined) return undefined;
        // Values cannot be read back; one that somebody deleted is missing among the keys, and is set again.
        const values = Object.fromEntries(Object.entries(inputs?.values ?? {}).filter(([key]) => found.keys.includes(key)));
        return { inputs: { name: found.name, environment: found.environment, values }, outputs: { secretId: id } };
    },
    async delete(client, id) {
        await client.deleteSecret(id);
    },
};

export const webApp: Kind<ModalClient, WebAppInputs> = {
    inputs: webAppInputs,
    computed: ["appId", "functionId", "imageId", "url"],
    stable: ["appId", "functionId", "url"],
    secrets: [],
    replaces: ["name", "environment"],
    async create(client, inputs) {
        return { id: `${inputs.environment}/${inputs.name}`, outputs: { ...(await client.deploy(wantedOf(inputs))) } };
    },
    async update(client, _id, inputs) {
        return { ...(await client.deploy(wantedOf(inputs))) };
    },
    async read(client, id, inputs) {
        const [environment, name, ...more] = id.split("/");
        if (!environment || !name || more.length > 0) throw new PluginError(`"${id}" is no id of an app: <environment>/<name>`);
        const found = await client.app(name, environment);
        if (found === undefined) return undefined;
        const actual = { name, environment };
        return { inputs: inputs === undefined ? actual : drift({ name: inputs.name, environment: inputs.environment }, actual), outputs: { appId: found.appId } };
    },
    async delete(client, _id, { name, environment }) {
        const found = await client.app(name, environment);
        if (found !== undefined) await client.stop(found.appId);
    },
};

function wantedOf({ name, ...inputs }: WebAppInputs): WebFunction {
    return { ...inputs, app: name };
}
