/**
 * A throw-away, real PostgreSQL 17 with pgvector for tests: random port on 127.0.0.1, random password, data in a
 * temporary folder. It ends and cleans up by itself when the test run ends, however that happens.
 *
 *     const database = await startTestPostgres();
 *     … connect to database.url …
 *     await database.stop();
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../toolchain/core/paths";
import { freePort } from "../../toolchain/core/port";
import { ensureBase, unpackedBase } from "../../toolchain/images/bases";

export interface TestPostgres {
    /** `postgres://USER:PASSWORD@127.0.0.1:PORT/DATABASE`; the user is superuser, as with the official image. */
    url: string;
    host: string;
    port: number;
    user: string;
    password: string;
    database: string;
    /** Stops it and removes its data. May be called twice. */
    stop(): Promise<void>;
}

/**
 * Starts one. The first call on a machine makes the postgres base (half a minute); after that it takes a second or two.
 * Needs Linux and root: the base is entered by chroot.
 */
export async function startTestPostgres(options: { user?: string; database?: string } = {}): Promise<TestPostgres> {
    const { user = "agents_user", database = "agents_db" } = options;
    for (const name of [user, database]) if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new Error(`not a plain database name: ${name}`);
    const root = await unpackedBase(await ensureBase("postgres", () => undefined));
    const password = randomBytes(18).toString("base64url");
    const port = await freePort();
    const data = mkdtempSync(join(tmpdir(), "agent-platform-postgres-"));
    const script = join(repository, "tests/support/postgres.sh");
    // A session of its own, so that Ctrl-C in the terminal reaches the tests first and the database last.
    const child = spawn("unshare", ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", script, root, data, String(port), user, database], {
        detached: true,
        stdio: ["pipe", "ignore", "pipe"],
    });
    child.stdin!.on("error", () => undefined);
    child.stdin!.write(`${password}\n`);
    await ready(child);
    // From here on it must not keep the test process from ending.
    child.unref();
    for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref(): void }).unref();
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    return {
        url: `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
        host: "127.0.0.1",
        port,
        user,
        password,
        database,
        stop: async () => {
            if (child.exitCode !== null || child.signalCode !== null) return;
            child.ref();
            child.stdin!.end();
            await ended;
        },
    };
}

/** Resolves when it accepts connections; rejects with what it said when it ends before that. */
function ready(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
        let said = "";
        const done = (finish: () => void) => {
            child.off("close", onClose);
            finish();
        };
        const onClose = (code: number | null) => done(() => reject(new Error(`the test database did not start (exit code ${code}):\n${said.trim().split("\n").slice(-12).join("\n")}`)));
        child.on("close", onClose).on("error", (error) => done(() => reject(error)));
        child.stderr!.setEncoding("utf8").on("data", (text: string) => {
            said = (said + text).slice(-20_000);
            if (said.includes("database system is ready to accept connections")) done(resolve);
        });
    });
}
