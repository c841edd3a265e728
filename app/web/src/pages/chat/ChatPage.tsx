import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { Citation } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { isWorking } from "../../lib/conversation.ts";
import { keepUnsent } from "../../state/drafts.ts";
import { useMedia, useTitle } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { Announcer } from "./Announcer.tsx";
import { Composer } from "./Composer.tsx";
import { AssistantMessage, DraftMessage, UserMessage } from "./MessageView.tsx";
import { PassagePanel } from "./PassagePanel.tsx";
import { Suggestions } from "./Suggestions.tsx";
import { useConversation } from "./useConversation.ts";
import { useStickToEnd } from "./useStickToEnd.ts";

/** A conversation, or the beginning of a new one. */
export function ChatPage({ threadId }: { threadId: string | null }) {
    const view = useConversation(threadId);
    const { conversation, loading, error, unanswered, stopped, stopping, ask, stop, reload } = view;
    const { messages, draft } = conversation;
    const wide = useMedia("(min-width: 1180px)");
    const [source, setSource] = useState<Citation | null>(null);
    const opener = useRef<HTMLElement | null>(null);
    const title = conversation.title || (threadId ? "Conversation" : "New chat");
    const { atEnd, toEnd } = useStickToEnd(conversation);
    const [, forceComposer] = useState(0);
    useTitle(title);
    useEffect(() => setSource(null), [threadId]);

    const send = useCallback(
        (text: string): void => {
            toEnd();
            ask(text)
                .then((delivered) => {
                    if (!delivered) {
                        keepUnsent(threadId, text);
                        forceComposer((n) => n + 1);
                    }
                })
                .catch(() => undefined);
        },
        [ask, threadId, toEnd],
    );
    const openSource = (citation: Citation, from: HTMLElement): void => {
        opener.current = from;
        setSource(citation);
    };
    const closeSource = (): void => {
        setSource(null);
        opener.current?.focus();
    };

    const missing = error?.status === 404 && messages.length === 0;
    const fresh = threadId === null && messages.length === 0 && !draft;
    const last = messages.at(-1);
    const question = messages.findLast((message) => message.role === "user")?.text;
    const working = !draft && isWorking(conversation) && !missing;
    return (
        <div className={`chat ${source && wide ? "with-panel" : ""}`}>
            <div className="chat-column">
                <h1 className="visually-hidden" tabIndex={-1}>
                    {title}
                </h1>
                {missing ? (
                    <Missing />
                ) : (
                    <>
                        <div className={`messages ${fresh ? "fresh" : ""}`}>
                            {fresh && <Suggestions onChoose={send} />}
                            {loading && messages.length === 0 && <Skeleton label="Loading the conversation" />}
                            <ol aria-label="Messages">
                                {messages.map((message) => (
                                    <li key={message.id}>
                                        {message.role === "user" ? <UserMessage message={message} /> : <AssistantMessage message={message} inPanel={wide} onSource={openSource} />}
                                    </li>
                                ))}
                                {(draft ?? working) && (
                                    <li>
                                        <DraftMessage draft={draft} inPanel={wide} onSource={openSource} />
                                    </li>
                                )}
                            </ol>
                            {stopped && <StoppedNote onShow={reload} known={conversation.threadId !== null} />}
                            {unanswered && <ErrorNote error={unanswered} retryLabel="Ask again" onRetry={question ? () => send(question) : undefined} />}
                            {error && <ErrorNote error={error} onRetry={conversation.threadId ? reload : undefined} />}
                        </div>
                        <Announcer draft={draft} last={last} />
                        <div className="composer-dock">
                            {!atEnd && messages.length > 0 && (
                                <Button icon="arrowDown" className="to-end" onClick={toEnd}>
                                    Latest
                                </Button>
                            )}
                            <Composer threadId={threadId} busy={draft !== null} stopping={stopping} onSend={send} onStop={stop} />
                        </div>
                    </>
                )}
            </div>
            {source && wide && <PassagePanel key={source.passageId + source.quote} citation={source} onClose={closeSource} />}
        </div>
    );
}

function StoppedNote({ known, onShow }: { known: boolean; onShow(): void }): ReactNode {
    return (
        <p className="note" role="status">
            <span>You stopped this answer. {known ? "" : "It goes on in the background; you will find it among your conversations."}</span>
            {known && (
                <button type="button" className="link-button" onClick={onShow}>
                    Show the whole answer
                </button>
            )}
        </p>
    );
}

function Missing(): ReactNode {
    return (
        <Empty icon="chat" title="This conversation does not exist">
            <p>It may have been deleted, or it belongs to someone else.</p>
            <Link to={{ name: "chat", threadId: null }} className="button primary">
                Start a new chat
            </Link>
        </Empty>
    );
}
