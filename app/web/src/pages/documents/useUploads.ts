/** Files on their way to the server: two at a time, each with its own progress and outcome. */
import { useCallback, useRef, useState } from "react";
import { type ApiError, asApiError } from "../../api/client.ts";
import { upload, type Upload } from "../../api/upload.ts";
import { refusal } from "../../lib/files.ts";
import { refreshResource } from "../../state/resource.ts";

export interface UploadItem {
    key: number;
    file: File;
    state: "waiting" | "sending" | "refused" | "failed" | "duplicate";
    share: number;
    reason?: string;
    error?: ApiError;
    documentId?: string;
}

const atOnce = 2;
let nextKey = 1;

export interface Uploads {
    items: UploadItem[];
    add(files: Iterable<File>): void;
    retry(key: number): void;
    dismiss(key: number): void;
}

export function useUploads(): Uploads {
    const [items, setItems] = useState<UploadItem[]>([]);
    const queue = useRef<UploadItem[]>([]);
    const active = useRef(new Map<number, Upload>());

    const change = useCallback((key: number, part: Partial<UploadItem>) => {
        setItems((before) => before.map((item) => (item.key === key ? { ...item, ...part } : item)));
    }, []);
    const drop = useCallback((key: number) => setItems((before) => before.filter((item) => item.key !== key)), []);

    const pump = useCallback(() => {
        while (active.current.size < atOnce && queue.current.length > 0) {
            const item = queue.current.shift() as UploadItem;
            const sending = upload(item.file, (share) => change(item.key, { share }));
            active.current.set(item.key, sending);
            change(item.key, { state: "sending", share: 0, error: undefined });
            sending.done
                .then(
                    (accepted) => {
                        refreshResource("documents");
                        refreshResource("jobs");
                        if (accepted.duplicate) {
                            change(item.key, { state: "duplicate", documentId: accepted.documentId });
                        } else {
                            drop(item.key);
                        }
                    },
                    (cause: unknown) => {
                        const error = asApiError(cause);
                        if (error.code === "ABORTED") {
                            drop(item.key);
                        } else {
                            change(item.key, { state: "failed", error });
                        }
                    },
                )
                .finally(() => {
                    active.current.delete(item.key);
                    pump();
                });
        }
    }, [change, drop]);

    const add = useCallback(
        (files: Iterable<File>) => {
            const added = [...files].map((file): UploadItem => {
                const reason = refusal(file);
                return { key: nextKey++, file, share: 0, state: reason ? "refused" : "waiting", ...(reason ? { reason } : {}) };
            });
            setItems((before) => [...before.filter((item) => item.state !== "duplicate"), ...added]);
            queue.current.push(...added.filter((item) => item.state === "waiting"));
            pump();
        },
        [pump],
    );

    const retry = useCallback(
        (key: number) => {
            setItems((before) => {
                const item = before.find((other) => other.key === key);
                if (item && !queue.current.some((other) => other.key === key) && !active.current.has(key)) {
                    queue.current.push(item);
                }
                return before.map((other) => (other.key === key ? { ...other, state: "waiting" as const, share: 0 } : other));
            });
            queueMicrotask(pump);
        },
        [pump],
    );

    const dismiss = useCallback(
        (key: number) => {
            queue.current = queue.current.filter((item) => item.key !== key);
            active.current.get(key)?.abort();
            drop(key);
        },
        [drop],
    );

    return { items, add, retry, dismiss };
}
