import type { Value } from "../core/value";
import { parseBlock, type Block } from "./cidr";

const all4: Block = { family: 4, first: 0n, last: (1n << 32n) - 1n };
// Of the addresses of IPv6 only these are routed on the internet.
const global6 = parseBlock("2000::/3")!;

/** What a list of addresses amounts to. */
export interface Openness {
    /** The entry to point at, if the list as a whole is (at least half of) the internet. */
    readonly open?: Value;
    /** An entry that is not known yet, if the known ones are not open. */
    readonly unclear?: Value;
}

/**
 * Whether addresses, taken together, are the internet: `0.0.0.0/0`, `::/0`, and the halves and quarters into which it
 * is split to get past checkers. A list of some networks, however public, is not.
 */
export function opennessOf(values: readonly Value[]): Openness {
    const blocks: { block: Block; value: Value }[] = [];
    for (const value of values) {
        if (value.text === undefined) continue;
        if (/^(\*|any|all|internet)$/i.test(value.text.trim())) return { open: value };
        const block = parseNetwork(value.text);
        if (block) blocks.push({ block, value });
    }
    for (const whole of [all4, global6]) {
        const parts = blocks.flatMap(({ block, value }) => {
            const inside = intersection(block, whole);
            return inside ? [{ block: inside, value }] : [];
        });
        if (sizeOfUnion(parts.map(part => part.block)) * 2n >= whole.last - whole.first + 1n) return { open: widest(parts) };
    }
    const unclear = values.find(value => value.unknown);
    return unclear ? { unclear } : {};
}

/** Reads a network, or a single address. */
export function parseNetwork(text: string): Block | undefined {
    const trimmed = text.trim();
    return parseBlock(trimmed.includes("/") ? trimmed : `${trimmed}/${trimmed.includes(":") ? 128 : 32}`);
}

const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10", "::1/128"].map(text => parseBlock(text)!);

/** True for an address or network that is not reachable from the internet. */
export function isPrivate(text: string): boolean {
    const block = parseNetwork(text);
    return block !== undefined && privateBlocks.some(outer => outer.family === block.family && outer.first <= block.first && block.last <= outer.last);
}

function intersection(one: Block, other: Block): Block | undefined {
    if (one.family !== other.family) return undefined;
    const first = one.first > other.first ? one.first : other.first;
    const last = one.last < other.last ? one.last : other.last;
    return first <= last ? { family: one.family, first, last } : undefined;
}

function sizeOfUnion(blocks: readonly Block[]): bigint {
    let size = 0n;
    let end = -1n;
    for (const { first, last } of [...blocks].sort((one, other) => (one.first < other.first ? -1 : 1))) {
        const from = first > end ? first : end + 1n;
        if (last >= from) {
            size += last - from + 1n;
            end = last;
        }
    }
    return size;
}

function widest(parts: readonly { block: Block; value: Value }[]): Value {
    return parts.reduce((best, part) => (part.block.last - part.block.first > best.block.last - best.block.first ? part : best)).value;
}
