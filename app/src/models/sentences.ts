/** Sentences of a passage, each exactly as it stands there, so that a quote can be found again. */

const ABBREVIATION = /(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|art|sec|fig|dr|mr|mrs|ms|prof|inc|ltd|co|st|z\.b|bzw)\.|\b\p{Lu}\.)$/iu;
const SHORTEST = 12;

export function sentencesOf(text: string): string[] {
    const sentences: string[] = [];
    for (const block of text.split(/\n{2,}|\n(?=\s*(?:[-*+|]|\d{1,3}[.)])\s?)/)) {
        if (/^\s*\|?[\s:|-]+$/.test(block)) continue;
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
