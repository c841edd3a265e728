/** Text to unit vectors of 384 numbers. Never computed on the thread that serves HTTP. */
export interface Embedder {
    readonly dimensions: number;
    embed(texts: readonly string[]): Promise<Float32Array[]>;
    close(): Promise<void>;
}
