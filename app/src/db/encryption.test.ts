import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ownServer, type TestDatabase } from "../testing/databases.js";
import { openPostgres } from "./postgres.js";

describe("the connection to a server with a certificate that nobody knows", function () {
    this.timeout(60_000);
    let opened: TestDatabase;
    before(async function () {
        const real = await ownServer();
        if (real === undefined) this.skip();
        opened = real;
        const folder = mkdtempSync(join(tmpdir(), "certificate-"));
        try {
            const [key, certificate] = [join(folder, "key"), join(folder, "certificate")];
            execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=somebody", "-keyout", key, "-out", certificate], { stdio: "ignore" });
            await opened.asOwner(async (owner) => {
                for (const [name, path] of [["server.key", key], ["server.crt", certificate]] as const) {
                    await owner.query(`copy (select '${readFileSync(path).toString("base64")}') to program 'umask 077; base64 -d > ${name}'`);
                }
                await owner.query("alter system set ssl = on");
                await owner.query("select pg_reload_conf()");
                // The postmaster reads its configuration in its own time.
                for (let tries = 0; tries < 100 && (await owner.query<{ ssl: string }>("show ssl"))[0]!.ssl !== "on"; tries++) await pause(50);
            });
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
    after(() => opened?.close());

    const encrypted = async (query: string): Promise<unknown> => {
        const database = openPostgres({ url: `${opened.urls!.app}${query}`, applicationName: "test" });
        try {
            await database.checkpointPool().query("select 1");
            return (await database.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))[0]!.ssl;
        } finally {
            await database.close();
        }
    };

    it("is encrypted with sslmode=require, as Cloud SQL and Neon through a tunnel need it, for every pool alike", async () => {
        assert.equal(await encrypted("?sslmode=require"), true);
        assert.equal(await encrypted(""), false);
    });

    it("is refused with sslmode=verify-full", async () => {
        await assert.rejects(encrypted("?sslmode=verify-full"), /self-signed|verify/i);
    });
});
