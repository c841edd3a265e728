/** The documents with the work that is being done on them, kept fresh by the server's events. */
import { useCallback, useEffect, useMemo } from "react";
import { documents as documentsApi, jobs as jobsApi } from "../../api/endpoints.ts";
import { subscribe } from "../../api/stream.ts";
import type { ApiError } from "../../api/client.ts";
import type { Doc, Job } from "../../api/types.ts";
import type { LibraryItem } from "../../lib/library.ts";
import { isActive, isNewer } from "../../lib/progress.ts";
import { changeResource, refreshResource, useResource } from "../../state/resource.ts";

export interface Library {
    items: LibraryItem[] | undefined;
    error: ApiError | null;
    loading: boolean;
    reload(): Promise<void>;
}

/** Newest first. */
export function useLibrary(): Library {
    const documents = useResource<Doc[]>("documents", documentsApi.list);
    const jobs = useResource<Job[]>("jobs", jobsApi.list);
    const { reload: reloadDocuments } = documents;
    const { reload: reloadJobs } = jobs;

    useEffect(
        () =>
            subscribe(jobsApi.events, {
                // Whatever happened while nobody listened is in the lists.
                onOpen: () => {
                    refreshResource("jobs");
                    refreshResource("documents");
                },
                onEvent: ({ data }) => takeJob(data),
            }),
        [],
    );

    const reload = useCallback(async () => {
        await Promise.all([reloadDocuments(), reloadJobs()]);
    }, [reloadDocuments, reloadJobs]);

    const items = useMemo(() => documents.data && joined(documents.data, jobs.data ?? []), [documents.data, jobs.data]);
    return { items, error: documents.error ?? jobs.error, loading: documents.loading, reload };
}

function takeJob(data: string): void {
    let job: Job;
    try {
        job = JSON.parse(data) as Job;
    } catch {
        return;
    }
    let wasActive = false;
    let isUnknown = false;
    changeResource<Job[]>("jobs", (jobs = []) => {
        const known = jobs.find((other) => other.id === job.id);
        if (!isNewer(job, known)) {
            return jobs;
        }
        wasActive = known !== undefined && isActive(known);
        isUnknown = known === undefined;
        return known ? jobs.map((other) => (other.id === job.id ? job : other)) : [job, ...jobs];
    });
    if (isUnknown || (wasActive && !isActive(job))) {
        // Pages, passages and the state of the document itself have changed.
        documentsChanged();
    }
}

let refreshing: ReturnType<typeof setTimeout> | undefined;

/** Many jobs may end at once; the list is fetched once for all of them. */
function documentsChanged(): void {
    clearTimeout(refreshing);
    refreshing = setTimeout(() => refreshResource("documents"), 150);
}

const made = new WeakMap<Doc, LibraryItem>();

/** The same object for the same document and job, so that of many rows only the changed ones are drawn again. */
function item(document: Doc, job: Job | null): LibraryItem {
    const known = made.get(document);
    if (known?.job === job) {
        return known;
    }
    const next = { document, job };
    made.set(document, next);
    return next;
}

function joined(documents: Doc[], jobs: Job[]): LibraryItem[] {
    const byId = new Map(jobs.map((job) => [job.id, job]));
    return [...documents]
        .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
        .map((document) => item(document, (document.jobId ? byId.get(document.jobId) : undefined) ?? null));
}
