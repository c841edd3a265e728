/** Asking a service whether it works, as a browser can. */
import { type ApiError, asApiError, send } from "../api/client.ts";

export interface Probe {
    name: string;
    about: string;
    path: string;
}

export interface Check extends Probe {
    /** How long the answer took. */
    milliseconds: number;
    error: ApiError | null;
}

/** Asks once; never rejects. */
export async function measured(probe: Probe): Promise<Check> {
    const began = performance.now();
    const error = await send(probe.path).then(
        () => null,
        (cause: unknown) => asApiError(cause),
    );
    return { ...probe, milliseconds: Math.round(performance.now() - began), error };
}
