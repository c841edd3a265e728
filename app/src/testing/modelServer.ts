/** For tests: a local server that speaks the protocols of OpenAI and Anthropic, and misbehaves as it is told. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export type Behaviour =
    | { kind: "say"; text: string }
    | { kind: "call"; arguments: string; name?: string }
    | { kind: "status"; status: number; retryAfter?: number }
    /** Says this and cuts the connection. */
    | { kind: "cut"; text: string }
    | { kind: "silent" }
    /** Says a letter now and then, without end. */
    | { kind: "trickle" }
    | { kind: "garbage" };

export interface ModelServer {
    url: string;
    requests: { path: string; headers: IncomingMessage["headers"]; body: Record<string, unknown> }[];
    /** What the next requests get, in order; the last one again and again. */
    behave(...behaviours: Behaviour[]): void;
    close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
    let script: Behaviour[] = [];
    const requests: ModelServer["requests"] = [];
    const server = createServer((request, response) => {
        let text = "";
        request.on("data", (chunk: Buffer) => (text += chunk.toString()));
        request.on("end", () => {
            const body = JSON.parse(text) as Record<string, unknown>;
            requests.push({ path: request.url!, headers: request.headers, body });
            const behaviour = (script.length > 1 ? script.shift() : script[0]) ?? { kind: "status", status: 500 };
            if (behaviour.kind === "silent") return;
            if (behaviour.kind === "status") {
                response.writeHead(behaviour.status, behaviour.retryAfter === undefined ? {} : { "retry-after": String(behaviour.retryAfter) }).end('{"error":{"message":"no"}}');
                return;
            }
            response.writeHead(200, { "content-type": "text/event-stream" });
            if (behaviour.kind === "trickle") {
                const timer = setInterval(() => response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: "a" } }] })}\n\n`), 50);
                response.once("close", () => clearInterval(timer));
                return;
            }
            const anthropic = request.url!.endsWith("/v1/messages");
            for (const event of anthropic ? anthropicEvents(behaviour) : openAiEvents(behaviour)) response.write(event);
            if (behaviour.kind === "cut") setTimeout(() => response.destroy(), 20);
            else response.end();
        });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        requests,
        behave: (...behaviours) => void (script = behaviours),
        close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
    };
}

const pieces = (text: string) => text.match(/[\s\S]{1,7}/g) ?? [];

function openAiEvents(behaviour: Behaviour): string[] {
    const chunk = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
    const delta = (value: unknown, finish: string | null = null) => chunk({ choices: [{ delta: value, finish_reason: finish }] });
    if (behaviour.kind === "garbage") return ["data: {not json\n\n"];
    if (behaviour.kind === "cut") return pieces(behaviour.text).map((content) => delta({ content }));
    const usage = [chunk({ choices: [], usage: { prompt_tokens: 1000, completion_tokens: 100 } }), "data: [DONE]\n\n"];
    if (behaviour.kind === "call") {
        return [
            delta({ tool_calls: [{ index: 0, function: { name: behaviour.name ?? "understood", arguments: "" } }] }),
            ...pieces(behaviour.arguments).map((part) => delta({ tool_calls: [{ index: 0, function: { arguments: part } }] })),
            delta({}, "tool_calls"),
            ...usage,
        ];
    }
    return behaviour.kind === "say" ? [...pieces(behaviour.text).map((content) => delta({ content })), delta({}, "stop"), ...usage] : [];
}

function anthropicEvents(behaviour: Behaviour): string[] {
    const event = (value: { type: string } & Record<string, unknown>) => `event: ${value.type}\r\ndata: ${JSON.stringify(value)}\r\n\r\n`;
    const start = event({ type: "message_start", message: { usage: { input_tokens: 1000 } } });
    if (behaviour.kind === "garbage") return ["data: {not json\n\n"];
    if (behaviour.kind === "cut") return [start, ...pieces(behaviour.text).map((text) => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }))];
    const end = [event({ type: "message_delta", usage: { output_tokens: 100 } }), event({ type: "message_stop" })];
    if (behaviour.kind === "call") {
        return [
            start,
            event({ type: "content_block_start", index: 0, content_block: { type: "tool_use", name: behaviour.name ?? "understood" } }),
            ...pieces(behaviour.arguments).map((part) => event({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: part } })),
            ...end,
        ];
    }
    return behaviour.kind === "say" ? [start, ...pieces(behaviour.text).map((text) => event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })), ...end] : [];
}
