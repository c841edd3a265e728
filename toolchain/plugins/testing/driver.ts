/** Drives a provider in tests as the engine does: checked inputs, secrets marked, ids and outputs kept. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Provider } from "../sdk/provider";
import { revealProps, type Props } from "../sdk/values";

export class Driven {
    constructor(readonly provider: Provider, private readonly type: string, private readonly name = "it") {}

    get resource() {
        return { urn: `urn:pulumi:s::p::${this.type}::${this.name}`, type: this.type, name: this.name };
    }

    async check(news: Props): Promise<Props> {
        const { inputs, failures = [] } = await this.provider.check({ ...this.resource, olds: {}, news, seed: new Uint8Array() });
        assert.deepEqual(failures, []);
        return inputs;
    }

    async failures(news: Props): Promise<string[]> {
        const { failures = [] } = await this.provider.check({ ...this.resource, olds: {}, news, seed: new Uint8Array() });
        return failures.map(({ property, reason }) => `${property} ${reason}`);
    }

    async create(news: Props) {
        const inputs = await this.check(news);
        const { id, outputs } = await this.provider.create({ ...this.resource, inputs, preview: false, timeout: 0 });
        return { id, inputs, outputs };
    }

    async preview(news: Props): Promise<Props> {
        return (await this.provider.create({ ...this.resource, inputs: await this.check(news), preview: true, timeout: 0 })).outputs;
    }

    async update(made: { id: string; inputs: Props; outputs: Props }, news: Props, preview = false) {
        const inputs = await this.check(news);
        const { outputs } = await this.provider.update({ ...this.resource, id: made.id, inputs, oldInputs: made.inputs, oldOutputs: made.outputs, preview, timeout: 0 });
        return { id: made.id, inputs, outputs };
    }

    /** The changed paths, those that replace with a "!". */
    async changes(made: { id: string; inputs: Props; outputs: Props }, news: Props): Promise<string[]> {
        const { changes, replaces = [] } = await this.provider.diff({ ...this.resource, id: made.id, oldInputs: made.inputs, oldOutputs: made.outputs, newInputs: await this.check(news) });
        return [...changes.keys()].map((path) => (replaces.some((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`)) ? `${path}!` : path)).sort();
    }

    async read(id: string, inputs: Props = {}, outputs: Props = {}) {
        const found = await this.provider.read({ ...this.resource, id, inputs, outputs });
        return found === undefined ? undefined : { inputs: revealProps(found.inputs), outputs: revealProps(found.outputs) };
    }

    delete(made: { id: string; inputs: Props; outputs: Props }): Promise<void> {
        return this.provider.delete({ ...this.resource, ...made, timeout: 5_000 });
    }
}

export interface Asked {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: IncomingMessage["headers"];
    readonly body: unknown;
}

export interface Answer {
    readonly status: number;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
}

/** A vendor's API on this machine. What stands in `troubles` happens to the next calls, one each, instead of or after the work. */
export class VendorServer {
    readonly asked: string[] = [];
    /** `before`: answers so and does nothing; `after`: does it, then cuts the line. */
    readonly troubles: ({ before: Answer } | { after: "silence" })[] = [];
    private readonly server = createServer((request, response) => void this.serve(request, response));

    constructor(private readonly answer: (asked: Asked) => Answer) {}

    async listen(): Promise<string> {
        await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        const { pathname, searchParams } = new URL(request.url!, "http://vendor");
        this.asked.push(`${request.method} ${pathname}`);
        const trouble = this.troubles.shift();
        const answer = trouble !== undefined && "before" in trouble ? trouble.before : this.answer({ method: request.method!, path: pathname, query: searchParams, headers: request.headers, body: text === "" ? undefined : JSON.parse(text) });
        if (trouble !== undefined && "after" in trouble) return void request.socket.destroy();
        response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
        response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    }
}
