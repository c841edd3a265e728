/**
 * Forward-only migrations: plain SQL files, each in one transaction, checksummed, under an advisory lock so that
 * two of these never run at once. Afterwards the limited role can sign in and the first people exist.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "../env.js";
import { scopeTransaction, type OwnerDatabase, type Queryable } from "./database.js";
import { APP_ROLE } from "./embedded.js";

export interface Migration {
    /** Number at the start of the file name. */
    version: number;
    name: string;
    sql: string;
    checksum: string;
}

/** A problem that an operator has to solve; the message says how. */
export class MigrationError extends Error {}

/** Milliseconds that a statement may run, and a transaction do nothing. */
const APP_TIMEOUTS = { statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 };

/** Any number will do, as long as nothing else in the database uses it. */
const LOCK = 7_304_116_021;

/** The migrations that this version of the application brings, in order. */
export function ownMigrations(folder = appFolder("migrations")): Migration[] {
    const migrations = readdirSync(folder)
        .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
        .sort()
        .map((name) => {
            const sql = readFileSync(join(folder, name), "utf8");
            return { version: Number(name.slice(0, 4)), name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
        });
    const twice = migrations.find((migration, i) => migrations[i - 1]?.version === migration.version);
    if (twice !== undefined) throw new MigrationError(`Two migrations have the number ${twice.version}.`);
    return migrations;
}

/**
 * Brings the schema to this version. Safe to run again and from several places at once.
 * @param after runs under the same lock: set-up of libraries with tables of their own, seeds
 * @returns the names of the migrations that were applied now
 */
export async function migrate(owner: OwnerDatabase, after: () => Promise<void> = async () => undefined, migrations = ownMigrations()): Promise<string[]> {
    await owner.query("select pg_advisory_lock($1::bigint)", [LOCK]);
    try {
        await owner.query(`create table if not exists schema_migrations (
            version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
        const role = await owner.query("select 1 from pg_roles where rolname = $1", [APP_ROLE]);
        if (role.length === 0) await owner.query(`create role ${APP_ROLE} nologin nosuperuser nocreatedb nocreaterole nobypassrls`);
        // A connection asks for the same, but PgBouncer does not hand that on: see openPostgres.
        for (const [name, value] of Object.entries(APP_TIMEOUTS)) await owner.query(`alter role ${APP_ROLE} set ${name} = ${value}`);
        await owner.query(`grant select on schema_migrations to ${APP_ROLE}`);
        const applied = new Map((await owner.query<Applied>("select version, name, checksum from schema_migrations")).map((row) => [row.version, row]));
        const done: string[] = [];
        for (const migration of migrations) {
            const before = applied.get(migration.version);
            if (before === undefined) {
                await apply(owner, migration);
                done.push(migration.name);
            } else if (before.checksum !== migration.checksum) {
                throw new MigrationError(`Migration ${migration.name} was changed after it had been applied as ${before.name}. Put the file back as it was and write a new migration for the change.`);
            }
        }
        await after();
        return done;
    } finally {
        await owner.query("select pg_advisory_unlock($1::bigint)", [LOCK]);
    }
}

/** Lets the application's role sign in with this password, which is sent as a verifier and so appears in no log. */
export async function allowSignIn(owner: OwnerDatabase, password: string): Promise<void> {
    const statement = await owner.query<{ sql: string }>("select format('alter role %I login password %L', $1::text, $2::text) as sql", [APP_ROLE, scramVerifier(password)]);
    await owner.query(statement[0]!.sql);
}

/** Rejects when the schema is older than this code; a newer one is fine, because migrations only add. */
export async function requireSchema(database: Queryable, migrations: Pick<Migration, "version">[] = ownMigrations()): Promise<void> {
    const needed = Math.max(0, ...migrations.map((migration) => migration.version));
    const rows = await database.query<{ version: number | null }>("select max(version) as version from schema_migrations");
    const version = rows[0]?.version ?? 0;
    if (version < needed) throw new MigrationError(`The schema is at version ${version}, this application needs ${needed}. Run the role "migrate".`);
}

interface Applied {
    version: number;
    name: string;
    checksum: string;
}

async function apply(owner: OwnerDatabase, migration: Migration): Promise<void> {
    try {
        await owner.transaction(async (tx) => {
            // The owner of a managed database is no superuser, so row-level security holds for it too.
            await scopeTransaction(tx, "system");
            await tx.script(migration.sql);
            await tx.query("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", [migration.version, migration.name, migration.checksum]);
        });
    } catch (error) {
        throw new MigrationError(`Migration ${migration.name} failed and was undone: ${(error as Error).message}`, { cause: error });
    }
}

/** The stored form of a SCRAM-SHA-256 password (RFC 5803), as PostgreSQL would compute it. */
function scramVerifier(password: string): string {
    const salt = randomBytes(16);
    const iterations = 4096;
    const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
    const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
    const storedKey = createHash("sha256").update(hmac("Client Key")).digest();
    return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey.toString("base64")}:${hmac("Server Key").toString("base64")}`;
}
