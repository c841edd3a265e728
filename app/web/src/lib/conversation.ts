/** A conversation as the screen shows it: what the server has, and the answer that is arriving. Pure, so that it can be tested. */
import type { ApprovalRequest, Citation, Message, Thread, ThreadStatus, ToolCall } from "../api/types.ts";

/** The answer while it streams in. */
export interface Draft {
    messageId: string | null;
    text: string;
    step: string | null;
    citations: Citation[];
    tools: ToolCall[];
    approval: ApprovalRequest | null;
}

export interface Conversation {
    threadId: string | null;
    title: string;
    status: ThreadStatus;
    messages: Message[];
    draft: Draft | null;
}

export const emptyConversation: Conversation = { threadId: null, title: "", status: "idle", messages: [], draft: null };
const emptyDraft: Draft = { messageId: null, text: "", step: null, citations: [], tools: [], approval: null };

/** The conversation right after the person has sent `text`. */
export function asked(conversation: Conversation, text: string, now = new Date()): Conversation {
    const message: Message = { id: `local-${now.getTime()}-${conversation.messages.length}`, role: "user", text, citations: [], tools: [], createdAt: now.toISOString() };
    return { ...conversation, messages: [...conversation.messages, message], draft: emptyDraft, status: "running" };
}

/** The conversation without the question that could not be delivered. */
export function unasked(conversation: Conversation): Conversation {
    return { ...conversation, messages: conversation.messages.filter((message) => !isLocal(message)), draft: null, status: "idle" };
}

/** Takes one event of the answer's stream. Unknown events change nothing. */
export function streamed(conversation: Conversation, event: string, data: unknown): Conversation {
    const draft = conversation.draft;
    if (!draft || typeof data !== "object" || data === null) {
        return conversation;
    }
    const change = (part: Partial<Draft>): Conversation => ({ ...conversation, draft: { ...draft, ...part } });
    switch (event) {
        case "thread": {
            const { threadId, messageId } = data as { threadId: string; messageId?: string };
            return { ...conversation, threadId, draft: { ...draft, messageId: messageId ?? null } };
        }
        case "step":
            return change({ step: stepLabel(data as { node?: string; label?: string }) });
        case "token":
            return change({ text: draft.text + String((data as { text?: unknown }).text ?? "") });
        case "citation":
            return change({ citations: [...draft.citations.filter((citation) => citation.n !== (data as Citation).n), data as Citation] });
        case "tool":
            return change({ tools: withTool(draft.tools, data as ToolCall) });
        case "approval":
            return change({ approval: data as ApprovalRequest });
        case "done": {
            const { messageId, status } = data as { messageId?: string; status?: "complete" | "waiting" | "stopped" };
            return settled(conversation, messageId ?? draft.messageId, status === "waiting" ? "waiting" : "idle", status ?? "complete");
        }
        default:
            return conversation;
    }
}

/** Turns the draft into a message of the conversation; one that was cut off stays pending. */
export function settled(conversation: Conversation, messageId: string | null, status: ThreadStatus, messageStatus: Message["status"] = "pending"): Conversation {
    const draft = conversation.draft;
    if (!draft) {
        return { ...conversation, status };
    }
    const { text, citations, tools, approval } = draft;
    const message: Message = { id: messageId ?? `local-answer-${conversation.messages.length}`, role: "assistant", status: messageStatus, text, citations, tools, approval, createdAt: new Date().toISOString() };
    const others = conversation.messages.filter((other) => other.id !== message.id);
    return { ...conversation, status, draft: null, messages: text || tools.length > 0 || approval ? [...others, message] : others };
}

/** The server's own account of the conversation, which wins over anything kept here. */
export function fromServer(thread: Thread): Conversation {
    return { threadId: thread.id, title: thread.title, status: thread.status, messages: thread.messages.map(whole), draft: null };
}

/** Adds or replaces one message that the server has told of; a question shown ahead of it takes the server's id. */
export function upserted(conversation: Conversation, message: Message): Conversation {
    const next = whole(message);
    const own = (other: Message): boolean => isLocal(other) && other.role === next.role && (other.role === "assistant" || other.text === next.text);
    const known = conversation.messages.findIndex((other) => other.id === next.id);
    const index = known >= 0 ? known : conversation.messages.findIndex(own);
    const messages = index < 0 ? [...conversation.messages, next] : conversation.messages.with(index, next);
    return { ...conversation, messages };
}

/** Shown before the server has told of it. */
function isLocal(message: Message): boolean {
    return message.id.startsWith("local-");
}

/** Whether the server is still at work on its own. */
export function isWorking(conversation: Conversation): boolean {
    return conversation.draft !== null || conversation.status === "running";
}

/** Whether something is waiting for an admin. */
export function isWaiting(conversation: Conversation): boolean {
    return conversation.status === "waiting" || conversation.messages.some((message) => message.approval && approvalStatus(message.approval) === "pending");
}

/** The state of a request, expired by the clock even before the server says so. */
export function approvalStatus(approval: ApprovalRequest, now = Date.now()): "pending" | "approved" | "rejected" | "expired" {
    const status = approval.status ?? "pending";
    return status === "pending" && Date.parse(approval.expiresAt) <= now ? "expired" : status;
}

function whole(message: Message): Message {
    return { ...message, text: message.text ?? "", citations: message.citations ?? [], tools: message.tools ?? [], approval: message.approval ?? null };
}

/** A finished call replaces the running one with the same name and arguments. */
function withTool(tools: ToolCall[], next: ToolCall): ToolCall[] {
    const same = (tool: ToolCall): boolean => tool.name === next.name && tool.status === "running" && JSON.stringify(tool.arguments) === JSON.stringify(next.arguments);
    const index = tools.findIndex(same);
    return index < 0 ? [...tools, next] : tools.map((tool, i) => (i === index ? next : tool));
}

function stepLabel(step: { node?: string; label?: string }): string | null {
    return step.label || step.node || null;
}
