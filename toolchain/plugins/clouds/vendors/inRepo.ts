/** Fly.io, Modal and Neon, whose plugins this repository has itself: their own rules are used, only their clouds are not. */
import * as fly from "../../fly/kinds";
import { flyProvider } from "../../fly/provider";
import * as modal from "../../modal/kinds";
import { modalProvider } from "../../modal/provider";
import * as neon from "../../neon/kinds";
import { neonProvider } from "../../neon/provider";
import type { Kind as OwnKind } from "../../sdk/kinds";
import type { Provider } from "../../sdk/provider";
import type { Props } from "../../sdk/values";
import type { FaultPlanOfRun } from "../faults";
import type { Journal } from "../journal";
import { CloudProvider } from "../provider";
import type { Field, Schema } from "../schema";
import type { Kind, Vendor } from "../vendor";

interface Own {
    provider(version: string): Provider;
    types: Readonly<Record<string, OwnKind<never, never>>>;
    kinds: Readonly<Record<string, Kind>>;
    aliases?: Readonly<Record<string, string>>;
}

const own: Readonly<Record<string, Own>> = {
    fly: {
        provider: flyProvider,
        types: { App: fly.app, Secrets: fly.secrets, Machine: fly.machine },
        kinds: {
            "fly:index:App": { id: ({ inputs }) => String(inputs.name), outputs: () => ({ status: "deployed" }) },
            "fly:index:Secrets": { id: ({ inputs }) => String(inputs.app), outputs: ({ inputs, seed }) => ({ version: 1, digests: Object.fromEntries(Object.keys((inputs.values ?? {}) as Props).map((name) => [name, seed.of(name).hex(16)])) }) },
            "fly:index:Machine": {
                id: ({ inputs, seed }) => `${String(inputs.app)}/${seed.of("machine").hex(14)}`,
                outputs: ({ seed }) => ({ machineId: seed.of("machine").hex(14), instanceId: `01${seed.of("instance").word(24).toUpperCase()}`, privateIp: `fdaa:0:${seed.of("ip").hex(4)}:a7b:${seed.of("ip2").hex(4)}:2:0:1`, state: "started" }),
            },
        },
        aliases: { app: "app" },
    },
    modal: {
        provider: modalProvider,
        types: { Secret: modal.secret, WebApp: modal.webApp },
        kinds: {
            "modal:index:Secret": { id: ({ seed }) => `st-${seed.of("secret").token(22)}`, outputs: ({ seed }) => ({ secretId: `st-${seed.of("secret").token(22)}` }) },
            "modal:index:WebApp": {
                id: ({ inputs }) => `${String(inputs.environment)}/${String(inputs.name)}`,
                outputs: ({ inputs, seed }) => ({ appId: `ap-${seed.token(22)}`, functionId: `fu-${seed.of("function").token(22)}`, imageId: `im-${seed.of("image").token(22)}`, url: `https://simulated--${String(inputs.name)}-${String(inputs.function ?? "web")}.modal.run` }),
            },
        },
    },
    neon: {
        provider: neonProvider,
        types: { Project: neon.project },
        kinds: {
            "neon:index:Project": {
                id: ({ seed }) => `${seed.of("a").word(6)}-${seed.of("b").word(6)}-${seed.digits(8)}`,
                outputs: ({ inputs, seed }) => {
                    const host = `ep-${seed.of("ep").word(6)}-${seed.of("ep2").word(6)}-${seed.of("ep").digits(8)}.${String(inputs.region ?? "aws-eu-central-1").replace(/^(aws|azure)-(.*)$/, "$2.$1")}.neon.tech`;
                    return { branchId: `br-${seed.of("br").word(8)}-${seed.of("br").digits(8)}`, endpointId: host.split(".")[0]!, host, connectionUri: `postgresql://${String(inputs.role)}:npg_${seed.of("password").token(16)}@${host}/${String(inputs.database)}?sslmode=require` };
                },
            },
        },
    },
};

export const inRepoNames: readonly string[] = Object.keys(own);

/** The plugin of this repository with a cloud that only remembers. */
export function simulatedInRepo(name: string, version: string, journal: Journal, plan: FaultPlanOfRun): Provider {
    const { provider, types, kinds, aliases } = own[name]!;
    const real = provider(version);
    const schemas = new Map(Object.entries(types).map(([type, kind]) => [`${name}:index:${type}`, schemaOf(kind)]));
    const bases = new Set(Object.keys(types).map((type) => type.toLowerCase()));
    const simulated = new CloudProvider(vendorOf(name, kinds, aliases), version, { resource: (token) => schemas.get(token), invoke: () => undefined, declares: (_, base) => bases.has(base) }, journal, plan);
    return {
        name,
        version,
        checkConfig: real.checkConfig?.bind(real),
        configure: (config, engine) => simulated.configure(config, engine),
        check: (request) => real.check(request),
        diff: async (request) => {
            await simulated.diff(request);
            return real.diff(request);
        },
        create: (request) => simulated.create(request),
        update: (request) => (request.preview ? real.update(request) : simulated.update(request)),
        read: (request) => simulated.read(request),
        delete: (request) => simulated.delete(request),
        cancel: () => simulated.cancel(),
    };
}

function schemaOf({ inputs, computed, secrets }: OwnKind<never, never>): Schema {
    const any: Field = { shape: { kind: "any" }, optional: true };
    const given = Object.fromEntries(Object.keys(inputs.shape).map((name) => [name, any]));
    return { inputs: given, outputs: { ...given, ...Object.fromEntries(computed.map((name): [string, Field] => [name, { ...any, optional: false }])) }, secrets: [...secrets] };
}

function vendorOf(name: string, kinds: Readonly<Record<string, Kind>>, aliases: Readonly<Record<string, string>> | undefined): Vendor {
    return {
        name,
        kinds,
        id: ({ seed }) => seed.of("id").hex(20),
        immutable: () => false,
        autonames: false,
        outside: new Set(),
        namesWithoutId: false,
        commonModules: [],
        ...(aliases === undefined ? {} : { aliases }),
        missing: (input, value) => `404 Not Found: ${input} ${value}`,
        inUse: (object, by) => `409 Conflict: ${object.id} is in use by ${by.id}`,
        exists: (object) => `422: ${object.id} has already been taken`,
        invokes: {},
    };
}
