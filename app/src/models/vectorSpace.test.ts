import assert from "node:assert/strict";
import { storePassages } from "../ingest/passages.js";
import { search } from "../rag/search.js";
import { onEveryDatabase } from "../testing/databases.js";
import type { Embedder } from "./embedder.js";
import { claimEmptySpace } from "./vectorSpace.js";

const modelCalled = (model: string): Embedder => ({ model, dimensions: 384, embed: async (texts) => texts.map(() => new Float32Array(384).fill(0.05)), close: async () => undefined });

onEveryDatabase("vectors of two models", (get) => {
    const [first, second] = [modelCalled("first"), modelCalled("second")];
    const store = (embedder: Embedder) =>
        get().database.asPrincipal(get().user, async (tx) => {
            const { tenantId, userId } = get().user;
            const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a.txt', 'text/plain', 1, gen_random_uuid()::text) returning id", [tenantId, userId]);
            await storePassages(tx, tenantId, document!.id, [{ ordinal: 0, page: 1, heading: "", text: "a passage" }], await embedder.embed(["a passage"]), embedder);
        });
    const find = (embedder: Embedder) => search({ database: get().database, embedder }, get().user, "a passage", { k: 1 });
    const kept = () => get().asOwner((owner) => owner.query("select model, dimensions from embedding_model"));

    it("never come into one index, and nobody searches with the wrong one", async () => {
        assert.deepEqual((await find(second)).passages, []);
        await store(first);
        assert.deepEqual(await kept(), [{ model: "first", dimensions: 384 }]);
        const refusal = { code: "EMBEDDING_MODEL_MISMATCH", status: 503, message: /embedded with first \(384 dimensions\), but this service uses second/ };
        await assert.rejects(store(second), refusal);
        await assert.rejects(find(second), refusal);
        assert.equal((await find(first)).passages.length, 1);
        assert.equal((await get().database.asSystem((tx) => tx.query("select 1 from passages"))).length, 1);
    });

    it("follow one another when nothing of the first is left", async () => {
        await claimEmptySpace(get().database, second);
        assert.deepEqual(await kept(), [{ model: "first", dimensions: 384 }], "there are passages still");
        await get().asOwner((owner) => owner.query("delete from documents"));
        await claimEmptySpace(get().database, second);
        assert.deepEqual(await kept(), [{ model: "second", dimensions: 384 }]);
        await store(second);
        await assert.rejects(find(first), { code: "EMBEDDING_MODEL_MISMATCH" });
    });
});
