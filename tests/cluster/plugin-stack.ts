/** What the engine would do with the Kubernetes plugin: one provider, asked step by step. */
import { strict as assert } from "node:assert";
import type { Cluster } from "../../toolchain/plugins/kubernetes/cluster";
import { KubernetesProvider } from "../../toolchain/plugins/kubernetes/provider";
import type { Engine } from "../../toolchain/plugins/sdk/engine";
import { InitFailed } from "../../toolchain/plugins/sdk/failure";
import { isObject, reveal, type Props, type Value } from "../../toolchain/plugins/sdk/values";

/** A configured provider, and what the engine would remember. */
export class Stack {
    readonly progress: string[] = [];
    readonly warnings: string[] = [];
    readonly provider = new KubernetesProvider("0.0.0");

    static async open(config: Props): Promise<Stack> {
        const stack = new Stack();
        const engine: Engine = { progress: (_, message) => stack.progress.push(message), warn: (_, message) => stack.warnings.push(message) };
        await stack.provider.configure(config, engine);
        return stack;
    }

    resource(apiVersion: string, kind: string, name: string, token = kind) {
        const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${token}`;
        return { urn: `urn:pulumi:test::plugin-test::${type}::${name}`, type, name };
    }

    async check(apiVersion: string, kind: string, name: string, news: Props, olds: Props = {}, token = kind): Promise<Props> {
        const checked = await this.provider.check({ ...this.resource(apiVersion, kind, name, token), olds, news: { apiVersion, kind, ...news }, seed: Buffer.from(`${name}-seed`) });
        assert.deepEqual(checked.failures ?? [], []);
        return checked.inputs;
    }

    async preview(apiVersion: string, kind: string, name: string, news: Props): Promise<Props> {
        const inputs = await this.check(apiVersion, kind, name, news);
        return (await this.provider.create({ ...this.resource(apiVersion, kind, name), inputs, preview: true, timeout: 0 })).outputs;
    }

    async create(apiVersion: string, kind: string, name: string, news: Props, timeout = 60_000, token = kind): Promise<Made> {
        const inputs = await this.check(apiVersion, kind, name, news, {}, token);
        const resource = this.resource(apiVersion, kind, name, token);
        const { id, outputs } = await this.provider.create({ ...resource, inputs, preview: false, timeout });
        return { ...resource, apiVersion, kind, id, inputs, outputs, name: String(at(inputs, "metadata", "name")), label: name };
    }

    async update(made: Made, news: Props): Promise<Props> {
        const inputs = await this.check(made.apiVersion, made.kind, made.label, { metadata: { name: made.name }, ...news }, made.inputs);
        return (await this.provider.update({ urn: made.urn, type: made.type, name: made.label, id: made.id, oldInputs: made.inputs, oldOutputs: made.outputs, inputs, preview: false, timeout: 60_000 })).outputs;
    }

    read(made: Made) {
        return this.provider.read({ urn: made.urn, type: made.type, name: made.label, id: made.id, inputs: made.inputs, outputs: made.outputs });
    }

    async delete(made: Made, timeout = 60_000): Promise<void> {
        await this.provider.delete({ urn: made.urn, type: made.type, name: made.label, id: made.id, inputs: made.inputs, outputs: made.outputs, timeout });
    }
}

export interface Made {
    urn: string;
    type: string;
    label: string;
    apiVersion: string;
    kind: string;
    id: string;
    inputs: Props;
    outputs: Props;
    /** The name in the cluster. */
    name: string;
}

export function at(value: Value | undefined, ...path: string[]): Value | undefined {
    return path.reduce<Value | undefined>((current, key) => (isObject(current) ? current[key] : undefined), value);
}

export function pod(image: string, resources: Props = {}): Props {
    return { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image, imagePullPolicy: "IfNotPresent", resources }] };
}

export function workload(app: string, image: string, more: Props = { replicas: 1 }): Props {
    return { ...more, selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: pod(image) } };
}

export async function initFailure(work: Promise<unknown>): Promise<InitFailed> {
    try {
        await work;
    } catch (error) {
        assert.ok(error instanceof InitFailed, String(error));
        return error;
    }
    assert.fail("it should not have become ready");
}

export async function eventuallyReady(cluster: Cluster, name: string, namespace: string): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
        const live = await cluster.find({ apiVersion: "apps/v1", kind: "Deployment", name, namespace });
        const status = live?.status as { availableReplicas?: number; observedGeneration?: number } | undefined;
        if (status?.availableReplicas === 2 && status.observedGeneration === live?.metadata.generation) return;
        await new Promise((resolve) => setTimeout(resolve, 150));
    }
    assert.fail("the second replica never came");
}

/** What a person sees: secrets are dots. */
export function revealOutsideSecrets(props: Props): Value {
    return JSON.parse(JSON.stringify(props), (_, value: Value) => (isObject(value) && JSON.stringify(reveal(value)) !== JSON.stringify(value) && "value" in value ? "•" : value)) as Value;
}

export function unreachable(): string {
    return JSON.stringify({
        apiVersion: "v1", kind: "Config", "current-context": "nowhere",
        clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
        users: [{ name: "nobody", user: {} }],
        contexts: [{ name: "nowhere", context: { cluster: "nowhere", user: "nobody" } }],
    });
}
