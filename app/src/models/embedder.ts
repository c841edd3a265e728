/** Text to unit vectors of 384 numbers, computed in worker threads: the model blocks the thread that runs it. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { beside } from "../process.js";
import type { EmbedReply, EmbedRequest } from "./embedWorker.js";
import { DIMENSIONS, LOCAL_MODEL, type VectorSpace } from "./vectorSpace.js";

export interface Embedder extends VectorSpace {
    embed(texts: readonly string[]): Promise<Float32Array[]>;
    close(): Promise<void>;
}

/** Texts handed to a thread at once: small, so that a query waits for little when documents are being embedded. */
const PORTION = 4;

/** Threads start on the first use. */
export function createEmbedder(options: { modelFolder: string; threads: number }): Embedder {
    const threads: Thread[] = [];
    let closed = false;

    async function portion(texts: readonly string[]): Promise<Float32Array[]> {
        if (closed) throw new Error("The embedder is closed.");
        let thread = threads.reduce<Thread | undefined>((least, next) => (least === undefined || next.waiting < least.waiting ? next : least), undefined);
        if (thread === undefined || (thread.waiting > 0 && threads.length < options.threads)) {
            thread = new Thread(options.modelFolder, (gone) => threads.splice(threads.indexOf(gone), 1));
            threads.push(thread);
        }
        const vectors = await thread.embed(texts);
        return texts.map((_, i) => vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS));
    }

    return {
        model: LOCAL_MODEL,
        dimensions: DIMENSIONS,
        async embed(texts) {
            const size = Math.max(1, Math.min(PORTION, Math.ceil(texts.length / options.threads)));
            const portions: Promise<Float32Array[]>[] = [];
            for (let i = 0; i < texts.length; i += size) portions.push(portion(texts.slice(i, i + size)));
            return (await Promise.all(portions)).flat();
        },
        async close() {
            closed = true;
            await Promise.all(threads.map((thread) => thread.stop()));
        },
    };
}

class Thread {
    private readonly worker: Worker;
    private readonly pending = new Map<number, { resolve: (vectors: Float32Array) => void; reject: (error: Error) => void }>();
    private next = 0;
    private stopping = false;

    constructor(modelFolder: string, onGone: (thread: Thread) => void) {
        this.worker = new Worker(beside(import.meta.url, "embedWorker"), { workerData: { modelFolder }, name: "embedder" });
        // An idle thread keeps no process alive; one with work to do does.
        this.worker.unref();
        this.worker.on("message", ({ id, vectors, error }: EmbedReply) => {
            const waiter = this.pending.get(id);
            this.pending.delete(id);
            if (this.pending.size === 0 && !this.stopping) this.worker.unref();
            if (vectors === undefined) waiter?.reject(new Error(`Embedding failed: ${error}`));
            else waiter?.resolve(vectors);
        });
        let cause: Error | undefined;
        this.worker.on("error", (error) => (cause = error));
        this.worker.on("exit", () => {
            onGone(this);
            for (const waiter of this.pending.values()) waiter.reject(new Error("The embedding thread ended.", { cause }));
            this.pending.clear();
        });
    }

    get waiting(): number {
        return this.pending.size;
    }

    embed(texts: readonly string[]): Promise<Float32Array> {
        const id = this.next++;
        this.worker.ref();
        return new Promise((resolve, reject) => {
            this.pending.set(id, { resolve, reject });
            this.worker.postMessage({ id, texts } satisfies EmbedRequest);
        });
    }

    /** Ends it between two texts: to be terminated while the model is loaded or runs would take the process with it. */
    async stop(): Promise<void> {
        const gone = once(this.worker, "exit");
        this.stopping = true;
        this.worker.ref();
        this.worker.postMessage("stop" satisfies EmbedRequest);
        await gone;
    }
}
