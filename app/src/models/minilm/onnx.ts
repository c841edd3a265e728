/** Writes ONNX files: as much of the protobuf encoding and of the ONNX messages as a transformer encoder needs. */

/** Element types of ONNX tensors. */
export const FLOAT = 1;
export const INT8 = 3;
export const INT64 = 7;

export interface Tensor {
    type: number;
    dims: readonly number[];
    data: ArrayBufferView;
}

type Attribute = number | { float: number } | readonly number[];

/** Collects nodes and constants; every method that adds a node returns the name of its output. */
export class Graph {
    private readonly nodes: Buffer[] = [];
    private readonly constants: Buffer[] = [];
    private count = 0;

    constant(tensor: Tensor): string {
        const name = `c${this.count++}`;
        const raw = Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
        this.constants.push(Buffer.concat([...tensor.dims.map((dim) => varintField(1, dim)), varintField(2, tensor.type), textField(8, name), bytesField(9, raw)]));
        return name;
    }

    floats(values: readonly number[] | Float32Array, dims: readonly number[] = [values.length]): string {
        return this.constant({ type: FLOAT, dims, data: Float32Array.from(values) });
    }

    integers(...values: number[]): string {
        return this.constant({ type: INT64, dims: [values.length], data: BigInt64Array.from(values.map(BigInt)) });
    }

    /** @param domain "" for ONNX's own operators, "com.microsoft" for those of onnxruntime */
    node(operator: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, domain = "", output = `n${this.count++}`): string {
        this.add(operator, inputs, [output], attributes, domain);
        return output;
    }

    /** Cuts along `axis` into parts of these sizes. */
    split(input: string, sizes: readonly number[], axis: number): string[] {
        const outputs = sizes.map(() => `n${this.count++}`);
        this.add("Split", [input, this.integers(...sizes)], outputs, { axis }, "");
        return outputs;
    }

    model(inputs: Record<string, { type: number; dims: readonly (number | string)[] }>, outputs: Record<string, { type: number; dims: readonly (number | string)[] }>): Buffer {
        const graph = Buffer.concat([
            ...this.nodes.map((node) => bytesField(1, node)),
            textField(2, "encoder"),
            ...this.constants.map((constant) => bytesField(5, constant)),
            ...Object.entries(inputs).map(([name, value]) => bytesField(11, valueInfo(name, value))),
            ...Object.entries(outputs).map(([name, value]) => bytesField(12, valueInfo(name, value))),
        ]);
        const operators = (domain: string, version: number) => bytesField(8, Buffer.concat([textField(1, domain), varintField(2, version)]));
        return Buffer.concat([varintField(1, 8), textField(2, "agent-platform"), bytesField(7, graph), operators("", 17), operators("com.microsoft", 1)]);
    }

    private add(operator: string, inputs: readonly string[], outputs: readonly string[], attributes: Record<string, Attribute>, domain: string): void {
        this.nodes.push(
            Buffer.concat([
                ...inputs.map((input) => textField(1, input)),
                ...outputs.map((output) => textField(2, output)),
                textField(3, `${operator}_${outputs[0]}`),
                textField(4, operator),
                ...Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value))),
                textField(7, domain),
            ]),
        );
    }
}

function attribute(name: string, value: Attribute): Buffer {
    const parts: Buffer[] = [textField(1, name)];
    if (typeof value === "number") parts.push(varintField(3, value), varintField(20, 2));
    else if ("float" in value) parts.push(floatField(2, value.float), varintField(20, 1));
    else parts.push(...value.map((item) => varintField(8, item)), varintField(20, 7));
    return Buffer.concat(parts);
}

function valueInfo(name: string, value: { type: number; dims: readonly (number | string)[] }): Buffer {
    const dims = value.dims.map((dim) => bytesField(1, typeof dim === "number" ? varintField(1, dim) : textField(2, dim)));
    const tensor = Buffer.concat([varintField(1, value.type), bytesField(2, Buffer.concat(dims))]);
    return Buffer.concat([textField(1, name), bytesField(2, bytesField(1, tensor))]);
}

function varint(value: number): Buffer {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
        bytes.push(Number(rest & 127n) | 128);
        rest >>= 7n;
    }
    bytes.push(Number(rest));
    return Buffer.from(bytes);
}

const varintField = (field: number, value: number) => Buffer.concat([varint(field << 3), varint(value)]);
const bytesField = (field: number, value: Buffer) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const textField = (field: number, value: string) => bytesField(field, Buffer.from(value));

function floatField(field: number, value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return Buffer.concat([varint((field << 3) | 5), bytes]);
}
