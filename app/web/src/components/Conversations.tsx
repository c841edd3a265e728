import { useRef, useState } from "react";
import { threads as api } from "../api/endpoints.ts";
import type { ThreadSummary } from "../api/types.ts";
import { plainWords } from "../lib/errors.ts";
import { Link, navigate } from "../state/navigation.tsx";
import { changeResource, useResource } from "../state/resource.ts";
import { ConversationActions } from "./ConversationActions.tsx";
import { SearchField } from "./SearchField.tsx";

/** So many are seen at a glance; from here on a search helps. */
const few = 7;

/** The person's conversations, newest first, with a search once they are many. */
export function Conversations({ name, openId, onChosen }: { name: string; openId: string | null; onChosen?: () => void }) {
    const { data, error, loading, reload } = useResource<ThreadSummary[]>("threads", api.list);
    const [words, setWords] = useState("");
    const heading = `conversations-${name}`;
    const top = useRef<HTMLHeadingElement>(null);
    const gone = (thread: ThreadSummary): void => {
        changeResource<ThreadSummary[]>("threads", (known) => known?.filter(({ id }) => id !== thread.id));
        // The button that was pressed is gone too: once the dialog is closed, the keyboard goes on from the top of the list.
        requestAnimationFrame(() => top.current?.focus());
        if (thread.id === openId) navigate({ name: "chat", threadId: null }, { replace: true });
    };
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const shown = (data ?? []).filter(({ title }) => wanted.every((word) => title.toLowerCase().includes(word)));
    return (
        <nav aria-labelledby={heading} className="conversations">
            <h2 id={heading} ref={top} tabIndex={-1}>Conversations</h2>
            {(data?.length ?? 0) > few && <SearchField label="Find a conversation" value={words} onChange={setWords} />}
            {!data && loading && <p className="quiet">Loading…</p>}
            {!data && error && (
                <p className="quiet">
                    {plainWords(error).title}{" "}
                    <button type="button" className="link-button" onClick={() => void reload()}>
                        Try again
                    </button>
                </p>
            )}
            {data?.length === 0 && <p className="quiet">Your conversations will be listed here.</p>}
            {words !== "" && (
                <p className="quiet" role="status">
                    {shown.length === 0 ? "No title has these words." : `${shown.length} found`}
                </p>
            )}
            <ul>
                {shown.map((thread) => (
                    <li key={thread.id}>
                        <Link to={{ name: "chat", threadId: thread.id }} aria-current={thread.id === openId ? "page" : undefined} title={thread.title} onClick={onChosen}>
                            <span>{thread.title || "Untitled"}</span>
                            {thread.status === "waiting" && <span className="dot" title="Waiting for approval" role="img" aria-label="waiting for approval" />}
                        </Link>
                        <ConversationActions thread={thread} onRenamed={() => void reload()} onDeleted={() => gone(thread)} />
                    </li>
                ))}
            </ul>
        </nav>
    );
}
