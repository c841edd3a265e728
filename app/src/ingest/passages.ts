/** Stores a batch of passages with its vectors and its share of the word index. */
import type { Queryable } from "../db/database.js";
import { enterSpace, type VectorSpace } from "../models/vectorSpace.js";
import type { Chunk } from "./chunker.js";

/** What the model is given: the headings tell what a passage is about when its own words do not. */
export function embeddedText(chunk: Pick<Chunk, "heading" | "text">): string {
    return chunk.heading === "" ? chunk.text : `${chunk.heading}\n${chunk.text}`;
}

/**
 * Storing the same batch again changes nothing.
 * @param space what the vectors were made by
 */
export async function storePassages(tx: Queryable, tenantId: string, documentId: string, chunks: readonly Chunk[], vectors: readonly Float32Array[], space: VectorSpace): Promise<void> {
    await enterSpace(tx, space);
    const stored = await tx.query<{ words: number }>(
        `with given as (
             select * from unnest($3::int[], $4::int[], $5::text[], $6::text[], $7::text[]) as g (ordinal, page, heading, text, embedding)
         )
         insert into passages (tenant_id, document_id, ordinal, page, heading, text, words, embedding)
         select $1, $2, ordinal, nullif(page, -1), heading, text,
             (select coalesce(sum(cardinality(positions)), 0) from unnest(to_tsvector('english', heading || ' ' || text))), embedding::vector
         from given
         on conflict (document_id, ordinal) do nothing returning words`,
        [
            tenantId,
            documentId,
            chunks.map((chunk) => chunk.ordinal),
            chunks.map((chunk) => chunk.page ?? -1),
            chunks.map((chunk) => chunk.heading),
            chunks.map((chunk) => chunk.text),
            vectors.map((vector) => `[${vector.join(",")}]`),
        ],
    );
    if (stored.length === 0) return;
    const first = chunks[0]!.ordinal;
    await tx.query(
        `insert into passage_words (tenant_id, word, document_id, first_ordinal, ordinals, counts, lengths)
         select $1, w.lexeme, $2, $3, array_agg(p.ordinal order by p.ordinal), array_agg(cardinality(w.positions) order by p.ordinal), array_agg(p.words order by p.ordinal)
         from passages p, unnest(to_tsvector('english', p.heading || ' ' || p.text)) w
         where p.document_id = $2 and p.ordinal between $3 and $4
         group by w.lexeme
         on conflict do nothing`,
        [tenantId, documentId, first, chunks.at(-1)!.ordinal],
    );
    const words = stored.reduce((sum, row) => sum + row.words, 0);
    await tx.query("update documents set chunks = chunks + $2, words = words + $3, updated_at = now() where id = $1", [documentId, stored.length, words]);
}
