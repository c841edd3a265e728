/** The Messages protocol of Anthropic. */
import { ModelError, parseEvent, serverEvents, type ChatModel } from "./chat.js";

export interface AnthropicOptions {
    name: string;
    /** Up to and without `/v1/messages`. */
    url: string;
    model: string;
    apiKey: () => Promise<string>;
}

export function anthropicModel({ name, url, model, apiKey }: AnthropicOptions): ChatModel {
    return {
        name,
        async *stream({ system, messages, tool, tools = tool === undefined ? [] : [tool], maxTokens }, signal) {
            const body = {
                model,
                stream: true,
                temperature: 0,
                max_tokens: maxTokens,
                system,
                messages: messages.map(({ role, text }) => ({ role, content: text })),
                ...(tools.length === 0 ? {} : { tools: tools.map(({ name: called, description, schema }) => ({ name: called, description, input_schema: schema })) }),
                ...(tool === undefined ? {} : { tool_choice: { type: "tool", name: tool.name } }),
            };
            const headers = { "x-api-key": await apiKey(), "anthropic-version": "2023-06-01" };
            const calls = new Map<number, { name: string; arguments: string }>();
            let input = 0;
            let ended = false;
            for await (const { data } of serverEvents(`${url.replace(/\/$/, "")}/v1/messages`, headers, body, signal)) {
                const event = parseEvent<Event>(data);
                if (event.type === "error") throw new ModelError(`The model failed: ${String(event.error?.message).slice(0, 200)}`, event.error?.type !== "invalid_request_error");
                if (event.type === "message_start") input = event.message?.usage?.input_tokens ?? 0;
                else if (event.type === "content_block_start" && event.content_block?.type === "tool_use") calls.set(event.index ?? 0, { name: event.content_block.name ?? "", arguments: "" });
                else if (event.type === "content_block_delta" && event.delta?.type === "text_delta") yield { type: "text", text: event.delta.text ?? "" };
                else if (event.type === "content_block_delta" && event.delta?.type === "input_json_delta") {
                    const call = calls.get(event.index ?? 0);
                    if (call === undefined) throw new ModelError("The model sent arguments of a call that it did not begin.", true);
                    call.arguments += event.delta.partial_json ?? "";
                }
                else if (event.type === "message_delta" && event.usage !== undefined) yield { type: "usage", input, output: event.usage.output_tokens ?? 0 };
                else if (event.type === "message_stop") ended = true;
            }
            if (!ended) throw new ModelError("The model's answer broke off.", true);
            for (const call of calls.values()) yield { type: "tool", ...call };
        },
    };
}

interface Event {
    type: string;
    index?: number;
    message?: { usage?: { input_tokens?: number } };
    content_block?: { type: string; name?: string };
    delta?: { type?: string; text?: string; partial_json?: string };
    usage?: { output_tokens?: number };
    error?: { type?: string; message?: string };
}
