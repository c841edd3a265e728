/** ROLE=migrate: brings the database to this version, lets the application's role in, creates the first people. */
import { setTimeout as sleep } from "node:timers/promises";
import { setupCheckpoints } from "../agent/checkpoints.js";
import type { OwnerDatabase } from "../db/database.js";
import { allowSignIn, migrate } from "../db/migrate.js";
import { withOwner } from "../db/postgres.js";
import { seedUsers } from "../db/seed.js";
import type { Env } from "../env.js";
import { isDatabaseAway } from "../http/errors.js";
import type { Logger } from "../http/log.js";
import { seedDemoOrders } from "../orders/seed.js";

export interface People {
    admin: { email: string; password: string };
    user: { email: string; password: string };
}

/** How long a database that is still starting is waited for. */
const PATIENCE_MS = 180_000;

export async function runMigrate(env: Env, log: Logger): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const people: People = {
        admin: { email: env.SEED_ADMIN_EMAIL!, password: env.SEED_ADMIN_PASSWORD! },
        user: { email: env.SEED_USER_EMAIL!, password: env.SEED_USER_PASSWORD! },
    };
    for (;;) {
        try {
            const applied = await withOwner(env.DATABASE_OWNER_URL!, async (owner) => prepareDatabase(owner, people, env.DATABASE_APP_PASSWORD));
            log.info({ applied }, applied.length === 0 ? "the schema was up to date" : "the schema was brought up to date");
            return;
        } catch (error) {
            if (!isDatabaseAway(error) || Date.now() > deadline) throw error;
            log.info("waiting for the database");
            await sleep(2_000);
        }
    }
}

/** The whole set-up of a database, for a server and for the embedded one. Changes nothing when all is there. */
export function prepareDatabase(owner: OwnerDatabase, people: People, appPassword?: string): Promise<string[]> {
    return migrate(owner, async () => {
        await setupCheckpoints(owner.checkpointPool(), owner);
        if (appPassword !== undefined) await allowSignIn(owner, appPassword);
        await seedUsers(owner, [
            { ...people.admin, name: "Administrator", role: "admin" },
            { ...people.user, name: "User", role: "user" },
        ]);
        await seedDemoOrders(owner, { admin: people.admin.email, user: people.user.email });
    });
}
