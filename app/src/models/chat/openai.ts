/** The protocol of OpenAI, which vLLM, Ollama, Vertex AI and many others speak too. */
import { ModelError, parseEvent, serverEvents, type ChatModel } from "./chat.js";

export interface OpenAiOptions {
    name: string;
    /** Up to and without `/chat/completions`. */
    url: string;
    model: string;
    /** Called for every request, because some expire. */
    apiKey?: () => Promise<string>;
}

export function openAiModel({ name, url, model, apiKey }: OpenAiOptions): ChatModel {
    return {
        name,
        async *stream({ system, messages, tool, tools = tool === undefined ? [] : [tool], maxTokens }, signal) {
            const body = {
                model,
                stream: true,
                stream_options: { include_usage: true },
                temperature: 0,
                max_tokens: maxTokens,
                messages: [{ role: "system", content: system }, ...messages.map(({ role, text }) => ({ role, content: text }))],
                ...(tools.length === 0 ? {} : { tools: tools.map(({ name: called, description, schema }) => ({ type: "function", function: { name: called, description, parameters: schema } })) }),
                ...(tool === undefined ? {} : { tool_choice: { type: "function", function: { name: tool.name } } }),
            };
            const key = await apiKey?.();
            const calls: { name: string; arguments: string }[] = [];
            let ended = false;
            for await (const { data } of serverEvents(`${url.replace(/\/$/, "")}/chat/completions`, key === undefined ? {} : { authorization: `Bearer ${key}` }, body, signal)) {
                if (data === "[DONE]") break;
                const chunk = parseEvent<Chunk>(data);
                if (chunk.error !== undefined) throw new ModelError(`The model failed: ${String(chunk.error.message).slice(0, 200)}`, true);
                if (chunk.usage != null) yield { type: "usage", input: chunk.usage.prompt_tokens ?? 0, output: chunk.usage.completion_tokens ?? 0 };
                const choice = chunk.choices?.[0];
                if (choice?.delta?.content) yield { type: "text", text: choice.delta.content };
                for (const call of choice?.delta?.tool_calls ?? []) {
                    const known = (calls[call.index ?? 0] ??= { name: "", arguments: "" });
                    known.name += call.function?.name ?? "";
                    known.arguments += call.function?.arguments ?? "";
                }
                if (choice?.finish_reason != null) ended = true;
            }
            if (!ended) throw new ModelError("The model's answer broke off.", true);
            for (const call of calls) if (call !== undefined) yield { type: "tool", ...call };
        },
    };
}

interface Chunk {
    error?: { message?: string };
    usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
    choices?: { delta?: { content?: string | null; tool_calls?: { index?: number; function?: { name?: string; arguments?: string } }[] }; finish_reason?: string | null }[];
}
