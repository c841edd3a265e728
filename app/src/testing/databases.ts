/** For tests: a prepared database with two tenants, embedded and on a real server. */
import { randomBytes } from "node:crypto";
import { FIRST_TENANT, scopeTransaction, type Database, type OwnerDatabase, type Principal } from "../db/database.js";
import { openPostgres, withOwner } from "../db/postgres.js";
import { prepareDatabase, type People } from "../roles/migrate.js";
import { openMigrated } from "./migrated.js";

export const people: People = {
    admin: { email: "admin@agent-platform.local", password: "admin-password-1" },
    user: { email: "user@agent-platform.local", password: "user-password-1" },
};

/** A second tenant's only user. */
export const stranger = { email: "stranger@elsewhere.test", password: "stranger-password-1", tenantId: "00000000-0000-4000-8000-000000000002" };

export interface TestDatabase {
    database: Database;
    user: Principal;
    admin: Principal;
    stranger: Principal;
    asOwner<T>(work: (owner: OwnerDatabase) => Promise<T>): Promise<T>;
    /** Of a real server only. */
    urls?: { app: string; owner: string };
    close(): Promise<void>;
}

export async function embeddedDatabase(): Promise<TestDatabase> {
    const database = await openMigrated();
    return populate(database, (work) => database.asOwner(work), undefined, () => database.close());
}

/** A new server of its own. Undefined where none can run (not Linux, or not root). */
export async function realDatabase(): Promise<TestDatabase | undefined> {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
    const { startTestPostgres } = await import("../../../tests/support/postgres.js");
    const server = await startTestPostgres();
    const password = randomBytes(16).toString("hex");
    const app = new URL(server.url);
    app.username = "agent_platform_app";
    app.password = password;
    const asOwner = <T>(work: (owner: OwnerDatabase) => Promise<T>) => withOwner(server.url, work);
    await asOwner((owner) => prepareDatabase(owner, people, password));
    const database = openPostgres({ url: app.href, applicationName: "test" });
    return populate(database, asOwner, { app: app.href, owner: server.url }, async () => {
        await database.close();
        await server.stop();
    });
}

/** Declares the same tests for both kinds of database. */
export function onEveryDatabase(title: string, tests: (get: () => TestDatabase) => void): void {
    for (const [kind, open] of [["embedded", embeddedDatabase], ["PostgreSQL", realDatabase]] as const) {
        describe(`${title} (${kind})`, function () {
            this.timeout(180_000);
            let opened: TestDatabase | undefined;
            before(async function () {
                opened = await open();
                if (opened === undefined) this.skip();
            });
            tests(() => opened!);
            // After the tests' own hooks, which may still need it.
            after(() => opened?.close());
        });
    }
}

async function populate(database: Database, asOwner: TestDatabase["asOwner"], urls: TestDatabase["urls"], close: () => Promise<void>): Promise<TestDatabase> {
    const { hashPassword } = await import("../auth/passwords.js");
    const ids = await asOwner(async (owner) => {
        if (urls === undefined) await prepareDatabase(owner, people);
        return owner.transaction(async (tx) => {
            await scopeTransaction(tx, "system");
            await tx.query("insert into tenants (id, name) values ($1, 'Elsewhere') on conflict do nothing", [stranger.tenantId]);
            await tx.query("insert into users (tenant_id, email, name, role, password_hash) values ($1, $2, 'Stranger', 'admin', $3) on conflict do nothing", [stranger.tenantId, stranger.email, await hashPassword(stranger.password)]);
            return tx.query<{ id: string; email: string }>("select id, email from users");
        });
    });
    const idOf = (email: string) => ids.find((row) => row.email === email)!.id;
    return {
        database,
        user: { userId: idOf(people.user.email), tenantId: FIRST_TENANT, role: "user" },
        admin: { userId: idOf(people.admin.email), tenantId: FIRST_TENANT, role: "admin" },
        stranger: { userId: idOf(stranger.email), tenantId: stranger.tenantId, role: "admin" },
        asOwner,
        urls,
        close,
    };
}
