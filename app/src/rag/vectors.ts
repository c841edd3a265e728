/** Vectors as ranking needs them: of length one, so that their product is the cosine. */

/**
 * A vector as pgvector's `vector_send` gives it: the number of dimensions in two bytes, two bytes of nothing, then
 * floats, all with the highest byte first.
 */
export function readVector(sent: Uint8Array): Float32Array {
    const view = new DataView(sent.buffer, sent.byteOffset, sent.byteLength);
    const vector = new Float32Array(view.getUint16(0));
    for (let i = 0; i < vector.length; i++) vector[i] = view.getFloat32(4 + 4 * i);
    return unit(vector);
}

/** Of two of length one. */
export function cosine(a: Float32Array, b: Float32Array): number {
    // Two sums at a time: one after the other, each addition waits for the last.
    let even = 0;
    let odd = 0;
    for (let i = 0; i + 1 < a.length; i += 2) {
        even += a[i]! * b[i]!;
        odd += a[i + 1]! * b[i + 1]!;
    }
    return a.length % 2 === 0 ? even + odd : even + odd + a[a.length - 1]! * b[a.length - 1]!;
}

/** The direction between them; of none, nothing. */
export function mean(vectors: readonly Float32Array[]): Float32Array {
    const sum = new Float32Array(vectors[0]?.length ?? 0);
    for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
    return unit(sum);
}

/** The same direction with length one; a vector of nothing stays. */
export function unit(vector: Float32Array): Float32Array {
    const length = Math.sqrt(cosine(vector, vector));
    return length === 0 || Math.abs(length - 1) < 1e-4 ? vector : vector.map((value) => value / length);
}
