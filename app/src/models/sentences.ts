/** Sentences of a passage, each exactly as it stands there, so that a quote can be found again. */

const ABBREVIATION = /(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|art|sec|fig|dr|mr|mrs|ms|prof|inc|ltd|co|st|z\.b|bzw)\.|\b\p{Lu}\.)$/iu;
const SHORTEST = 12;
const RULE = /^\s*\|?[\s:|-]*-[\s:|-]*$/;

export function sentencesOf(text: string): string[] {
    const sentences: string[] = [];
    const blocks = text.split(/\n{2,}|\n(?=\s*(?:[-*+|]|\d{1,3}[.)])\s?)/);
    for (const [i, block] of blocks.entries()) {
        // The line under a table's header, and the header, which says nothing alone.
        if (RULE.test(block) || (block.trimStart().startsWith("|") && RULE.test(blocks[i + 1] ?? ""))) continue;
        let start = 0;
        for (const end of block.matchAll(/[.!?…。！？]["'”’)\]]*(?=\s+\S)/gu)) {
            const stop = end.index + end[0].length;
            const sentence = block.slice(start, stop);
            const next = block.slice(stop).trimStart();
            if (ABBREVIATION.test(sentence) || /^\p{Ll}/u.test(next) || sentence.trim().length < SHORTEST) continue;
            sentences.push(sentence.trim());
            start = stop;
        }
        const rest = block.slice(start).trim();
        if (rest !== "") sentences.push(rest);
    }
    return sentences;
}
