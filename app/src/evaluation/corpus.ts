/** Brings the shipped documents into a database, each company's as its own tenant's. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Database, Principal } from "../db/database.js";
import { appFolder } from "../env.js";
import { Chunker } from "../ingest/chunker.js";
import { embeddedText, storePassages } from "../ingest/passages.js";
import type { Embedder } from "../models/embedder.js";
import type { Tokenizer } from "../models/tokenizer.js";
import type { Tenant } from "./golden.js";

export async function loadCorpus(deps: { database: Database; embedder: Embedder; tokenizer: Tokenizer }, tenant: Tenant, principal: Principal): Promise<number> {
    const folder = appFolder("eval/documents", tenant);
    let passages = 0;
    for (const filename of readdirSync(folder).sort()) {
        const markdown = readFileSync(`${folder}/${filename}`, "utf8");
        const chunker = new Chunker(deps.tokenizer.count);
        const chunks = [...chunker.cut({ page: null, markdown }), ...chunker.end(null)];
        const vectors = await deps.embedder.embed(chunks.map(embeddedText));
        await deps.database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>(
                "insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, state) values ($1, $2, $3, 'text/markdown', $4, $5, 'ready') returning id",
                [principal.tenantId, principal.userId, filename, Buffer.byteLength(markdown), createHash("sha256").update(markdown).digest("hex")],
            );
            await storePassages(tx, principal.tenantId, document!.id, chunks, vectors, deps.embedder);
        });
        passages += chunks.length;
    }
    return passages;
}
