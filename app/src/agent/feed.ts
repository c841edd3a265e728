import type { TurnEvent } from "./turn.js";

/**
 * What a running turn tells, kept from its start: a reader that comes a moment late misses nothing, and one
 * that goes away stops nothing.
 */
export class TurnFeed {
    private readonly events: TurnEvent[] = [];
    private readonly waiting = new Set<() => void>();
    private ended = false;

    push(event: TurnEvent): void {
        if (!this.ended) {
            this.events.push(event);
            this.wake();
        }
    }

    end(): void {
        this.ended = true;
        this.wake();
    }

    /** All events from the first to the last, as they come. */
    async *read(signal: AbortSignal): AsyncGenerator<TurnEvent> {
        for (let next = 0; !signal.aborted; ) {
            const event = this.events[next];
            if (event?.event === "token") {
                // What came in one go is told in one go: each event on its own costs more than its text.
                let text = "";
                for (let more: TurnEvent | undefined = event; more?.event === "token"; more = this.events[next]) {
                    text += more.data.text;
                    next++;
                }
                yield { event: "token", data: { text } };
            } else if (event !== undefined) {
                next++;
                yield event;
            } else if (this.ended) {
                return;
            } else {
                await this.more(signal);
            }
        }
    }

    private more(signal: AbortSignal): Promise<void> {
        return new Promise((resolve) => {
            const done = () => {
                signal.removeEventListener("abort", done);
                this.waiting.delete(done);
                resolve();
            };
            this.waiting.add(done);
            signal.addEventListener("abort", done);
        });
    }

    private wake(): void {
        for (const resolve of [...this.waiting]) {
            resolve();
        }
    }
}
