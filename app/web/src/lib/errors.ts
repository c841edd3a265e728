/** Failures in plain words: what happened, and what to do about it. */
import type { ApiError } from "../api/client.ts";

export interface PlainError {
    title: string;
    hint: string;
}

const known: Record<string, PlainError> = {
    UNREACHABLE: { title: "The server cannot be reached.", hint: "Check your connection. Nothing you typed is lost; try again in a moment." },
    UNAVAILABLE: { title: "The service is not available right now.", hint: "It may be restarting. Try again in a minute." },
    UNEXPECTED_ANSWER: { title: "The answer came from something else than this application.", hint: "A proxy or sign-in portal may be in between. Reload the page." },
    UNAUTHENTICATED: { title: "Your session has ended.", hint: "Sign in again; you will come back to this page." },
    FORBIDDEN: { title: "You are not allowed to do this.", hint: "Ask an administrator if you think you should be." },
    TOO_MANY_REQUESTS: { title: "Too many requests at once.", hint: "Wait a moment, then try again." },
    APPROVAL_DECIDED: { title: "Someone has already decided this request.", hint: "Nothing was changed by your click. The decision is shown below." },
    APPROVAL_EXPIRED: { title: "This request has expired.", hint: "Nothing will be done. The person who asked can ask again." },
    APPROVAL_OWN_REQUEST: { title: "You cannot decide your own request.", hint: "Another person who may approve has to." },
    APPROVAL_ALTERED: { title: "This request has changed since you opened it.", hint: "Your decision was not applied. Read the request again before deciding." },
    APPROVAL_GIVEN: { title: "You have approved this already.", hint: "It also needs the approval of another person." },
    ABORTED: { title: "Stopped.", hint: "" },
    BROWSER_ERROR: { title: "Something went wrong in this page.", hint: "Try again; if it happens again, reload the page." },
    NOT_FOUND: { title: "This does not exist, or is not yours to see.", hint: "It may have been deleted." },
};

/** What to tell a person about an error. */
export function plainWords(error: ApiError): PlainError {
    const wait = error.retryAfter ? ` Try again in ${error.retryAfter} ${error.retryAfter === 1 ? "second" : "seconds"}.` : "";
    const found = known[error.code];
    if (found) {
        return wait ? { title: found.title, hint: wait.trim() } : found;
    }
    if (error.status === 429) {
        return { title: error.message || "Too many requests at once.", hint: wait.trim() || "Wait a moment, then try again." };
    }
    if (error.message) {
        // The server's own messages say what happened and what to do.
        return { title: error.message, hint: "" };
    }
    return { title: "The server could not do this.", hint: error.status >= 500 ? "Try again in a moment." : "" };
}

/** `UPLOAD_TOO_LARGE · request 4f1c…`: what to quote when asking for help. */
export function reference(error: ApiError): string {
    return error.requestId ? `${error.code} · request ${error.requestId}` : error.code;
}
