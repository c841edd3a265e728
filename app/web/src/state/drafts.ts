/** Unsent words by conversation, in memory only: they survive looking at a document, and signing in again as the same person. */

const unsent = new Map<string, string>();
const keyOf = (threadId: string | null): string => threadId ?? "new";

export function unsentText(threadId: string | null): string {
    return unsent.get(keyOf(threadId)) ?? "";
}

export function keepUnsent(threadId: string | null, text: string): void {
    if (text === "") {
        unsent.delete(keyOf(threadId));
    } else {
        unsent.set(keyOf(threadId), text);
    }
}

/** For the next person at this browser. */
export function forgetUnsent(): void {
    unsent.clear();
}
