/** For tests: a prepared database with two tenants, embedded and on a real server. */
import { randomBytes } from "node:crypto";
import { FIRST_TENANT, scopeTransaction, type Database, type OwnerDatabase, type Principal } from "../db/database.js";
import { openEmbedded } from "../db/embedded.js";
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
    everybody ??= makeEverybody();
    const database = await openEmbedded(undefined, await everybody);
    return describeTo(database, (work) => database.asOwner(work), undefined, () => database.close());
}

/**
 * On the real server of this process: a database that nobody else uses, gone when it is closed. Undefined where none can run
 * (not Linux, or not root).
 */
export async function realDatabase(): Promise<TestDatabase | undefined> {
    if (!canServe) return undefined;
    // To make a server and its schema takes two seconds of a processor, another database of it a tenth.
    shared ??= startServer();
    const server = await shared;
    const name = `test_${randomBytes(8).toString("hex")}`;
    const at = (url: string, database: string) => Object.assign(new URL(url), { pathname: database }).href;
    const maintain = (statement: string) => withOwner(at(server.owner, "postgres"), (owner) => owner.query(statement));
    await maintain(`create database ${name} template ${new URL(server.owner).pathname.slice(1)}`);
    return openReal({ app: at(server.app, name), owner: at(server.owner, name) }, async () => void (await maintain(`drop database ${name} with (force)`)));
}

/** On a real server of its own, whose settings and roles a test may change. Undefined as above. */
export async function ownServer(): Promise<TestDatabase | undefined> {
    if (!canServe) return undefined;
    const { stop, ...urls } = await startServer();
    return openReal(urls, stop);
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

const canServe = process.platform === "linux" && process.getuid?.() === 0;

interface Urls {
    app: string;
    owner: string;
}

/** Ends with the process at the latest. */
let shared: ReturnType<typeof startServer> | undefined;

/** With the schema of today and everybody in it. */
async function startServer(): Promise<Urls & { stop(): Promise<void> }> {
    const { startTestPostgres } = await import("../../../tests/support/postgres.js");
    const server = await startTestPostgres();
    const password = randomBytes(16).toString("hex");
    await withOwner(server.url, async (owner) => {
        await prepareDatabase(owner, people, password);
        await addStranger(owner);
    });
    return { app: Object.assign(new URL(server.url), { username: "agent_platform_app", password }).href, owner: server.url, stop: server.stop };
}

async function openReal(urls: Urls, end: () => Promise<void>): Promise<TestDatabase> {
    const database = openPostgres({ url: urls.app, applicationName: "test" });
    return describeTo(database, (work) => withOwner(urls.owner, work), urls, async () => {
        await database.close();
        await end();
    });
}

/** An embedded database with the schema of today and everybody in it, made once in each process. */
let everybody: Promise<Blob> | undefined;

async function makeEverybody(): Promise<Blob> {
    const database = await openMigrated();
    try {
        await database.asOwner(async (owner) => {
            await prepareDatabase(owner, people);
            await addStranger(owner);
        });
        return await database.copy();
    } finally {
        await database.close();
    }
}

async function addStranger(owner: OwnerDatabase): Promise<void> {
    const { hashPassword } = await import("../auth/passwords.js");
    const hash = await hashPassword(stranger.password);
    await owner.transaction(async (tx) => {
        await scopeTransaction(tx, "system");
        await tx.query("insert into tenants (id, name) values ($1, 'Elsewhere')", [stranger.tenantId]);
        await tx.query("insert into users (tenant_id, email, name, role, password_hash) values ($1, $2, 'Stranger', 'admin', $3)", [stranger.tenantId, stranger.email, hash]);
    });
}

/** Tells a test who is in it. */
async function describeTo(database: Database, asOwner: TestDatabase["asOwner"], urls: TestDatabase["urls"], close: () => Promise<void>): Promise<TestDatabase> {
    const ids = await asOwner((owner) => owner.transaction(async (tx) => (await scopeTransaction(tx, "system"), tx.query<{ id: string; email: string }>("select id, email from users"))));
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
