/**
 * PgBouncer in transaction mode between the application and Postgres, with the settings that the blueprint standard gives
 * it: what of the application may go through it, and what has to go straight.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { standard } from "../../blueprints/standard";
import { poolerParameters } from "../../components/rag-service/cloudnativepg";
import { repository } from "../../toolchain/core/paths";
import { startTestPgbouncer, type TestPooler } from "../support/pgbouncer";

/** What is used here of the application, which is a package of another kind of modules. */
interface Queries {
    query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

interface Principal {
    readonly userId: string;
    readonly tenantId: string;
}

interface Database extends Queries {
    transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
    asPrincipal<T>(principal: Principal, work: (tx: Queries) => Promise<T>): Promise<T>;
    listen(channel: string, onNotify: () => void): Promise<unknown>;
    close(): Promise<void>;
}

interface Opened {
    readonly database: Database;
    readonly user: Principal;
    readonly stranger: Principal;
    readonly urls?: { readonly app: string; readonly owner: string };
    close(): Promise<void>;
}

const application = join(repository, "app", "src");

/** What CloudNativePG 1.27 adds, and so few connections that callers have to share them. */
const parameters = { ...poolerParameters, ignore_startup_parameters: `${poolerParameters.ignore_startup_parameters},extra_float_digits,options`, default_pool_size: "2" };

describe("PgBouncer before the application", function () {
    this.timeout(120_000);
    let opened: Opened;
    let pooler: TestPooler;
    let open: (settings?: { url?: string }) => Database;
    const closing: (() => Promise<void>)[] = [];

    before(async function () {
        const { realDatabase } = (await import(join(application, "testing", "databases.ts"))) as { realDatabase(): Promise<Opened | undefined> };
        const { openPostgres } = (await import(join(application, "db", "postgres.ts"))) as { openPostgres(options: { url: string; applicationName: string; maxConnections: number }): Database };
        const database = await realDatabase();
        if (database === undefined) return this.skip();
        opened = database;
        pooler = await startTestPgbouncer(opened.urls!.owner, parameters);
        open = ({ url = pooler.through(opened.urls!.app) } = {}) => {
            const made = openPostgres({ url, applicationName: "test", maxConnections: 5 });
            closing.push(() => made.close());
            return made;
        };
        for (const who of [opened.user, opened.stranger]) {
            await opened.database.asPrincipal(who, (tx) =>
                tx.query("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a', 'text/plain', 1, 'x')", [who.tenantId, who.userId]));
        }
    });
    afterEach(async () => {
        for (const close of closing.splice(0)) await close();
    });
    after(async () => {
        await pooler?.stop();
        await opened?.close();
    });

    it("lets many callers share two connections, and shows each tenant its own rows only", async () => {
        const callers = Array.from({ length: 6 }, () => open());
        const backends = new Set<number>();
        await Promise.all(Array.from({ length: 120 }, async (_, at) => {
            const who = at % 2 === 0 ? opened.user : opened.stranger;
            const rows = await callers[at % callers.length]!.asPrincipal(who, async (tx) => {
                backends.add((await tx.query<{ pid: number }>("select pg_backend_pid() as pid"))[0]!.pid);
                return tx.query<{ tenant: string }>("select tenant_id::text as tenant from documents");
            });
            assert.deepEqual(rows, [{ tenant: who.tenantId }]);
        }));
        assert.equal(backends.size, 2, "the six callers with five connections each have shared two");
    });

    it("leaves nothing of a tenant in a connection for whoever gets it next", async () => {
        const [first, second] = [open(), open()];
        for (let round = 0; round < 20; round++) {
            await first.asPrincipal(round % 2 === 0 ? opened.user : opened.stranger, (tx) => tx.query("select 1"));
            await assert.rejects(first.asPrincipal(opened.user, () => Promise.reject(new Error("undone"))), /undone/);
            assert.deepEqual(await leaked(second), [{ tenant: "", role: "" }, { tenant: "", role: "" }]);
            assert.deepEqual(await second.query("select id from documents"), []);
        }
    });

    it("would hand a setting of the session to others: what the test before looks for is there to be found", async () => {
        const [careless, other] = [open(), open()];
        await careless.query("select set_config('app.tenant_id', $1, false)", [opened.user.tenantId]);
        const found = await eventually(async () => (await leaked(other)).find(({ tenant }) => tenant === opened.user.tenantId));
        assert.ok(found);
        await Promise.all(Array.from({ length: 40 }, () => other.transaction((tx) => tx.query("select set_config('app.tenant_id', '', false), pg_sleep(0.01)"))));
    });

    it("keeps prepared statements, whichever connection they come to", async () => {
        const callers = Array.from({ length: 4 }, () => open());
        for (let round = 0; round < 10; round++) {
            const numbers = await Promise.all(callers.map((caller, at) => caller.query<{ n: number }>("select $1::int + $2::int as n", [round, at])));
            assert.deepEqual(numbers.map(([row]) => row!.n), callers.map((_, at) => round + at));
        }
        const kept = await open().query<{ name: string }>("select name from pg_prepared_statements");
        assert.ok(kept.some(({ name }) => name.startsWith("PGBOUNCER_")), "PgBouncer has prepared them under names of its own");
    });

    it("takes the application's connections although they ask for limits, and the limits hold", async () => {
        const [row] = await open().query("select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle");
        assert.deepEqual(row, { statement: "30s", idle: "1min" });
        const strict = await startTestPgbouncer(opened.urls!.owner, { ...parameters, ignore_startup_parameters: "extra_float_digits,options" });
        try {
            await assert.rejects(open({ url: strict.through(opened.urls!.app) }).query("select 1"), /unsupported startup parameter/);
            for (const close of closing.splice(0)) await close();
        } finally {
            await strict.stop();
        }
    });

    it("loses notifications, so who waits for them goes straight to Postgres", async () => {
        const channel = "pooler_test";
        const heard = { pooled: 0, straight: 0 };
        const [pooled, straight, sender] = [open(), open({ url: opened.urls!.app }), open()];
        await pooled.listen(channel, () => void heard.pooled++);
        await straight.listen(channel, () => void heard.straight++);
        // Somebody else's turn on both connections, as in operation.
        await Promise.all(Array.from({ length: 20 }, () => sender.transaction((tx) => tx.query("select pg_sleep(0.01)"))));
        for (let at = 0; at < 20; at++) await sender.query("select pg_notify($1, $2)", [channel, randomUUID()]);
        await eventually(() => Promise.resolve(heard.straight === 20 || undefined));
        assert.ok(heard.pooled < 20, "notifications came through PgBouncer in transaction mode: then nobody needs a way of their own");

        const { services } = standard({ ...documented });
        const ways = Object.fromEntries(services.flatMap(({ settings, secrets }) => (secrets.DATABASE_URL === undefined ? [] : [[settings.ROLE, secrets.DATABASE_URL]])));
        assert.deepEqual(ways, { agent: "database/session-url", upload: "database/session-url", worker: "database/session-url", rag: "database/url", mcp: "database/url" });
    });

    /** What both of the pooler's connections would tell somebody who has not said who asks. */
    async function leaked(database: Database): Promise<{ tenant: string; role: string }[]> {
        const look = () => database.transaction((tx) => tx.query<{ tenant: string; role: string }>("select coalesce(current_setting('app.tenant_id', true), '') as tenant, coalesce(current_setting('app.role', true), '') as role, pg_sleep(0.01)::text as slept"));
        return (await Promise.all([look(), look()])).map(([row]) => ({ tenant: row!.tenant, role: row!.role }));
    }
});

const documented = {
    platform: { kind: "existing", provider: "aws", cluster: { context: "c" } }, hostname: "agents-api.yourdomain.com", apiServerCidr: "10.0.0.0/16", gatewayClass: "envoy-gateway", gatewayNamespace: "envoy-gateway-system",
    certificateIssuer: "letsencrypt-prod", rateLimitPerMinute: 100, database: "cloudnativepg", storageSize: "100Gi", queue: "redis", agentReplicas: 3, ragReplicas: 2, uploadReplicas: 3, workerReplicas: 1, mostReplicas: 20,
    agentOngoingRequests: 5, reservedPercent: 100, refundApprovalThreshold: 100, monitoring: true, keda: true, adminEmail: "a@b.c", userEmail: "d@e.f", external: {},
} as const;

async function eventually<T>(probe: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
        const value = await probe();
        if (value !== undefined) return value;
    }
    throw new Error("waited in vain");
}
