/** Answers many signs of change with few rounds of work, never two at once. */

/** Milliseconds after which a round that failed is tried again. */
const retry = 1_000;

export interface Coalesced {
    /** Something changed: a round will begin, or another one after the one that runs. */
    (): void;
    /** No round begins any more. */
    stop(): void;
}

/**
 * @param act one round of work; it sees everything that changed before it begins
 * @param failed told of each round that failed; the next one follows a second later
 * @param gather milliseconds to wait before a round, for changes that come in crowds
 */
export function coalesce(act: () => Promise<void>, failed: (error: unknown) => void, gather = 0): Coalesced {
    let timer: NodeJS.Timeout | undefined;
    let busy = false;
    let again = false;
    let stopped = false;

    function after(milliseconds: number): void {
        if (!stopped) timer ??= setTimeout(() => void round(), milliseconds).unref();
    }

    async function round(): Promise<void> {
        timer = undefined;
        busy = true;
        let pause = gather;
        try {
            await act();
        } catch (error) {
            failed(error);
            again = true;
            pause = retry;
        }
        busy = false;
        if (again) after(pause);
        again = false;
    }

    return Object.assign(
        () => {
            if (busy) again = true;
            else after(gather);
        },
        {
            stop: () => {
                stopped = true;
                clearTimeout(timer);
            },
        },
    );
}
