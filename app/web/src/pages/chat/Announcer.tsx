import type { Message } from "../../api/types.ts";
import type { Draft } from "../../lib/conversation.ts";

/** Tells a screen reader the steps while an answer is made, and the whole answer once, instead of every word as it comes. */
export function Announcer({ draft, last }: { draft: Draft | null; last: Message | undefined }) {
    const text = draft ? (draft.step ?? "Working on an answer") : last?.role === "assistant" ? `Answer: ${last.text || "see the conversation"}` : "";
    return (
        <div className="visually-hidden" aria-live="polite" aria-atomic="true">
            {text}
        </div>
    );
}
