/** Files on their way to the server, two at a time, each with its own progress and outcome. Beside the pages, so that they go on while another page is open. */
import { useSyncExternalStore } from "react";
import { type ApiError, asApiError } from "../api/client.ts";
import { upload, type Upload } from "../api/upload.ts";
import { refusal } from "../lib/files.ts";
import { refreshResource } from "./resource.ts";

export interface UploadItem {
    key: number;
    file: File;
    tags: string[];
    state: "waiting" | "sending" | "refused" | "failed" | "duplicate";
    share: number;
    reason?: string;
    error?: ApiError;
    documentId?: string;
}

const atOnce = 2;
/** From so many files on, they let other people's go first. */
const bulk = 10;

/** Documents of this visit that are new versions of older ones. */
const versions = new Set<string>();

let items: UploadItem[] = [];
let nextKey = 1;
const queue: number[] = [];
const active = new Map<number, Upload>();
const listeners = new Set<() => void>();

function put(next: UploadItem[]): void {
    items = next;
    listeners.forEach((listener) => listener());
}

function change(key: number, part: Partial<UploadItem>): void {
    put(items.map((item) => (item.key === key ? { ...item, ...part } : item)));
}

/** What is being sent, or could not be. */
export function useUploads(): UploadItem[] {
    return useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => items,
    );
}

/** Whether this document, when it is ready, takes the place of an older one of its name. */
export function isNewVersion(documentId: string): boolean {
    return versions.has(documentId);
}

/** Whether leaving the page would lose files. */
export function isSending(): boolean {
    return items.some((item) => item.state === "waiting" || item.state === "sending");
}

export function addUploads(files: Iterable<File>, tags: string[] = []): void {
    const added = [...files].map((file): UploadItem => {
        const reason = refusal(file);
        return { key: nextKey++, file, tags, share: 0, state: reason ? "refused" : "waiting", ...(reason ? { reason } : {}) };
    });
    put([...items.filter((item) => item.state !== "duplicate"), ...added]);
    queue.push(...added.filter((item) => item.state === "waiting").map((item) => item.key));
    pump();
}

export function retryUpload(key: number): void {
    if (!queue.includes(key) && !active.has(key)) {
        change(key, { state: "waiting", share: 0, error: undefined });
        queue.push(key);
        pump();
    }
}

/** Takes it off the list; stops it when it is being sent. */
export function dismissUpload(key: number): void {
    const waiting = queue.indexOf(key);
    if (waiting >= 0) {
        queue.splice(waiting, 1);
    }
    active.get(key)?.abort();
    put(items.filter((item) => item.key !== key));
}

/** Stops everything that is not there yet and clears the list: for the person, or when the next one signs in. */
export function stopUploads(): void {
    queue.length = 0;
    active.forEach((sending) => sending.abort());
    put([]);
}

function pump(): void {
    while (active.size < atOnce && queue.length > 0) {
        const key = queue.shift() as number;
        const item = items.find((other) => other.key === key);
        if (!item) {
            continue;
        }
        const priority = queue.length + active.size >= bulk ? "low" : "normal";
        const sending = upload(item.file, { tags: item.tags, priority }, (share) => change(key, { share }));
        active.set(key, sending);
        change(key, { state: "sending", share: 0, error: undefined });
        sending.done
            .then(
                (accepted) => {
                    if (accepted.replaces) {
                        versions.add(accepted.documentId);
                    }
                    refreshResource("documents");
                    refreshResource("jobs");
                    if (accepted.duplicate) {
                        change(key, { state: "duplicate", documentId: accepted.documentId });
                    } else {
                        dismissUpload(key);
                    }
                },
                (cause: unknown) => {
                    const error = asApiError(cause);
                    if (error.code === "ABORTED") {
                        dismissUpload(key);
                    } else {
                        change(key, { state: "failed", error });
                    }
                },
            )
            .finally(() => {
                active.delete(key);
                pump();
            });
    }
}
