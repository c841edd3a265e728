/**
 * Checks that the audit log is what was written; exits with 1 when it is not.
 *
 *     DATABASE_URL=postgres://… npm run audit:verify        every tenant of a database
 *     npm run audit:verify                                  the embedded database of `npm run dev`, while that is stopped
 *     API_KEY=apk_… npm run audit:verify -- --url URL       the key's tenant of a running application (scope admin)
 *     … -- --head 120:9f…                                   and that it still holds this entry (one tenant)
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { verifyAudit, type Verification } from "../src/audit/verify.js";
import type { Database } from "../src/db/database.js";
import { openEmbedded } from "../src/db/embedded.js";
import { openPostgres } from "../src/db/postgres.js";
import { appFolder } from "../src/env.js";

const { values: options } = parseArgs({ options: { url: { type: "string" }, head: { type: "string" }, json: { type: "boolean", default: false } } });

function fail(message: string): never {
    console.error(message);
    process.exit(2);
}

const secret = (name: string): string | undefined => (process.env[`${name}_FILE`] === undefined ? process.env[name] : readFileSync(process.env[`${name}_FILE`]!, "utf8").trimEnd());

async function ask(url: string): Promise<Record<string, Verification>> {
    const key = secret("API_KEY") ?? fail("Set API_KEY (or API_KEY_FILE) to an API key with the scope admin.");
    const target = new URL("/api/admin/audit/verify", url);
    if (options.head !== undefined) target.searchParams.set("head", options.head);
    const response = await fetch(target, { headers: { authorization: `Bearer ${key}` } });
    const body = (await response.json()) as Verification & { error?: { code: string; message: string } };
    if (!response.ok) fail(`${url} answered ${response.status}: ${body.error?.code ?? ""} ${body.error?.message ?? ""}`);
    return { [target.host]: body };
}

async function open(): Promise<Database> {
    const url = secret("DATABASE_URL");
    if (url !== undefined) return openPostgres({ url, applicationName: "agent-platform audit:verify", statementTimeoutMs: 0 });
    const folder = process.env.DATA_DIR ?? appFolder("../.agent-platform/dev");
    if (!existsSync(join(folder, "pglite"))) fail("There is nothing to check: set DATABASE_URL, or --url and API_KEY, or start npm run dev once.");
    const holder = existsSync(join(folder, "lock")) ? Number(readFileSync(join(folder, "lock"), "utf8")) : 0;
    if (holder > 0 && existsSync(`/proc/${holder}`)) fail(`The development database is in use by process ${holder}. Stop that one first, or ask it: --url http://localhost:8002 with API_KEY.`);
    return openEmbedded(join(folder, "pglite"));
}

async function read(): Promise<Record<string, Verification>> {
    const database = await open();
    try {
        const tenants = await database.asSystem((tx) => tx.query<{ id: string; name: string }>("select id, name from tenants order by name"));
        if (options.head !== undefined && tenants.length > 1) fail("--head belongs to one tenant, and this database has several: ask by --url with a key of that tenant.");
        const found: Record<string, Verification> = {};
        for (const { id, name } of tenants) found[name] = await verifyAudit((work) => database.asSystem(work), id, options.head);
        return found;
    } finally {
        await database.close();
    }
}

const results = options.url === undefined ? await read() : await ask(options.url);
if (options.json) console.log(JSON.stringify(results, undefined, 2));
else for (const [name, { ok, entries, head, brokenAt, reason }] of Object.entries(results)) console.log(ok ? `${name}: ${entries} entries, all as they were written\n  head ${head}` : `${name}: BROKEN at the entry with id ${brokenAt}\n  ${reason}`);
process.exit(Object.values(results).every(({ ok }) => ok) ? 0 : 1);
