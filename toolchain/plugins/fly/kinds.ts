/** What can be made at Fly.io: an app, its secrets, its machines. */
import { z } from "zod";
import { makeOnce } from "../sdk/http";
import { PluginError } from "../sdk/failure";
import { drift, type Kind } from "../sdk/kinds";
import type { Props } from "../sdk/values";
import type { FlyClient, FlyMachine, FlyMachineConfig } from "./client";

const appName = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/).describe("small letters, digits and \"-\", at most 63: names are shared by all customers of Fly.io");
const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

export const appInputs = z.object({
    name: appName,
    organization: z.string().min(1).describe("the slug of the organization that pays"),
    network: z.string().min(1).optional().describe("the name of a private network of its own; without one the app shares that of the organization"),
});

export const secretsInputs = z.object({
    app: appName,
    values: variables.describe("secrets by the name of their environment variable"),
});

export const machineInputs = z.object({
    app: appName,
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/).describe("small letters, digits and \"-\", at most 63; unique in the app"),
    region: z.string().regex(/^[a-z]{3}$/).describe("the three letters of a region, e.g. fra"),
    image: z.string().regex(/@sha256:[0-9a-f]{64}$/).describe("an image by digest: name@sha256:<64 hex digits>"),
    cpuKind: z.enum(["shared", "performance"]).default("shared").describe("shared or performance"),
    cpus: z.number().int().min(1).max(16).default(1).describe("a whole number from 1 to 16"),
    memoryMb: z.number().int().min(256).max(131072).multipleOf(256).default(256).describe("a multiple of 256 from 256 to 131072"),
    environment: variables.default({}).describe("settings by the name of their environment variable; no secrets"),
    sidecars: z.array(z.object({ name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/), image: z.string().regex(/@sha256:[0-9a-f]{64}$/), command: z.array(z.string()), environment: variables }))
        .default([]).describe("containers beside the image, each with a name, an image by digest, a command (empty: its own) and an environment"),
    command: z.array(z.string()).optional().describe("what runs instead of the image's own command"),
    files: z.array(z.object({ path: z.string().startsWith("/"), content: z.string().optional(), secret: z.string().optional() }).refine((file) => (file.content === undefined) !== (file.secret === undefined)))
        .default([]).describe("files by absolute path, each with a content or the name of a secret that holds it in base64"),
    secretsVersion: z.number().int().min(0).optional().describe("the version of the app's secrets that it must have: the output `version` of the secrets"),
    healthPort: z.number().int().min(1).max(65535).optional().describe("the port where GET healthPath answers 200"),
    healthPath: z.string().startsWith("/").default("/health").describe("a path that starts with /"),
    stopSeconds: z.number().int().min(1).max(300).default(30).describe("seconds from 1 to 300 between being asked to stop and being killed"),
});

type AppInputs = z.output<typeof appInputs>;
type SecretsInputs = z.output<typeof secretsInputs>;
type MachineInputs = z.output<typeof machineInputs>;

/** Where a machine carries the URN it was made for, so that a creation that was cut off is found again. */
const ownerMark = "pulumi_urn";
const startLimit = 300_000;

export const app: Kind<FlyClient, AppInputs> = {
    inputs: appInputs,
    computed: ["status"],
    secrets: [],
    replaces: ["name", "organization", "network"],
    deleteBeforeReplace: true,
    async create(client, { name, organization, network }) {
        const mine = async () => {
            const there = await client.app(name);
            if (there !== undefined && there.organization.slug !== organization) throw new PluginError(`the app name "${name}" is taken at Fly.io by the organization ${there.organization.slug}: choose another`);
            if (there !== undefined && (there.machine_count ?? 0) > 0) throw new PluginError(`the app "${name}" exists at Fly.io and has machines: if it is this one, import it (pulumi import fly:index:App ${name} ${name})`);
            return there;
        };
        const made = await makeOnce(mine, async () => {
            await client.createApp(name, organization, network);
            return (await client.app(name)) ?? { status: "pending" };
        });
        return { id: name, outputs: { status: made.status } };
    },
    async update(_client, _id, _inputs, { outputs }) {
        return outputs;
    },
    async read(client, id, inputs) {
        const found = await client.app(id);
        if (found === undefined) return undefined;
        const actual: Props = { name: found.name, organization: found.organization.slug, ...(inputs?.network === undefined ? {} : { network: found.network ?? "" }) };
        return { inputs: inputs === undefined ? actual : drift(inputs, actual), outputs: { status: found.status } };
    },
    async delete(client, id) {
        await client.deleteApp(id);
    },
};

/** All secrets that this program sets at an app; others of the app are left alone. */
export const secrets: Kind<FlyClient, SecretsInputs> = {
    inputs: secretsInputs,
    computed: ["version", "digests"],
    secrets: ["values"],
    replaces: ["app"],
    async create(client, { app, values }) {
        return { id: app, outputs: await set(client, app, values) };
    },
    async update(client, _id, { app, values }, before) {
        const gone = Object.keys(before.inputs.values).filter((key) => !(key in values));
        return set(client, app, { ...values, ...Object.fromEntries(gone.map((key) => [key, null])) });
    },
    async read(client, id, inputs) {
        if ((await client.app(id)) === undefined) return undefined;
        const digests = Object.fromEntries((await client.secrets(id)).map(({ name, digest }) => [name, digest]));
        // Values cannot be read back; one that somebody deleted is missing among the digests, and is set again.
        const values = Object.fromEntries(Object.entries(inputs?.values ?? {}).filter(([key]) => key in digests));
        return { inputs: { app: id, values }, outputs: { digests } };
    },
    async delete(client, id, { values }) {
        if ((await client.app(id)) === undefined) return;
        await client.setSecrets(id, Object.fromEntries(Object.keys(values).map((key) => [key, null])));
    },
};

export const machine: Kind<FlyClient, MachineInputs> = {
    inputs: machineInputs,
    computed: ["machineId", "privateIp", "instanceId", "state"],
    stable: ["machineId", "privateIp"],
    secrets: [],
    replaces: ["app", "name", "region"],
    deleteBeforeReplace: true,
    async create(client, inputs, { urn }) {
        const { app, name, region } = inputs;
        const mine = async () => {
            const there = (await client.machines(app)).find((one) => one.name === name && one.state !== "destroyed");
            if (there !== undefined && there.config?.metadata?.[ownerMark] !== urn) throw new PluginError(`the app "${app}" has a machine "${name}" already that this program did not make: if it is this one, import it (pulumi import fly:index:Machine ${name} ${app}/${there.id})`);
            return there;
        };
        const made = await makeOnce(mine, () => client.createMachine(app, { name, region, config: configOf(inputs, urn), ...secretsVersion(inputs) }));
        await client.waitFor(app, made, "started", startLimit);
        return { id: `${app}/${made.id}`, outputs: outputsOf({ ...made, state: "started" }) };
    },
    async update(client, id, inputs, _before, { urn }) {
        const { app, machine } = partsOf(id);
        const updated = await client.updateMachine(app, machine, { region: inputs.region, config: configOf(inputs, urn), ...secretsVersion(inputs) });
        await client.waitFor(app, updated, "started", startLimit);
        return outputsOf({ ...updated, state: "started" });
    },
    async read(client, id, inputs) {
        const { app, machine } = partsOf(id);
        const found = await client.machine(app, machine);
        if (found === undefined || found.state === "destroyed" || found.state === "destroying") return undefined;
        const actual = inputsOf(app, found);
        return { inputs: inputs === undefined ? actual : drift(inputs as unknown as Props, actual), outputs: outputsOf(found) };
    },
    async delete(client, id, _inputs, timeout) {
        const { app, machine } = partsOf(id);
        const found = await client.machine(app, machine);
        if (found === undefined) return;
        await client.destroyMachine(app, machine);
        await client.waitFor(app, found, "destroyed", timeout || startLimit);
    },
};

async function set(client: FlyClient, app: string, values: Readonly<Record<string, string | null>>): Promise<Props> {
    const { version, secrets } = await client.setSecrets(app, values);
    const kept = Object.keys(values).filter((key) => values[key] !== null);
    return { version, digests: Object.fromEntries(secrets.filter(({ name }) => kept.includes(name)).map(({ name, digest }) => [name, digest])) };
}

function configOf(inputs: MachineInputs, urn: string): FlyMachineConfig {
    return {
        image: inputs.image,
        env: inputs.environment,
        guest: { cpu_kind: inputs.cpuKind, cpus: inputs.cpus, memory_mb: inputs.memoryMb },
        ...(inputs.command === undefined ? {} : { init: { cmd: inputs.command } }),
        files: inputs.files.map(({ path, content, secret }) => ({ guest_path: path, ...(content === undefined ? {} : { raw_value: Buffer.from(content).toString("base64") }), ...(secret === undefined ? {} : { secret_name: secret }) })),
        ...(inputs.sidecars.length === 0 ? {} : { containers: containersOf(inputs) }),
        restart: { policy: "always" },
        stop_config: { timeout: `${inputs.stopSeconds}s`, signal: "SIGTERM" },
        metadata: { [ownerMark]: urn },
        ...(inputs.healthPort === undefined ? {} : { checks: { health: { type: "http", port: inputs.healthPort, path: inputs.healthPath, method: "GET", interval: "15s", timeout: "5s", grace_period: "60s" } } }),
    };
}

function containersOf({ name, image, environment, command, sidecars }: MachineInputs): NonNullable<FlyMachineConfig["containers"]> {
    const restart = { policy: "always" };
    return [
        { name, image, env: environment, ...(command === undefined ? {} : { cmd: command }), restart },
        ...sidecars.map((one) => ({ name: one.name, image: one.image, env: one.environment, ...(one.command.length === 0 ? {} : { cmd: one.command }), restart })),
    ];
}

/** The inputs that would make a machine like this one. */
function inputsOf(app: string, { name, region, config }: FlyMachine): Props {
    if (config === undefined) return { app, name, region };
    const { health } = config.checks ?? {};
    return {
        app, name, region, image: config.image, cpuKind: config.guest.cpu_kind, cpus: config.guest.cpus, memoryMb: config.guest.memory_mb, environment: { ...config.env },
        ...(config.init?.cmd === undefined ? {} : { command: [...config.init.cmd] }),
        ...(config.files === undefined ? {} : { files: config.files.map((file) => ({ path: file.guest_path, ...(file.raw_value === undefined ? {} : { content: Buffer.from(file.raw_value, "base64").toString() }), ...(file.secret_name === undefined ? {} : { secret: file.secret_name }) })) }),
        sidecars: (config.containers ?? []).slice(1).map((one) => ({ name: one.name, image: one.image, command: [...(one.cmd ?? [])], environment: { ...one.env } })),
        ...(health === undefined ? {} : { healthPort: health.port, healthPath: health.path }),
        ...(config.stop_config === undefined ? {} : { stopSeconds: Number.parseInt(config.stop_config.timeout, 10) }),
    };
}

function outputsOf({ id, private_ip, instance_id, state }: FlyMachine): Props {
    return { machineId: id, privateIp: private_ip, instanceId: instance_id, state };
}

function secretsVersion({ secretsVersion: version }: MachineInputs): { min_secrets_version?: number } {
    return version === undefined ? {} : { min_secrets_version: version };
}

function partsOf(id: string): { app: string; machine: string } {
    const [app, machine, ...more] = id.split("/");
    if (!app || !machine || more.length > 0) throw new PluginError(`"${id}" is no id of a machine: <app>/<machine id>`);
    return { app, machine };
}
