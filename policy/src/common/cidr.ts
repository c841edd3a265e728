/** A block of addresses. */
export interface Block {
    readonly family: 4 | 6;
    readonly first: bigint;
    readonly last: bigint;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; nothing if it is neither. */
export function parseBlock(text: string): Block | undefined {
    const match = /^([0-9a-fA-F:.]{2,45})\/(\d{1,3})$/.exec(text);
    if (!match) return undefined;
    const family = match[1]!.includes(":") ? 6 : 4;
    const address = family === 4 ? parseFour(match[1]!) : parseSix(match[1]!);
    const bits = family === 4 ? 32 : 128;
    const prefix = Number(match[2]);
    if (address === undefined || prefix > bits) return undefined;
    const size = 1n << BigInt(bits - prefix);
    const first = (address / size) * size;
    return { family, first, last: first + size - 1n };
}

/** True if every address of the inner block is in the outer one. */
export function covers(outer: Block, inner: Block): boolean {
    return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

function parseFour(text: string): bigint | undefined {
    const parts = text.split(".");
    if (parts.length !== 4 || parts.some(part => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
    return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseSix(text: string): bigint | undefined {
    const halves = text.split("::");
    if (halves.length > 2) return undefined;
    const [head = [], tail = []] = halves.map(half => (half === "" ? [] : half.split(":")));
    const missing = 8 - head.length - tail.length;
    if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
    const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
    if (groups.some(group => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
    return groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
