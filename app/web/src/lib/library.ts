/** The list of documents as a person works with it: what state each is in, what is shown, what can be done with many at once. Pure. */
import type { Doc, Job } from "../api/types.ts";
import { count, plural } from "./format.ts";
import { isActive } from "./progress.ts";

export interface LibraryItem {
    document: Doc;
    job: Job | null;
}

export type ItemState = "ready" | "working" | "failed" | "cancelled";

/** What is done with an item, its job's account first: it is newer than the list. */
export function stateOf({ document, job }: LibraryItem): ItemState {
    if (job) {
        // A second reading that came to nothing: the document answers as before.
        if (document.state === "ready" && !isActive(job)) return "ready";
        return isActive(job) ? "working" : job.state === "failed" ? "failed" : job.state === "cancelled" ? "cancelled" : "ready";
    }
    return document.state === "failed" ? "failed" : document.state === "cancelled" ? "cancelled" : document.state === "ready" ? "ready" : "working";
}

/** Passages that can be asked about by now. */
export function passagesOf({ document, job }: LibraryItem): number {
    return Math.max(document.chunks, job?.progress.embedded ?? 0);
}

export interface Filter {
    words: string;
    state: ItemState | "all";
    tag: string;
}

export const noFilter: Filter = { words: "", state: "all", tag: "" };

/** The items that fit: every word in the name or a tag, the state, the tag. */
export function matching(items: readonly LibraryItem[], { words, state, tag }: Filter): LibraryItem[] {
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    return items.filter((item) => {
        const { filename, tags = [] } = item.document;
        const text = `${filename} ${tags.join(" ")}`.toLowerCase();
        return (state === "all" || stateOf(item) === state) && (tag === "" || tags.includes(tag)) && wanted.every((word) => text.includes(word));
    });
}

/** Every tag in use, in alphabetical order. */
export function tagsIn(items: readonly LibraryItem[]): string[] {
    return [...new Set(items.flatMap(({ document }) => document.tags ?? []))].sort((a, b) => a.localeCompare(b));
}

/** Tags as typed: separated by commas, once each, at most 50 of 64 characters, as the server takes them. */
export function tagsFrom(text: string): string[] {
    const tags = text.split(",").map((tag) => tag.trim().replace(/\s+/g, " ").slice(0, 64));
    return [...new Set(tags.filter((tag) => tag !== ""))].slice(0, 50);
}

export interface Summary {
    total: number;
    states: Record<ItemState, number>;
    /** `12 of 40 documents are ready · 3 in progress: 120 of 400 pages · 2 failed` */
    words: string;
    /** Share of the documents that have come to an end, 0 to 1. */
    share: number;
}

/** How far everything is, in one line. */
export function summary(items: readonly LibraryItem[]): Summary {
    const states: Record<ItemState, number> = { ready: 0, working: 0, failed: 0, cancelled: 0 };
    let pagesDone = 0;
    let pagesTotal = 0;
    for (const item of items) {
        const state = stateOf(item);
        states[state] += 1;
        if (state === "working" && item.job?.progress.pagesTotal) {
            pagesDone += Math.min(item.job.progress.pagesDone, item.job.progress.pagesTotal);
            pagesTotal += item.job.progress.pagesTotal;
        }
    }
    const total = items.length;
    const parts = [states.ready === total ? plural(total, "document") : `${count(states.ready)} of ${plural(total, "document")} ready`];
    if (states.working > 0) {
        parts.push(`${count(states.working)} in progress${pagesTotal > 0 ? `: ${count(pagesDone)} of ${plural(pagesTotal, "page")}` : ""}`);
    }
    if (states.failed > 0) {
        parts.push(`${count(states.failed)} failed`);
    }
    if (states.cancelled > 0) {
        parts.push(`${count(states.cancelled)} cancelled`);
    }
    return { total, states, words: parts.join(" · "), share: total === 0 ? 0 : (total - states.working) / total };
}

/** Documents that can be sent through reading again, and why each can. */
export function retryable(items: readonly LibraryItem[]): LibraryItem[] {
    return items.filter((item) => item.job !== null && (stateOf(item) === "failed" || stateOf(item) === "cancelled"));
}

/** Documents that can be read again although nothing is wrong with them. */
export function rereadable(items: readonly LibraryItem[]): LibraryItem[] {
    return items.filter((item) => stateOf(item) === "ready");
}

/** Documents whose reading can be stopped. */
export function cancellable(items: readonly LibraryItem[]): LibraryItem[] {
    return items.filter((item) => item.job !== null && isActive(item.job));
}
