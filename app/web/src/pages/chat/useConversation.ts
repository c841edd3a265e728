/** One conversation on screen: loads it, asks, listens for what happens without this page, and picks up after a break. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, asApiError } from "../../api/client.ts";
import { threads as api } from "../../api/endpoints.ts";
import { readStream, subscribe } from "../../api/stream.ts";
import type { Message } from "../../api/types.ts";
import { asked, type Conversation, emptyConversation, fromServer, isWaiting, isWorking, settled, streamed, unasked, upserted } from "../../lib/conversation.ts";
import { usePoll } from "../../state/hooks.ts";
import { navigate } from "../../state/navigation.tsx";
import { refreshResource } from "../../state/resource.ts";

export interface ConversationView {
    conversation: Conversation;
    loading: boolean;
    /** Why the conversation itself cannot be shown or reached. */
    error: ApiError | null;
    /** Why the last question has no (whole) answer. */
    unanswered: ApiError | null;
    /** The person stopped the answer's display; the server's full answer can still be shown. */
    stopped: boolean;
    /** The server was told to stop and has not done so yet. */
    stopping: boolean;
    /** Resolves to false when the question did not arrive, so that its text can be given back. */
    ask(text: string): Promise<boolean>;
    stop(): void;
    /** Shows what the server has. */
    reload(): void;
}

export function useConversation(threadId: string | null): ConversationView {
    const [conversation, setConversation] = useState<Conversation>(emptyConversation);
    const [loading, setLoading] = useState(threadId !== null);
    const [error, setError] = useState<ApiError | null>(null);
    const [unanswered, setUnanswered] = useState<ApiError | null>(null);
    const [stopped, setStopped] = useState(false);
    const [stopping, setStopping] = useState(false);
    const asking = useRef<AbortController | null>(null);
    /** The conversation whose content is on screen; differs from the address only in between. */
    const shown = useRef<string | null>(null);

    const refetch = useCallback(async (id: string): Promise<void> => {
        try {
            const thread = await api.get(id);
            if (shown.current === id && !asking.current) {
                setConversation(fromServer(thread));
                setError((before) => (before?.status === 0 || before?.code === "UNAVAILABLE" ? null : before));
            }
        } catch (cause) {
            if (shown.current === id && !asking.current) {
                setError(asApiError(cause));
            }
        } finally {
            if (shown.current === id) {
                setLoading(false);
            }
        }
    }, []);

    useEffect(() => {
        if (threadId === shown.current) {
            return;
        }
        asking.current?.abort();
        asking.current = null;
        shown.current = threadId;
        setConversation(emptyConversation);
        setError(null);
        setUnanswered(null);
        setStopped(false);
        setLoading(threadId !== null);
        if (threadId !== null) {
            void refetch(threadId);
        }
    }, [threadId, refetch]);

    useEffect(
        () => () => {
            asking.current?.abort();
            asking.current = null;
            shown.current = null;
        },
        [],
    );

    const streaming = conversation.draft !== null;
    const listening = threadId !== null && !streaming && !stopped && error?.status !== 404;
    useEffect(() => {
        if (!listening || threadId === null) {
            return;
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        const soon = (): void => {
            clearTimeout(timer);
            timer = setTimeout(() => {
                void refetch(threadId);
                refreshResource("threads");
            }, 150);
        };
        const stop = subscribe(api.events(threadId), {
            onOpen: () => void refetch(threadId),
            onEvent: ({ event, data }) => {
                if (event !== "message") {
                    return;
                }
                const message = asMessage(data);
                if (message && shown.current === threadId && !asking.current) {
                    setConversation((before) => upserted(before, message));
                }
                // The conversation's own state may have changed with the message.
                soon();
            },
        });
        return () => {
            clearTimeout(timer);
            stop();
        };
    }, [listening, threadId, refetch]);

    // Should events get lost on the way, the answer still arrives.
    const poll = useCallback(() => {
        if (threadId !== null) {
            void refetch(threadId);
        }
    }, [threadId, refetch]);
    usePoll(poll, listening && (isWaiting(conversation) || isWorking(conversation)) ? 8000 : null);

    const ask = useCallback(
        async (text: string): Promise<boolean> => {
            const controller = new AbortController();
            asking.current = controller;
            const mine = (): boolean => asking.current === controller;
            setError(null);
            setUnanswered(null);
            setStopped(false);
            setStopping(false);
            setConversation((before) => asked(before, text));
            let arrived = false;
            let finished = false;
            let failure: ApiError | null = null;
            try {
                const response = await api.ask(text, shown.current, controller.signal);
                arrived = true;
                await readStream(response, ({ event, data }) => {
                    if (!mine()) {
                        return;
                    }
                    const content = json(data);
                    if (event === "thread" && shown.current === null) {
                        shown.current = (content as { threadId: string }).threadId;
                        navigate({ name: "chat", threadId: shown.current }, { replace: true });
                        refreshResource("threads");
                    } else if (event === "error") {
                        const { code, message, requestId } = content as { code: string; message: string; requestId?: string };
                        failure = new ApiError(code, message, { status: 500, requestId: requestId ?? response.headers.get("X-Request-Id") });
                    }
                    finished ||= event === "done" || event === "error";
                    setConversation((before) => streamed(before, event, content));
                });
            } catch (cause) {
                failure = asApiError(cause);
            }
            if (!arrived && failure?.code !== "ABORTED") {
                if (mine()) {
                    asking.current = null;
                    setConversation(unasked);
                    setError(failure);
                }
                return false;
            }
            if (!mine()) {
                return true;
            }
            asking.current = null;
            // A broken stream is no failure: the server goes on, and its account is fetched when listening starts again.
            setUnanswered(finished ? failure : null);
            setConversation((before) => settled(before, before.draft?.messageId ?? null, finished ? before.status : "running"));
            refreshResource("threads");
            return true;
        },
        [],
    );

    const stop = useCallback(() => {
        const controller = asking.current;
        const id = shown.current;
        const leave = (): void => {
            if (asking.current === controller) {
                asking.current = null;
                controller?.abort();
                setStopped(true);
                setConversation((before) => settled(before, before.draft?.messageId ?? null, "idle"));
                refreshResource("threads");
            }
        };
        if (id === null) {
            // Nothing has come back yet: there is no conversation to stop on the server.
            leave();
            return;
        }
        setStopping(true);
        // The server ends the stream itself, with what was said so far; should it not, the page leaves it.
        api.stop(id)
            .then(() => new Promise((resolve) => setTimeout(resolve, 5000)))
            .then(leave, leave)
            .finally(() => setStopping(false));
    }, []);

    const reload = useCallback(() => {
        setStopped(false);
        setError(null);
        if (shown.current !== null) {
            setLoading(true);
            void refetch(shown.current);
        }
    }, [refetch]);

    return { conversation, loading, error, unanswered, stopped, stopping: stopping && conversation.draft !== null, ask, stop, reload };
}

function json(data: string): unknown {
    try {
        return JSON.parse(data);
    } catch {
        return {};
    }
}

function asMessage(data: string): Message | null {
    const value = json(data) as { message?: Message } & Partial<Message>;
    const message = value.message ?? value;
    return typeof message.id === "string" && (message.role === "user" || message.role === "assistant") ? (message as Message) : null;
}
