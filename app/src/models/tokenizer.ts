/** The embedding model's own tokenizer: what it counts is what the model will see. */
import { Tokenizer as WordPiece } from "@huggingface/tokenizers";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Tokenizer {
    /** Number of tokens without the two that mark start and end. */
    count(text: string): number;
    /** Ids with start and end marks, cut to `limit`. */
    encode(text: string, limit: number): number[];
}

export function loadTokenizer(modelFolder: string): Tokenizer {
    const tokenizer = new WordPiece(JSON.parse(readFileSync(join(modelFolder, "tokenizer.json"), "utf8")), {});
    return {
        count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
        encode(text, limit) {
            const ids = tokenizer.encode(text).ids;
            return ids.length <= limit ? ids : [...ids.slice(0, limit - 1), ids[ids.length - 1]!];
        },
    };
}
