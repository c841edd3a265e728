/** A queue in memory between one that produces and one that consumes, with room for so many. */
export class Channel<T> implements AsyncIterable<T> {
    private readonly items: T[] = [];
    private ended = false;
    private closed = false;
    private failure: { error: unknown } | undefined;
    private wakeReader: () => void = () => undefined;
    private wakeWriter: () => void = () => undefined;

    constructor(private readonly room: number) {}

    /** Waits while it is full; drops the item when nobody reads any more. */
    async push(item: T): Promise<void> {
        while (this.items.length >= this.room && !this.closed) await new Promise<void>((resolve) => (this.wakeWriter = resolve));
        if (this.closed) return;
        this.items.push(item);
        this.wakeReader();
    }

    end(): void {
        this.ended = true;
        this.wakeReader();
    }

    /** The reader gets what was pushed before, then the error. */
    fail(error: unknown): void {
        this.failure = { error };
        this.end();
    }

    /** The reader has left. */
    close(): void {
        this.closed = true;
        this.wakeWriter();
    }

    async *[Symbol.asyncIterator](): AsyncGenerator<T> {
        for (;;) {
            const item = this.items.shift();
            if (item !== undefined) {
                this.wakeWriter();
                yield item;
            } else if (this.failure !== undefined) {
                throw this.failure.error;
            } else if (this.ended) {
                return;
            } else {
                await new Promise<void>((resolve) => (this.wakeReader = resolve));
            }
        }
    }
}
