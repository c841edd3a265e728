/** ROLE=upload: takes documents, shows them, tells how their ingestion goes. */
import { authenticate } from "../auth/middleware.js";
import { registerDocuments } from "../documents/routes.js";
import { configuredScanner } from "../documents/scan.js";
import { registerUpload } from "../documents/upload.js";
import { EventHub } from "../queue/events.js";
import { createPostgresQueue } from "../queue/postgres.js";
import { registerJobs } from "../queue/routes.js";
import type { Core } from "./core.js";
import type { Running } from "./serve.js";

export async function startUpload(core: Core): Promise<Running> {
    const hub = await EventHub.open(core.database);
    core.app.use("/api/v2/*", authenticate(core.sessions));
    registerUpload(core.app, { database: core.database, queue: createPostgresQueue(core.database), maxBytes: core.env.MAX_UPLOAD_BYTES, scanner: configuredScanner(core.env, core.log) });
    registerJobs(core.app, core.database, hub);
    registerDocuments(core.app, core.database);
    return {
        app: core.app,
        quiesce: async () => undefined,
        async close() {
            await hub.close();
            await core.database.close();
        },
    };
}
