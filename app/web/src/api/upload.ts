/** Uploading needs XMLHttpRequest: fetch cannot report how much has been sent. */
import { announceReached, announceSignedOut, ApiError, asApiError, errorFrom, goOnWithSession, hasRunOut } from "./client.ts";
import type { UploadAccepted } from "./types.ts";

/** An upload under way. */
export interface Upload {
    done: Promise<UploadAccepted>;
    abort(): void;
}

/** Sends one file; `onProgress` gets the share that has been sent, 0 to 1. */
export function upload(file: File, options: { tags: string[]; priority: "normal" | "low" }, onProgress: (share: number) => void): Upload {
    let current = sendFile(file, options, onProgress);
    let stopped = false;
    const began = Date.now();
    const done = current.done.catch(async (cause: unknown) => {
        const error = asApiError(cause);
        if (!stopped && hasRunOut(error) && (await goOnWithSession(began))) {
            current = sendFile(file, options, onProgress);
            return current.done;
        }
        throw error;
    });
    done.catch((cause: unknown) => {
        if (asApiError(cause).status === 401) {
            announceSignedOut();
        }
    });
    return {
        done,
        abort: () => {
            stopped = true;
            current.abort();
        },
    };
}

function sendFile(file: File, { tags, priority }: { tags: string[]; priority: "normal" | "low" }, onProgress: (share: number) => void): Upload {
    const xhr = new XMLHttpRequest();
    const done = new Promise<UploadAccepted>((resolve, reject) => {
        xhr.upload.onprogress = (event) => onProgress(event.lengthComputable && event.total > 0 ? event.loaded / event.total : 0);
        xhr.onload = () => {
            announceReached(xhr.status < 502 || xhr.status > 504);
            if (xhr.status >= 200 && xhr.status < 300) {
                try {
                    resolve(JSON.parse(xhr.responseText) as UploadAccepted);
                } catch {
                    reject(new ApiError("UNEXPECTED_ANSWER", "The answer was not JSON.", { status: xhr.status }));
                }
                return;
            }
            reject(errorFrom(xhr.status, xhr.responseText, (name) => xhr.getResponseHeader(name)));
        };
        xhr.onerror = () => {
            announceReached(false);
            reject(new ApiError("UNREACHABLE", "The connection broke while the file was being sent."));
        };
        xhr.onabort = () => reject(new ApiError("ABORTED", "The upload was stopped."));
    });
    const body = new FormData();
    body.append("file", file, file.name);
    const query = new URLSearchParams({ priority, ...(tags.length > 0 ? { tags: tags.join(",") } : {}) });
    xhr.open("POST", `/api/v2/upload?${query}`);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(body);
    return { done, abort: () => xhr.abort() };
}
