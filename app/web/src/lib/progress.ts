/** A job's progress as one share and one line. Servers restart and totals come late: every number is checked. */
import type { Job, Stage } from "../api/types.ts";
import { count } from "./format.ts";

const labels: Record<Stage, string> = {
    queued: "Waiting for its turn",
    parsing: "Reading pages",
    chunking: "Cutting into passages",
    embedding: "Making passages searchable",
    done: "Ready",
};

/** How much of the whole each stage is; reading and embedding take nearly all the time. */
const spans: Record<Stage, [number, number]> = {
    queued: [0, 0],
    parsing: [0, 0.4],
    chunking: [0.4, 0.5],
    embedding: [0.5, 1],
    done: [1, 1],
};

/** A number that can be shown: finite, whole, not negative. */
function sound(value: unknown): number {
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

function share(done: unknown, total: unknown): number {
    const whole = sound(total);
    return whole === 0 ? 0 : Math.min(1, sound(done) / whole);
}

/** The share of the work that is done, 0 to 1. */
export function shareOf(job: Job): number {
    if (job.state === "done") {
        return 1;
    }
    const { stage, pagesDone, pagesTotal, chunksDone, chunksTotal, embedded } = job.progress;
    const [from, to] = spans[stage] ?? [0, 0];
    const within = stage === "parsing" ? share(pagesDone, pagesTotal) : stage === "chunking" ? share(chunksDone, chunksTotal) : share(embedded, chunksTotal);
    return from + (to - from) * within;
}

/** What is being done, in words. */
export function stageLabel(job: Job): string {
    if (job.state === "queued") {
        return job.attempt > 1 ? `Waiting to try again (${job.attempt} of ${job.maxAttempts})` : labels.queued;
    }
    return labels[job.progress.stage] ?? "Working";
}

/** `page 3 of 12 · 40 of 120 passages · 32 embedded`; says nothing of what has not begun. */
export function countsLine(job: Job): string {
    const { pagesDone, pagesTotal, chunksDone, chunksTotal, embedded } = job.progress;
    const parts: string[] = [];
    if (sound(pagesDone) > 0 || sound(pagesTotal) > 0) {
        parts.push(sound(pagesTotal) > 0 ? `${count(sound(pagesDone))} of ${count(sound(pagesTotal))} pages` : `${count(sound(pagesDone))} pages`);
    }
    if (sound(chunksDone) > 0 || sound(chunksTotal) > 0) {
        parts.push(sound(chunksTotal) > 0 ? `${count(sound(chunksDone))} of ${count(sound(chunksTotal))} passages` : `${count(sound(chunksDone))} passages`);
    }
    if (sound(embedded) > 0) {
        parts.push(`${count(sound(embedded))} embedded`);
    }
    return parts.join(" · ");
}

/** Whether anything will still happen by itself. */
export function isActive(job: Job): boolean {
    return job.state === "queued" || job.state === "running";
}

/** Whether `next` may replace `current`: events can arrive after a fresher list. */
export function isNewer(next: Job, current: Job | undefined): boolean {
    return !current || Date.parse(next.updatedAt) >= Date.parse(current.updatedAt) || Number.isNaN(Date.parse(next.updatedAt));
}
