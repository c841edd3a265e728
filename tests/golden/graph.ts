/** The resources of a stack, as the program registers them, without an engine: what reviews of the program look at. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { repository } from "../../toolchain/core/paths";

export interface Registered {
    readonly type: string;
    readonly name: string;
    /** Name of the component that it belongs to; absent for those of the stack itself. */
    readonly parent?: string;
    readonly protect?: true;
    readonly dependsOn?: readonly string[];
    readonly replaceOnChanges?: readonly string[];
    readonly deleteBeforeReplace?: true;
    /** Whether a provider was passed to it; with default providers disabled the engine refuses one without. */
    readonly provider?: string;
    readonly inputs?: unknown;
}

export interface Graph {
    readonly resources: readonly Registered[];
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** Images that stand for built ones, so that a golden graph does not change with the app; from where the policies want them. */
export function imagesOf(stack: string): Record<string, string> {
    const registry = stack === "dev" ? "localhost" : "registry.example.com/agent-platform";
    const built = ["app", "web", "postgres"].map((name, index) => [name, `${registry}/agent-platform/${name}@sha256:${String(index + 1).repeat(64)}`]);
    return {
        ...Object.fromEntries(built),
        cloudflared: `docker.io/cloudflare/cloudflared@sha256:${"4".repeat(64)}`,
        tailscale: `docker.io/tailscale/tailscale@sha256:${"9".repeat(64)}`,
        ray: `${registry}/ray@sha256:${"8".repeat(64)}`,
        redis: `docker.io/library/redis:7-alpine@sha256:${"5".repeat(64)}`,
        pgbouncer: `ghcr.io/cloudnative-pg/pgbouncer@sha256:${"7".repeat(64)}`,
        "cloudnative-pg": `ghcr.io/cloudnative-pg/postgresql:17-standard-trixie@sha256:${"6".repeat(64)}`,
    };
}

/** What the CLI hands to the program: the defaults of Pulumi.yaml under the values of the stack's file, and `more` over both. */
export function configurationOf(stack: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const project = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8")) as { config: Record<string, { default?: unknown }> };
    const file = parse(readFileSync(join(repository, `Pulumi.${stack}.yaml`), "utf8")) as { config: Record<string, unknown> };
    const defaults = Object.entries(project.config).flatMap(([key, { default: value }]) => (value === undefined ? [] : [[`agent-platform:${key}`, String(value)]]));
    return { ...Object.fromEntries(defaults), ...Object.fromEntries(Object.entries(file.config).map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)])), "agent-platform:images": JSON.stringify(imagesOf(stack)), ...more };
}

/** Runs index.ts as `stack`, as if it was deployed: every resource gets its inputs as outputs. */
export async function graphOf(stack: string, configuration: Readonly<Record<string, string>>, secretKeys: readonly string[] = []): Promise<Graph> {
    const home = mkdtempSync(join(tmpdir(), "agent-platform-graph-"));
    const before = process.env.AGENT_PLATFORM_HOME;
    process.env.AGENT_PLATFORM_HOME = home;
    writeFileSync(join(home, "kubeconfig"), "");
    try {
        const seen: pulumi.ResourceTransformationArgs[] = [];
        const outputs = await runProgram(stack, configuration, secretKeys, seen);
        const resources = await Promise.all(seen.filter(({ type }) => type !== "pulumi:pulumi:Stack").map(registered));
        resources.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
        const text = JSON.stringify({ resources, outputs: await plain(outputs) });
        return JSON.parse(text.replaceAll(home, "<home>")) as Graph;
    } finally {
        if (before === undefined) delete process.env.AGENT_PLATFORM_HOME;
        else process.env.AGENT_PLATFORM_HOME = before;
        rmSync(home, { recursive: true, force: true });
    }
}

/** What the provider makes of inputs, where the program goes on with it. */
function madeOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
    if (type === "random:index/randomPassword:RandomPassword") return { result: `generated-${name}` };
    if (type === "gcp:serviceaccount/account:Account") return { email: `${inputs.accountId}@${inputs.project}.iam.gserviceaccount.com`, name: `projects/${inputs.project}/serviceAccounts/${inputs.accountId}` };
    if (type.startsWith("gcp:")) return { selfLink: `<link of ${name}>` };
    // What others own has to name its owner by this.
    if (type === "kubernetes:core/v1:Namespace") return { metadata: { ...(inputs.metadata as object | undefined), uid: `<uid of ${name}>` } };
    if (type === "hcloud:index/server:Server") return { ipv4Address: `<address of ${name}>` };
    if (type === "talos:cluster/kubeconfig:Kubeconfig") return { kubeconfigRaw: `generated-${name}` };
    if (type === "pulumi:pulumi:StackReference") return { outputs: { facts: { kubeconfig: "kubeconfig of the other stack", identifier: "cluster of the other stack", archiveUrl: "gs://archive/postgres", archivist: "archivist@example.com" } } };
    return {};
}

async function runProgram(stack: string, configuration: Readonly<Record<string, string>>, secretKeys: readonly string[], seen: pulumi.ResourceTransformationArgs[]): Promise<unknown> {
    await pulumi.runtime.setMocks(
        {
            newResource: ({ name, type, inputs, id }) => ({ id: id || `${name}-id`, state: { ...inputs, ...madeOf(type, name, inputs) } }),
            call: ({ inputs }) => inputs,
        },
        "agent-platform",
        stack,
    );
    pulumi.runtime.setAllConfig({ ...configuration }, [...secretKeys]);
    let outputs: unknown;
    await pulumi.runtime.runInPulumiStack(async () => {
        pulumi.runtime.registerStackTransformation((resource) => {
            seen.push(resource);
            return undefined;
        });
        const entry = require.resolve("../../index");
        delete require.cache[entry];
        outputs = require(entry);
        return {};
    });
    await pulumi.runtime.disconnect();
    return outputs;
}

async function registered({ resource, type, name, props, opts }: pulumi.ResourceTransformationArgs): Promise<Registered> {
    const options = opts as pulumi.CustomResourceOptions;
    const dependsOn = (await Promise.all([await options.dependsOn ?? []].flat())) as pulumi.Resource[];
    return {
        type,
        name,
        ...(options.parent === undefined || nameOf(options.parent) === undefined ? {} : { parent: nameOf(options.parent) }),
        ...(options.protect === true ? { protect: true } : {}),
        ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((one) => nameOf(one)!).sort() }),
        ...(options.replaceOnChanges === undefined ? {} : { replaceOnChanges: options.replaceOnChanges }),
        ...(options.deleteBeforeReplace === true ? { deleteBeforeReplace: true } : {}),
        ...(providerOf(resource) === undefined ? {} : { provider: providerOf(resource) }),
        ...(Object.keys(props as object).length === 0 ? {} : { inputs: await plain(props) }),
    };
}

/** Awaits every output inside a value; of a secret only its keys are shown. */
async function plain(value: unknown): Promise<unknown> {
    if (pulumi.Output.isInstance(value)) {
        const inner = await new Promise<unknown>((resolve) => value.apply(resolve));
        if (!(await pulumi.isSecret(value))) return plain(inner);
        return typeof inner === "object" && inner !== null ? Object.fromEntries(Object.keys(inner).map((key) => [key, "(secret)"])) : "(secret)";
    }
    if (value instanceof Promise) return plain(await value);
    if (Array.isArray(value)) return Promise.all(value.map(plain));
    if (typeof value === "object" && value !== null) return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await plain(one)] as const)));
    return value;
}

/** The SDK keeps names and providers of resources, but declares neither. */
function nameOf(resource: pulumi.Resource): string | undefined {
    const { __name, __pulumiType } = resource as unknown as { __name?: string; __pulumiType?: string };
    return __pulumiType === "pulumi:pulumi:Stack" ? undefined : __name;
}

function providerOf(resource: pulumi.Resource): string | undefined {
    const { __prov } = resource as unknown as { __prov?: pulumi.Resource };
    return __prov === undefined ? undefined : nameOf(__prov);
}
