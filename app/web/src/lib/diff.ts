/** Two texts line by line, side by side. */

export interface DiffRow {
    kind: "same" | "changed" | "added" | "removed";
    before: string;
    after: string;
}

/** More lines than these are compared place by place: nobody reads further, and the table would be large. */
const most = 600;

/** The rows of a side-by-side view: equal lines stand beside each other, a removed line beside the one that took its place. */
export function sideBySide(before: string, after: string): DiffRow[] {
    const a = before.split("\n");
    const b = after.split("\n");
    const rows: DiffRow[] = [];
    let removed: string[] = [];
    let added: string[] = [];
    const flush = (): void => {
        for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
            const [old, next] = [removed[i], added[i]];
            rows.push({ kind: old === undefined ? "added" : next === undefined ? "removed" : old === next ? "same" : "changed", before: old ?? "", after: next ?? "" });
        }
        removed = [];
        added = [];
    };
    let [i, j] = [0, 0];
    for (const [x, y] of a.length > most || b.length > most ? [] : common(a, b)) {
        removed.push(...a.slice(i, x));
        added.push(...b.slice(j, y));
        flush();
        rows.push({ kind: "same", before: a[x] as string, after: b[y] as string });
        [i, j] = [x + 1, y + 1];
    }
    removed.push(...a.slice(i));
    added.push(...b.slice(j));
    flush();
    return rows;
}

/** Places of the longest common run of lines. */
function common(a: string[], b: string[]): [number, number][] {
    const width = b.length + 1;
    const length = new Uint16Array((a.length + 1) * width);
    const at = (i: number, j: number): number => length[i * width + j] as number;
    for (let i = a.length - 1; i >= 0; i -= 1) {
        for (let j = b.length - 1; j >= 0; j -= 1) {
            length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
        }
    }
    const pairs: [number, number][] = [];
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
        if (a[i] === b[j]) {
            pairs.push([i, j]);
            i += 1;
            j += 1;
        } else if (at(i + 1, j) >= at(i, j + 1)) {
            i += 1;
        } else {
            j += 1;
        }
    }
    return pairs;
}
