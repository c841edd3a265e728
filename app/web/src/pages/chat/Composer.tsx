import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "../../components/Button.tsx";
import { keepUnsent, unsentText } from "../../state/drafts.ts";

interface ComposerProps {
    threadId: string | null;
    busy: boolean;
    /** The answer is being stopped. */
    stopping: boolean;
    onSend(text: string): void;
    onStop(): void;
}

/** The field for the next question. Enter sends, Shift+Enter begins a new line. */
export function Composer({ threadId, busy, stopping, onSend, onStop }: ComposerProps) {
    const [, render] = useState(0);
    const field = useRef<HTMLTextAreaElement>(null);
    const text = unsentText(threadId);

    const change = (next: string): void => {
        keepUnsent(threadId, next);
        render((n) => n + 1);
    };
    const send = (): void => {
        const message = text.trim();
        if (message === "" || busy) {
            return;
        }
        change("");
        onSend(message);
        field.current?.focus();
    };
    const onKeyDown = (event: KeyboardEvent): void => {
        // While an input method composes, Enter belongs to it.
        if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
        } else if (event.key === "Escape" && busy) {
            onStop();
        }
    };

    useEffect(() => {
        // On a touch screen the focus would open the keyboard over the conversation.
        if (window.matchMedia("(pointer: fine)").matches) {
            field.current?.focus({ preventScroll: true });
        }
    }, [threadId]);
    useLayoutEffect(() => {
        const element = field.current;
        if (element) {
            element.style.height = "auto";
            element.style.height = `${Math.min(element.scrollHeight, 220)}px`;
        }
    }, [text]);

    return (
        <form
            className="composer"
            onSubmit={(event) => {
                event.preventDefault();
                send();
            }}
        >
            <label htmlFor="message" className="visually-hidden">
                Message
            </label>
            <textarea
                id="message"
                ref={field}
                rows={1}
                value={text}
                placeholder="Ask a question…"
                aria-describedby="composer-hint"
                onChange={(event) => change(event.target.value)}
                onKeyDown={onKeyDown}
            />
            {busy ? (
                <IconButton icon="stop" label={stopping ? "Stopping…" : "Stop"} disabled={stopping} className="send" onClick={onStop} />
            ) : (
                <IconButton icon="arrowUp" label="Send" className="send" type="submit" disabled={text.trim() === ""} />
            )}
            <p id="composer-hint" className="visually-hidden">
                Enter sends, Shift and Enter begins a new line.
            </p>
        </form>
    );
}
