import { type ApiError, asApiError } from "../../api/client.ts";
import type { Approval } from "../../api/types.ts";

/** Hands on what became of a decision. That the server has another account of the request (409) is no failure: the page has to be read again. */
export function decided(decision: Promise<Approval>, onDecided: (approval: Approval) => void, onRefused: (error: ApiError) => void): Promise<void> {
    return decision.then(onDecided, (cause: unknown) => {
        const problem = asApiError(cause);
        if (problem.status !== 409) {
            throw problem;
        }
        onRefused(problem);
    });
}
