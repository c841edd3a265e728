/** A parser of the event stream format (WHATWG HTML §9.2), fed with text in pieces of any size. */

export interface SseEvent {
    /** The last id the stream gave, which a reconnect sends back. */
    id: string;
    event: string;
    data: string;
}

export class SseParser {
    /** The reconnect delay the server asked for, if it did. */
    retry: number | undefined;
    lastEventId = "";
    private rest = "";
    private started = false;
    private afterReturn = false;
    private event = "";
    private data: string[] = [];

    /** Takes the next piece of text and returns the events it completes. */
    push(text: string): SseEvent[] {
        const events: SseEvent[] = [];
        for (const line of this.lines(text)) {
            if (line === "") {
                this.dispatch(events);
            } else {
                this.field(line);
            }
        }
        return events;
    }

    /** The lines that `text` completes; CR, LF and CRLF all end a line, even when a CRLF arrives in two pieces. */
    private lines(text: string): string[] {
        const lines: string[] = [];
        let start = 0;
        if (!this.started && text !== "") {
            this.started = true;
            start = text.startsWith("\uFEFF") ? 1 : 0;
        }
        for (let i = start; i < text.length; i += 1) {
            const character = text[i];
            if (character === "\n" && this.afterReturn) {
                this.afterReturn = false;
                start = i + 1;
                continue;
            }
            this.afterReturn = character === "\r";
            if (character === "\n" || character === "\r") {
                lines.push(this.rest + text.slice(start, i));
                this.rest = "";
                start = i + 1;
            }
        }
        this.rest += text.slice(start);
        return lines;
    }

    private field(line: string): void {
        const colon = line.indexOf(":");
        if (colon === 0) {
            return;
        }
        const name = colon < 0 ? line : line.slice(0, colon);
        const raw = colon < 0 ? "" : line.slice(colon + 1);
        const value = raw.startsWith(" ") ? raw.slice(1) : raw;
        if (name === "event") {
            this.event = value;
        } else if (name === "data") {
            this.data.push(value);
        } else if (name === "id" && !value.includes("\0")) {
            this.lastEventId = value;
        } else if (name === "retry" && /^\d+$/.test(value)) {
            this.retry = Number(value);
        }
    }

    private dispatch(events: SseEvent[]): void {
        if (this.data.length > 0) {
            events.push({ id: this.lastEventId, event: this.event || "message", data: this.data.join("\n") });
        }
        this.event = "";
        this.data = [];
    }
}
