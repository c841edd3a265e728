/** Passages that are found often are asked about sentence by sentence each time: the vectors of the last sentences are kept. */
import type { Embedder } from "./embedder.js";

/** Sentences whose vectors are kept: 1.5 kB each, and about as many as 500 passages have. */
const MOST = 4_000;

export interface Sentence {
    /** Whose sentence it is: one passage is of one tenant, so nobody can tell by the time it takes what others have asked. */
    readonly passageId: string;
    readonly text: string;
}

export class KeptVectors {
    /** The one that was used last is the last one. */
    private readonly kept = new Map<string, Float32Array>();

    constructor(
        private readonly embedder: Pick<Embedder, "embed">,
        private readonly most = MOST,
    ) {}

    /** Vectors of a question, which is not kept, and of sentences. */
    async of(question: string, sentences: readonly Sentence[]): Promise<{ asked: Float32Array; vectors: Float32Array[] }> {
        const names = sentences.map(({ passageId, text }) => `${passageId} ${text}`);
        const known = names.map((name) => this.kept.get(name));
        const unknown = sentences.flatMap(({ text }, i) => (known[i] === undefined ? [text] : []));
        const [asked, ...made] = await this.embedder.embed([question, ...unknown]);
        // A copy: several vectors share the memory that they came in.
        const vectors = known.map((vector) => vector ?? made.shift()!.slice());
        names.forEach((name, i) => this.keep(name, vectors[i]!));
        return { asked: asked!, vectors };
    }

    private keep(name: string, vector: Float32Array): void {
        this.kept.delete(name);
        this.kept.set(name, vector);
        if (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value!);
    }
}
