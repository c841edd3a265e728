/** Reads weights in the safetensors format, half precision, as ordinary floats. */
export interface Weights {
    (name: string): Float32Array;
}

export function readSafetensors(file: Buffer): Weights {
    const headerLength = Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.toString("utf8", 8, 8 + headerLength)) as Record<string, { dtype: string; data_offsets: [number, number] }>;
    // There are 65,536 of them and 23 million weights.
    const floats = Float32Array.from({ length: 0x10000 }, (_, half) => halfToFloat(half));
    return (name) => {
        const entry = header[name];
        if (entry === undefined) throw new Error(`The weights have no tensor "${name}".`);
        if (entry.dtype !== "F16") throw new Error(`Tensor "${name}" is ${entry.dtype}, expected F16.`);
        const [start, end] = entry.data_offsets;
        const values = new Float32Array((end - start) / 2);
        for (let i = 0; i < values.length; i++) values[i] = floats[file.readUInt16LE(8 + headerLength + start + 2 * i)]!;
        return values;
    };
}

function halfToFloat(half: number): number {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
