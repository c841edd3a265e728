/** Doing one thing to many: a few at a time, every failure kept. */
import { type ApiError, asApiError } from "../api/client.ts";

export interface BatchResult<T> {
    done: T[];
    failed: { item: T; error: ApiError }[];
}

/** Runs `action` for each item, `atOnce` together; never rejects. `onStep` hears how many have ended. */
export async function batch<T>(items: readonly T[], action: (item: T) => Promise<unknown>, onStep: (ended: number) => void = () => undefined, atOnce = 4): Promise<BatchResult<T>> {
    const result: BatchResult<T> = { done: [], failed: [] };
    const waiting = [...items];
    const work = async (): Promise<void> => {
        for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
            try {
                await action(item);
                result.done.push(item);
            } catch (cause) {
                result.failed.push({ item, error: asApiError(cause) });
            }
            onStep(result.done.length + result.failed.length);
        }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
    return result;
}
