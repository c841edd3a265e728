import assert from "node:assert/strict";
import fc from "fast-check";
import type { Job, Progress } from "../api/types.ts";
import { countsLine, isNewer, shareOf, stageLabel } from "./progress.ts";

function job(progress: Partial<Progress>, part: Partial<Job> = {}): Job {
    const whole: Progress = { stage: "parsing", pagesDone: 0, pagesTotal: null, chunksDone: 0, chunksTotal: null, embedded: 0, ...progress };
    return { id: "j", documentId: "d", filename: "f.pdf", state: "running", attempt: 1, maxAttempts: 3, progress: whole, error: null, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z", ...part };
}

describe("progress", () => {
    it("tells pages, passages and embedded of the total", () => {
        assert.equal(countsLine(job({ stage: "embedding", pagesDone: 12, pagesTotal: 12, chunksDone: 1200, chunksTotal: 1200, embedded: 320 })), "12 of 12 pages · 1,200 of 1,200 passages · 320 embedded");
        assert.equal(countsLine(job({})), "");
        assert.equal(countsLine(job({ pagesDone: 3 })), "3 pages");
    });

    it("grows through the stages", () => {
        const shares = [
            job({ stage: "queued" }, { state: "queued" }),
            job({ stage: "parsing", pagesDone: 1, pagesTotal: 2 }),
            job({ stage: "chunking", chunksDone: 1, chunksTotal: 2 }),
            job({ stage: "embedding", chunksTotal: 2, embedded: 1 }),
            job({ stage: "embedding" }, { state: "done" }),
        ].map(shareOf);
        assert.deepEqual(shares, [...shares].sort((a, b) => a - b));
        assert.equal(shares.at(-1), 1);
    });

    it("stays between 0 and 1 and free of NaN whatever the server sends", () => {
        const anything = fc.oneof(fc.double(), fc.constant(null), fc.constant(undefined)) as fc.Arbitrary<number>;
        const stage = fc.constantFrom("queued", "parsing", "chunking", "embedding", "done", "new stage") as fc.Arbitrary<Progress["stage"]>;
        fc.assert(
            fc.property(stage, anything, anything, anything, anything, anything, (name, pagesDone, pagesTotal, chunksDone, chunksTotal, embedded) => {
                const odd = job({ stage: name, pagesDone, pagesTotal, chunksDone, chunksTotal, embedded });
                const share = shareOf(odd);
                assert.ok(share >= 0 && share <= 1, String(share));
                assert.doesNotMatch(countsLine(odd) + stageLabel(odd), /NaN|null|undefined|Infinity|∞/);
            }),
        );
    });

    it("says that it will try again", () => {
        assert.equal(stageLabel(job({}, { state: "queued", attempt: 2 })), "Waiting to try again (2 of 3)");
    });

    it("does not go back to older news", () => {
        assert.equal(isNewer(job({}), job({}, { updatedAt: "2026-01-01T00:00:01Z" })), false);
        assert.equal(isNewer(job({}), job({})), true);
        assert.equal(isNewer(job({}), undefined), true);
    });
});
