/**
 * The one shape of an error: `{error:{code,message,requestId}}`. Codes are stable and each has its section in
 * docs/errors.md; messages are plain words for the person who reads them.
 */
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

export class ApiError extends Error {
    readonly status: ContentfulStatusCode;
    readonly code: string;
    /** Seconds after which it is worth trying again. */
    readonly retryAfter?: number;

    constructor(status: ContentfulStatusCode, code: string, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
        super(message, { cause: options.cause });
        this.name = "ApiError";
        this.status = status;
        this.code = code;
        this.retryAfter = options.retryAfter;
    }
}

export interface ErrorBody {
    error: { code: string; message: string; requestId: string };
}

/** What a caller may know of any error: an ApiError as it is, known database states in plain words, nothing of the rest. */
export function publicError(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    // The framework's own, of a body that is no JSON.
    if (error instanceof HTTPException && error.status < 500) return new ApiError(400, "INVALID_REQUEST", "The request is not valid: its body cannot be read.", { cause: error });
    const code = (error as { code?: unknown } | null)?.code;
    // 53100 disk_full, 53200 out_of_memory; ENOSPC, EDQUOT from the file system.
    if (code === "53100" || code === "ENOSPC" || code === "EDQUOT") {
        return new ApiError(507, "STORAGE_FULL", "The storage is full, so nothing could be saved. Ask an administrator to free or add space, then try again.", { cause: error });
    }
    if (isDatabaseAway(error)) {
        return new ApiError(503, "DATABASE_UNAVAILABLE", "The database cannot be reached right now. Try again in a moment.", { cause: error, retryAfter: 5 });
    }
    return new ApiError(500, "INTERNAL", "Something went wrong on our side. It was logged under the request id given here.", { cause: error });
}

/** Whether an error means that the database is unreachable, restarting or out of connections. */
export function isDatabaseAway(error: unknown): boolean {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code !== "string") return typeof message === "string" && databaseAwayMessage.test(message);
    return code.startsWith("08") || code.startsWith("57P") || code === "53300" || databaseAwayCodes.has(code);
}

const databaseAwayCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "ETIMEDOUT"]);
/** What node-postgres says without a code. */
const databaseAwayMessage = /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;
