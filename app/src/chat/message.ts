import { ApiError } from "../http/errors.js";

/** Characters that one message may have. */
export const maxMessageLength = 8_000;

/**
 * A person's message as it is kept: line ends unified, invisible control characters removed, surrounding
 * space cut. What is then empty or too long is refused.
 */
export function cleanMessage(raw: string): string {
    if (raw.length > maxMessageLength * 4) {
        throw tooLong();
    }
    const text = raw
        .replace(/\r\n?/g, "\n")
        // C0, C1 and the marks that reverse the reading direction; tab and line feed stay.
        .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g, "")
        .trim();
    if (text === "") {
        throw new ApiError(400, "MESSAGE_EMPTY", "The message is empty. Write what you would like to know or to have done.");
    }
    if (text.length > maxMessageLength) {
        throw tooLong();
    }
    return text;
}

function tooLong(): ApiError {
    return new ApiError(413, "MESSAGE_TOO_LONG", `The message is longer than ${maxMessageLength} characters. Shorten it, or upload the text as a document and ask about that.`);
}
