/** The word that was probably meant: at most two letters wrong in five. */
export function nearest(word: string, words: readonly string[]): string | undefined {
    const ranked = words.map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.far - b.far)[0];
    return ranked !== undefined && ranked.far <= Math.max(2, Math.floor(word.length * 0.4)) ? ranked.one : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
        row = next;
    }
    return row[b.length]!;
}
