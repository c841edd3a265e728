/** Retrieval by another process of the platform, or by this one. */
import { ApiError, type ErrorBody } from "../http/errors.js";
import type { Passage, Retriever } from "./passage.js";
import { RANKINGS } from "./ranking.js";
import { search, type SearchDeps } from "./search.js";

const TIMEOUT_MS = 15_000;
const DEFAULT_K = 8;

/** Asks the RAG service as the caller; tries once more when it could not be reached, because asking changes nothing. */
export function remoteRetriever(url: string): Retriever {
    return {
        async search(caller, query, { k = DEFAULT_K, filter, ranking } = {}) {
            const ask = () => {
                const timeout = AbortSignal.timeout(TIMEOUT_MS);
                return fetch(new URL("/search", url), {
                    method: "POST",
                    headers: { "content-type": "application/json", authorization: `Bearer ${caller.token}`, "x-request-id": caller.requestId },
                    body: JSON.stringify({ query, k, filter, ranking }),
                    signal: caller.signal === undefined ? timeout : AbortSignal.any([caller.signal, timeout]),
                });
            };
            let response: Response;
            try {
                response = await ask().catch((error: unknown) => {
                    if (caller.signal?.aborted || (error as Error).name === "TimeoutError") throw error;
                    return ask();
                });
            } catch (error) {
                caller.signal?.throwIfAborted();
                throw new ApiError(503, "SEARCH_UNAVAILABLE", "The document search cannot be reached right now. Try again in a moment.", { cause: error, retryAfter: 5 });
            }
            if (response.ok) return ((await response.json()) as { passages: Passage[] }).passages;
            const problem = (await response.json().catch(() => undefined)) as ErrorBody | undefined;
            if (response.status === 401) throw new ApiError(401, "SESSION_ENDED", "The session has ended. Sign in again.");
            throw new ApiError(503, "SEARCH_UNAVAILABLE", "The document search could not answer. Try again in a moment.", { cause: problem?.error, retryAfter: 5 });
        },
    };
}

export function localRetriever(deps: SearchDeps): Retriever {
    return { search: async (caller, query, { k = DEFAULT_K, filter, ranking = "hybrid" } = {}) => (await search(deps, caller.principal, query, { k, filter, ranking: RANKINGS[ranking], signal: caller.signal })).passages };
}
