/** For tests: an embedded database with the schema of today and nobody in it. Migrations run once in each process. */
import { setupCheckpoints } from "../agent/checkpoints.js";
import { openEmbedded, type EmbeddedDatabase } from "../db/embedded.js";
import { migrate } from "../db/migrate.js";

let copy: Promise<Blob> | undefined;

export async function openMigrated(): Promise<EmbeddedDatabase> {
    copy ??= make();
    return openEmbedded(undefined, await copy);
}

async function make(): Promise<Blob> {
    const database = await openEmbedded();
    try {
        await database.asOwner((owner) => migrate(owner, () => setupCheckpoints(owner.checkpointPool(), owner)));
        return await database.copy();
    } finally {
        await database.close();
    }
}
