/** Vectors can be compared only with those of the same model: which one it was is kept with them, and another is refused. */
import type { Database, Queryable } from "../db/database.js";
import { ApiError } from "../http/errors.js";

export interface VectorSpace {
    /** Name of the model, the same wherever it runs. */
    readonly model: string;
    readonly dimensions: number;
}

/** The model that every image of the application carries. */
export const LOCAL_MODEL = "all-MiniLM-L6-v2";
/** Of the column that keeps the vectors. */
export const DIMENSIONS = 384;

/**
 * Before vectors are stored, in the same transaction: notes their model when they are the first.
 * @throws ApiError EMBEDDING_MODEL_MISMATCH when the index holds those of another
 */
export async function enterSpace(tx: Queryable, space: VectorSpace): Promise<void> {
    await tx.query("insert into embedding_model (model, dimensions) values ($1, $2) on conflict (one) do nothing", [space.model, space.dimensions]);
    // Shared until the vectors are stored, so that nobody gives the index to another model meanwhile.
    compare(await tx.query<VectorSpace>("select model, dimensions from embedding_model for share"), space);
}

/**
 * Before a question is compared with what is stored.
 * @throws ApiError EMBEDDING_MODEL_MISMATCH when the index holds vectors of another model
 */
export async function requireSpace(tx: Queryable, space: VectorSpace): Promise<void> {
    compare(await tx.query<VectorSpace>("select model, dimensions from embedding_model"), space);
}

/** Gives an index that holds nothing any more to this model. An index with vectors stays as it is. */
export async function claimEmptySpace(database: Database, space: VectorSpace): Promise<void> {
    await database.asSystem(async (tx) => {
        const [kept] = await tx.query<VectorSpace>("select model, dimensions from embedding_model");
        if (kept === undefined || same(kept, space)) return;
        // Whoever is storing is waited for; only then is it sure whether anything is there.
        await tx.query("select 1 from embedding_model for update");
        await tx.query("update embedding_model set model = $1, dimensions = $2, recorded_at = now() where not exists (select from passages)", [space.model, space.dimensions]);
    });
}

function compare([kept]: readonly VectorSpace[], space: VectorSpace): void {
    if (kept === undefined || same(kept, space)) return;
    throw new ApiError(503, "EMBEDDING_MODEL_MISMATCH", `The documents were embedded with ${kept.model} (${kept.dimensions} dimensions), but this service uses ${space.model} (${space.dimensions}). An administrator has to set EMBEDDER_MODEL back, or to remove all documents and upload them again.`);
}

function same(a: VectorSpace, b: VectorSpace): boolean {
    return a.model === b.model && a.dimensions === b.dimensions;
}
