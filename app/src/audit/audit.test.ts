import assert from "node:assert/strict";
import type { Principal } from "../db/database.js";
import { onEveryDatabase } from "../testing/databases.js";
import { audit, exportAudit, readAudit, type ChainedEntry } from "./audit.js";
import { verifyAudit } from "./verify.js";

onEveryDatabase("the audit log", (get) => {
    const verify = (principal: Principal, head?: string) => verifyAudit((work) => get().database.asPrincipal(principal, work), principal.tenantId, head);
    const write = (principal: Principal, subject: string) => get().database.asPrincipal(principal, (tx) => audit(tx, principal, "test.deed", subject, { text: 'ümlaut "quoted" \n', n: 1.5, list: [1, { b: null, a: true }] }, "request-1"));
    /** Does it as the owner, who may, asks, and puts everything back. */
    async function afterwards(...statements: string[]) {
        const { admin, asOwner } = get();
        await asOwner((owner) => owner.query("create table kept as select * from audit_logs"));
        try {
            for (const statement of statements) await asOwner((owner) => owner.query(statement));
            return await verify(admin);
        } finally {
            await asOwner(async (owner) => {
                await owner.transaction(async (tx) => {
                    await tx.script("alter table audit_logs disable trigger audit_link; delete from audit_logs; insert into audit_logs overriding system value select * from kept; alter table audit_logs enable trigger audit_link; drop table kept;");
                });
            });
            assert((await verify(admin)).ok, "it was put back");
        }
    }
    let ids: number[];
    const numbered = (n: number) => `id = ${ids[n - 1]}`;
    before(async () => {
        const { admin, stranger, database } = get();
        await Promise.all(Array.from({ length: 8 }, (_, i) => write(i % 3 === 0 ? stranger : admin, `deed ${i}`)));
        ids = (await database.asPrincipal(admin, (tx) => tx.query<{ id: number }>("select id from audit_logs order by seq"))).map(({ id }) => id);
    });

    it("is one chain for each tenant, also when many write at once", async () => {
        assert.deepEqual([(await verify(get().admin)).ok, (await verify(get().admin)).entries], [true, 5]);
        assert.deepEqual([(await verify(get().stranger)).ok, (await verify(get().stranger)).entries], [true, 3]);
        const foreign = await verifyAudit((work) => get().database.asPrincipal(get().admin, work), get().stranger.tenantId);
        assert.equal(foreign.entries, 0, "another tenant's is not seen");
    });

    it("has no entry of what was undone", async () => {
        const { database, admin } = get();
        await assert.rejects(database.asPrincipal(admin, async (tx) => (await audit(tx, admin, "test.undone", "x"), Promise.reject(new Error("undone")))), /undone/);
        assert.equal((await verify(admin)).entries, 5);
    });

    it("names an entry that was altered, in whatever it says", async () => {
        for (const change of ["subject = 'another'", "actor = 'another'", "detail = '{}'", "action = 'test.else'", "at = at - interval '1 day'", "actor_id = null", "request_id = null", "salt = 'x'", "erased = true, salt = null"]) {
            const { ok, brokenAt, reason } = await afterwards(`update audit_logs set ${change} where ${numbered(3)}`);
            assert.deepEqual([ok, brokenAt], [false, ids[2]], change);
            assert.match(reason!, /^Entry number 3 was changed/, change);
        }
    });

    it("names where an entry was taken out: in the middle, at the beginning, at the end", async () => {
        assert.deepEqual((({ brokenAt, reason }) => ({ brokenAt, reason }))(await afterwards(`delete from audit_logs where ${numbered(3)}`)), { brokenAt: ids[3], reason: "Entry number 3, before this one, is missing." });
        assert.deepEqual((({ brokenAt, reason }) => ({ brokenAt, reason }))(await afterwards(`delete from audit_logs where ${numbered(1)}`)), { brokenAt: ids[1], reason: "Entry number 1, before this one, is missing." });
        assert.deepEqual((({ brokenAt, reason }) => ({ brokenAt, reason }))(await afterwards(`delete from audit_logs where ${numbered(5)}`)), { brokenAt: ids[3], reason: "Entry number 5 and all after it are missing." });
    });

    it("names entries that were put in another order, or slipped in", async () => {
        const swapped = await afterwards(`update audit_logs set seq = -1 where ${numbered(2)}`, `update audit_logs set seq = 2 where ${numbered(3)}`, `update audit_logs set seq = 3 where ${numbered(2)}`);
        assert.deepEqual([swapped.ok, swapped.brokenAt], [false, ids[2]]);
        const slipped = await afterwards("alter table audit_logs disable trigger audit_link", `insert into audit_logs (tenant_id, actor, action, subject) values ('${get().admin.tenantId}', 'a', 'b', 'c')`);
        assert.deepEqual([slipped.ok, slipped.reason], [false, "The entry was never linked into the chain."]);
    });

    it("shows that it was written anew to whoever kept its head", async () => {
        const { admin, asOwner } = get();
        const { head } = await verify(admin);
        await write(admin, "one more");
        assert((await verify(admin, head)).ok);
        const anew = head.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
        assert.match((await verify(admin, anew)).reason!, /written anew/);
        assert.match((await verify(admin, `99:${"0".repeat(64)}`)).reason!, /before the head/);
        const kept = await asOwner((owner) => owner.query<{ seq: number }>("select seq from audit_heads where tenant_id = $1", [admin.tenantId]));
        assert.equal(kept[0]!.seq, 6);
    });

    it("can be added to by the application, and neither changed nor cut", async () => {
        const { database, admin, urls } = get();
        for (const statement of ["update audit_logs set hash = 'x'", "delete from audit_logs", "update audit_heads set seq = 0", "insert into audit_heads (tenant_id) values (gen_random_uuid())", "select audit_append(a) from audit_logs a", "alter table audit_logs disable trigger audit_link", "select audit_prune(id, now() - interval '364 days') from tenants"]) {
            await assert.rejects(database.asSystem((tx) => tx.query(statement)), /permission denied|must be owner|not allowed/, `${statement} ${urls === undefined}`);
        }
        await assert.rejects(database.asPrincipal(admin, (tx) => tx.query("select audit_prune(id, now() - interval '500 days') from tenants")), /not allowed/);
    });

    it("lets go of the oldest after a year at least, and still holds", async () => {
        const { database, admin, asOwner } = get();
        await asOwner((owner) => owner.query("alter table audit_logs disable trigger audit_link"));
        const { tenantId } = admin;
        // Two entries from before last year, linked as they would have been then.
        await asOwner((owner) => owner.query(`insert into audit_logs (tenant_id, actor, action, subject, at) values ($1, 'a', 'old.deed', '1', now() - interval '900 days'), ($1, 'a', 'old.deed', '2', now() - interval '800 days')`, [tenantId]));
        await asOwner((owner) => owner.query("update audit_heads set seq = 0, hash = repeat('0', 64) where tenant_id = $1", [tenantId]));
        await asOwner((owner) => owner.query("update audit_logs set seq = null, hash = null where tenant_id = $1", [tenantId]));
        await asOwner((owner) => owner.query("select audit_append(a) from (select * from audit_logs where tenant_id = $1 order by at) a", [tenantId]));
        await asOwner((owner) => owner.query("alter table audit_logs enable trigger audit_link"));
        const before = await verify(admin);
        assert(before.ok, before.reason);
        const [pruned] = await database.asSystem((tx) => tx.query<{ n: number }>("select audit_prune($1, now() - interval '366 days') as n", [tenantId]));
        assert.equal(Number(pruned!.n), 2);
        assert.deepEqual(await verify(admin).then(({ ok, entries }) => ({ ok, entries })), { ok: true, entries: before.entries - 2 });
    });

    it("is read by action and actor, and exported whole with its chain", async () => {
        const { database, admin } = get();
        const read = (options: { action?: string; actor?: string }) => database.asPrincipal(admin, (tx) => readAudit(tx, { limit: 100, ...options }));
        assert.equal((await read({ action: "test" })).length, 6);
        assert.equal((await read({ action: "test.deed", actor: "ADMIN@" })).length, 6);
        assert.deepEqual([await read({ action: "tes" }), await read({ actor: "nobody" })], [[], []]);
        const lines: ChainedEntry[] = [];
        for await (const page of exportAudit((work) => database.asPrincipal(admin, work), admin.tenantId, 2)) lines.push(...page);
        assert.equal(lines.length, 6);
        assert(lines.every((line, i) => i === 0 || line.prev === lines[i - 1]!.hash));
        assert.equal(`${lines.at(-1)!.seq}:${lines.at(-1)!.hash}`, (await verify(admin)).head);
    });
});
