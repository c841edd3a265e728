/**
 * all-MiniLM-L6-v2 as one ONNX graph from token ids to unit vectors: BERT encoder, pooling and normalisation inside.
 * Texts come one by one, never padded, so there is no mask, and without one onnxruntime attends faster. In int8 the weights of every output channel have their own scale and use 7 of the
 * 8 bits: processors without VNNI add pairs of products in 16 bits, which 8-bit weights can overflow.
 */
import { Graph, FLOAT, INT64, INT8 } from "./onnx.js";
import type { Weights } from "./safetensors.js";

const WIDTH = 384;
const LAYERS = 6;
const HEADS = 12;
const INNER = 1536;
const VOCABULARY = 30_522;
const POSITIONS = 512;
const LARGEST = 63;

export type Precision = "int8" | "fp32";

export function convert(weights: Weights, precision: Precision): Buffer {
    const graph = new Graph();
    let hidden = embed(graph, weights, precision);
    for (let layer = 0; layer < LAYERS; layer++) hidden = encode(graph, weights, precision, `encoder.layer.${layer}`, hidden);
    // The sum has the direction of the mean, and only the direction survives the normalisation.
    const sum = graph.node("ReduceSum", [hidden, graph.integers(1)], { keepdims: 0 });
    graph.node("LpNormalization", [sum], { axis: 1, p: 2 }, "", "embedding");
    return graph.model({ input_ids: { type: INT64, dims: ["batch", "length"] } }, { embedding: { type: FLOAT, dims: ["batch", WIDTH] } });
}

function embed(graph: Graph, weights: Weights, precision: Precision): string {
    const words = weights("embeddings.word_embeddings.weight");
    let tokens: string;
    if (precision === "fp32") {
        tokens = graph.node("Gather", [graph.floats(words, [VOCABULARY, WIDTH]), "input_ids"]);
    } else {
        const { values, scales } = quantize(words, VOCABULARY, WIDTH);
        const rows = graph.node("Gather", [graph.constant({ type: INT8, dims: [VOCABULARY, WIDTH], data: values }), "input_ids"]);
        const scale = graph.node("Gather", [graph.floats(scales, [VOCABULARY, 1]), "input_ids"]);
        tokens = graph.node("Mul", [graph.node("Cast", [rows], { to: FLOAT }), scale]);
    }
    // All text is of the first type, so its vector is part of every position's.
    const positions = weights("embeddings.position_embeddings.weight").slice();
    const type = weights("embeddings.token_type_embeddings.weight");
    for (let i = 0; i < positions.length; i++) positions[i]! += type[i % WIDTH]!;
    const length = graph.node("Slice", [graph.node("Shape", ["input_ids"]), graph.integers(1), graph.integers(2)]);
    const places = graph.node("Slice", [graph.floats(positions, [POSITIONS, WIDTH]), graph.integers(0), length, graph.integers(0)]);
    return normalize(graph, weights, "embeddings.LayerNorm", graph.node("Add", [tokens, places]));
}

function encode(graph: Graph, weights: Weights, precision: Precision, name: string, input: string): string {
    const dense = (part: string, from: number, to: number, x: string) => linear(graph, weights, precision, [`${name}.${part}`], from, to, x);
    // One product instead of three: its input is turned into integers once.
    const all = linear(graph, weights, precision, ["query", "key", "value"].map((part) => `${name}.attention.self.${part}`), WIDTH, 3 * WIDTH, input);
    const attended = graph.node("MultiHeadAttention", graph.split(all, [WIDTH, WIDTH, WIDTH], 2), { num_heads: HEADS }, "com.microsoft");
    const projected = dense("attention.output.dense", WIDTH, WIDTH, attended);
    const middle = normalize(graph, weights, `${name}.attention.output.LayerNorm`, graph.node("Add", [projected, input]));
    const wide = graph.node("Gelu", [dense("intermediate.dense", WIDTH, INNER, middle)], {}, "com.microsoft");
    const narrow = dense("output.dense", INNER, WIDTH, wide);
    return normalize(graph, weights, `${name}.output.LayerNorm`, graph.node("Add", [narrow, middle]));
}

/** @param names of the layers whose outputs are computed together, one after the other */
function linear(graph: Graph, weights: Weights, precision: Precision, names: readonly string[], from: number, to: number, input: string): string {
    const matrix = joined(names.map((name) => weights(`${name}.weight`)));
    const bias = graph.floats(joined(names.map((name) => weights(`${name}.bias`))));
    if (precision === "fp32") {
        return graph.node("Add", [graph.node("MatMul", [input, graph.floats(transpose(matrix, to, from, Float32Array), [from, to])]), bias]);
    }
    const { values, scales } = quantize(matrix, to, from);
    const integers = graph.constant({ type: INT8, dims: [from, to], data: transpose(values, to, from, Int8Array) });
    return graph.node("DynamicQuantizeMatMul", [input, integers, graph.floats(scales), "", bias], {}, "com.microsoft");
}

function normalize(graph: Graph, weights: Weights, name: string, input: string): string {
    return graph.node("LayerNormalization", [input, graph.floats(weights(`${name}.weight`)), graph.floats(weights(`${name}.bias`))], { axis: -1, epsilon: { float: 1e-12 } });
}

/** Every row to integers with its own scale. */
function quantize(matrix: Float32Array, rows: number, columns: number): { values: Int8Array; scales: Float32Array } {
    const values = new Int8Array(rows * columns);
    const scales = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
        let largest = 0;
        for (let i = row * columns; i < (row + 1) * columns; i++) largest = Math.max(largest, Math.abs(matrix[i]!));
        const scale = largest === 0 ? 1 : largest / LARGEST;
        scales[row] = scale;
        for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = Math.round(matrix[i]! / scale);
    }
    return { values, scales };
}

function joined(parts: readonly Float32Array[]): Float32Array {
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const part of parts) {
        all.set(part, end);
        end += part.length;
    }
    return all;
}

function transpose<T extends Float32Array | Int8Array>(matrix: T, rows: number, columns: number, type: new (length: number) => T): T {
    const turned = new type(rows * columns);
    for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) turned[column * rows + row] = matrix[row * columns + column]!;
    }
    return turned;
}
