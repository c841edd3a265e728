/** A language model as the rest of the application sees it, whatever protocol it speaks. */
export interface ChatMessage {
    role: "user" | "assistant";
    text: string;
}

export interface ChatTool {
    name: string;
    description: string;
    /** JSON Schema of its arguments. */
    schema: Record<string, unknown>;
}

export interface ChatRequest {
    system: string;
    messages: readonly ChatMessage[];
    /** One that has to be called. */
    tool?: ChatTool;
    /** Some that may be called. */
    tools?: readonly ChatTool[];
    maxTokens: number;
}

export type ChatPart =
    | { type: "text"; text: string }
    /** The arguments as the model wrote them: they may be no JSON at all. */
    | { type: "tool"; name: string; arguments: string }
    | { type: "usage"; input: number; output: number };

export interface ChatModel {
    name: string;
    /** Ends normally only when the model said that it had ended; throws ModelError otherwise. */
    stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatPart>;
}

export class ModelError extends Error {
    constructor(
        message: string,
        /** Whether the same request may succeed later, or with another model. */
        readonly transient: boolean,
        /** Milliseconds that the provider asked to wait. */
        readonly retryAfterMs?: number,
        cause?: unknown,
    ) {
        super(message, { cause });
        this.name = "ModelError";
    }
}

/** Sends the request and reads the events of the answer; what is no success is a ModelError that tells no secrets. */
export async function* serverEvents(url: string, headers: Record<string, string>, body: unknown, signal: AbortSignal): AsyncGenerator<{ event: string; data: string }> {
    let response: Response;
    try {
        response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "text/event-stream", ...headers }, body: JSON.stringify(body), signal, redirect: "error" });
    } catch (error) {
        signal.throwIfAborted();
        throw new ModelError("The model could not be reached.", true, undefined, error);
    }
    if (!response.ok || response.body === null) {
        const text = (await response.text().catch(() => "")).slice(0, 300);
        const wait = Number(response.headers.get("retry-after"));
        const transient = response.status === 408 || response.status === 409 || response.status === 429 || response.status >= 500;
        throw new ModelError(`The model answered ${response.status}: ${text}`, transient, Number.isFinite(wait) && wait > 0 ? wait * 1000 : undefined);
    }
    let buffer = "";
    const decoder = new TextDecoder();
    try {
        for await (const chunk of response.body) {
            buffer += decoder.decode(chunk as Uint8Array, { stream: true }).replaceAll("\r\n", "\n");
            if (buffer.length > 2 ** 20) throw new ModelError("The model sent an event without end.", false);
            for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
                const lines = buffer.slice(0, end).split("\n");
                const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
                if (data !== "") yield { event: lines.find((line) => line.startsWith("event:"))?.slice(6).trim() ?? "message", data };
            }
        }
    } catch (error) {
        signal.throwIfAborted();
        throw error instanceof ModelError ? error : new ModelError("The model's answer broke off.", true, undefined, error);
    }
}

export function parseEvent<T>(data: string): T {
    try {
        return JSON.parse(data) as T;
    } catch (error) {
        throw new ModelError("The model sent something that is no JSON.", true, undefined, error);
    }
}
