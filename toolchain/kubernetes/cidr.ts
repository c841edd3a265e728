/** IPv4 ranges as numbers. Pure. */

export interface Cidr {
    /** First address, as an unsigned 32-bit number. */
    base: number;
    /** Prefix length, 0 to 32. */
    length: number;
}

/** Reads `10.0.0.0/8` or a single address; bits beyond the prefix are dropped. @throws on anything else */
export function parseCidr(text: string): Cidr {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
    const parts = match?.slice(1, 5).map(Number);
    const length = match?.[5] === undefined ? 32 : Number(match[5]);
    if (!parts || parts.some(part => part > 255) || length > 32) throw new Error(`not an IPv4 range: ${text}`);
    const address = parts.reduce((sum, part) => sum * 256 + part, 0);
    return { base: firstOf(address, length), length };
}

export function formatCidr({ base, length }: Cidr): string {
    return `${[24, 16, 8, 0].map(shift => Math.floor(base / 2 ** shift) % 256).join(".")}/${length}`;
}

export function contains(outer: Cidr, inner: Cidr): boolean {
    return inner.length >= outer.length && firstOf(inner.base, outer.length) === outer.base;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
    return contains(a, b) || contains(b, a);
}

/** The ranges that cover exactly `range` without `holes`, in ascending order. */
export function subtract(range: Cidr, holes: readonly Cidr[]): Cidr[] {
    const inside = holes.filter(hole => overlaps(range, hole));
    if (inside.length === 0) return [range];
    if (inside.some(hole => contains(hole, range))) return [];
    const length = range.length + 1;
    return [{ base: range.base, length }, { base: range.base + 2 ** (32 - length), length }].flatMap(half => subtract(half, inside));
}

function firstOf(address: number, length: number): number {
    return address - (address % 2 ** (32 - length));
}
