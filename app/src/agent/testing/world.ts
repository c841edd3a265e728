/**
 * For tests: the agent and the tool server as two real HTTP services over one real database, with people and
 * orders. What belongs to other rooms (retrieval, answers) is replaced by the smallest thing that behaves.
 */
import { serve, type ServerType } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { createSessions } from "../../auth/sessions.js";
import { createTokens } from "../../auth/tokens.js";
import { registerAuth } from "../../auth/routes.js";
import { scopeTransaction, type Database, type OwnerDatabase } from "../../db/database.js";
import { openPostgres, withOwner } from "../../db/postgres.js";
import { seedUsers } from "../../db/seed.js";
import { readEnv, type Env } from "../../env.js";
import { createApp } from "../../http/app.js";
import { createLogger } from "../../http/log.js";
import { Metrics } from "../../http/metrics.js";
import { registerMcp } from "../../mcp/server.js";
import type { Answerer } from "../../models/answerer.js";
import type { Embedder } from "../../models/embedder.js";
import type { Passage, Retriever } from "../../rag/passage.js";
import { prepareDatabase } from "../../roles/migrate.js";
import { openMigrated } from "../../testing/migrated.js";
import { registerAgent, type AgentOptions } from "../register.js";

export const people = {
    user: { email: "user@agent-platform.local", password: "user-password-1" },
    other: { email: "other@agent-platform.local", password: "other-password-1" },
    admin: { email: "admin@agent-platform.local", password: "admin-password-1" },
    secondAdmin: { email: "second@agent-platform.local", password: "second-password-1" },
} as const;
export type Person = keyof typeof people;

export interface WorldOptions extends AgentOptions {
    /** Of a running server, as its owner; without it the embedded database is used. */
    ownerUrl?: string;
    /** Replaces the embedding model; without one the patterns alone decide. */
    embedder?: Embedder;
    passages?: Passage[];
    /** Replaces the one that quotes the first passage. */
    answerer?: Answerer;
    threshold?: number;
    /** The tool server's own threshold, where it shall differ from the agent's. */
    toolThreshold?: number;
    secret?: string;
    /** More of the environment, for agent and tool server. */
    variables?: Readonly<Record<string, string>>;
}

export interface World {
    url: string;
    mcpUrl: string;
    env: Env;
    database: Database;
    metrics: Metrics;
    /** Tool calls are answered with this HTTP status while it is set. */
    breakTools(status: number | undefined): void;
    signIn(person: Person): Promise<Caller>;
    /** Acts as the owner of the database, who can do what the application cannot. */
    asOwner: AsOwner;
    /** A delivered order of the user, for a test of its own. */
    addOrder(id: string, amount: number): Promise<void>;
    /** A second replica of the agent over the same database. */
    secondAgent(options?: AgentOptions): Promise<{ url: string; close(): Promise<void> }>;
    closeAgent(): Promise<void>;
    close(): Promise<void>;
}

/** A signed-in person with an HTTP client. */
export interface Caller {
    token: string;
    id: string;
    get<T = Record<string, unknown>>(path: string): Promise<{ status: number; body: T }>;
    post<T = Record<string, unknown>>(path: string, body: unknown): Promise<{ status: number; body: T }>;
    /** Says something and reads the stream to its end. */
    chat(message: string, threadId?: string): Promise<ChatReply>;
}

export interface SseEvent {
    event: string;
    data: Record<string, unknown>;
    id?: string;
}

export interface ChatReply {
    status: number;
    events: SseEvent[];
    text: string;
    threadId: string;
    error?: { code: string; message: string };
    of(event: string): Record<string, unknown>[];
}

const appPassword = "app-password-for-tests";

export async function createWorld(options: WorldOptions = {}): Promise<World> {
    const secret = options.secret ?? randomBytes(48).toString("base64");
    const { database, asOwner } = await openDatabase(options.ownerUrl);
    const log = createLogger({ level: process.env.TEST_LOG ?? "silent", service: "test" });
    const envOf = (threshold = 100) => readEnv({ ROLE: "all", JWT_SECRET: secret, REFUND_APPROVAL_THRESHOLD: String(threshold), ...options.variables });
    const tokens = createTokens(secret);
    let broken: number | undefined;

    const mcp = createApp({ log, metrics: new Metrics(), ready: async () => undefined });
    mcp.use("/mcp", async (c, next) => (broken === undefined ? next() : c.json({ broken }, broken as 503)));
    registerMcp(mcp, { database, env: envOf(options.toolThreshold ?? options.threshold), log, metrics: new Metrics(), sessions: createSessions(database, tokens) });
    const mcpServer = await listen(mcp.fetch);
    const mcpUrl = `${mcpServer.url}/mcp`;

    const agents: AgentService[] = [];
    async function start(agentOptions: AgentOptions) {
        const agent = await startAgent({ database, env: envOf(options.threshold), secret, mcpUrl, ...options, ...agentOptions });
        agents.push(agent);
        return agent;
    }
    const first = await start(options);

    return {
        url: first.url,
        mcpUrl,
        env: envOf(options.threshold),
        database,
        metrics: first.metrics,
        breakTools: (status) => void (broken = status),
        signIn: (person) => signIn(first.url, person),
        asOwner,
        addOrder: (id, amount) =>
            asOwner((owner) =>
                owner.transaction(async (tx) => {
                    await scopeTransaction(tx, "system");
                    await tx.query(
                        `insert into orders (tenant_id, id, owner_id, item, amount_cents, status, ordered_at, delivered_at)
                         select tenant_id, $2, id, 'Thing', $3::bigint, 'delivered', now(), now() from users where email = $1`,
                        [people.user.email, id, Math.round(amount * 100)],
                    );
                })),
        secondAgent: (agentOptions = {}) => start(agentOptions),
        closeAgent: () => first.close(),
        async close() {
            await Promise.all(agents.map((agent) => agent.close()));
            await mcpServer.close();
            await database.close();
        },
    };
}

export interface AgentService {
    url: string;
    metrics: Metrics;
    close(): Promise<void>;
}

/** The agent role as an HTTP service. */
export async function startAgent(options: AgentOptions & Pick<WorldOptions, "embedder" | "passages" | "answerer"> & { database: Database; env: Env; secret: string; mcpUrl: string }): Promise<AgentService> {
    const { database, env, mcpUrl } = options;
    const log = createLogger({ level: process.env.TEST_LOG ?? "silent", service: "test" });
    const metrics = new Metrics();
    const tokens = createTokens(options.secret);
    const sessions = createSessions(database, tokens);
    const app = createApp({ log, metrics, ready: async () => undefined });
    registerAuth(app, sessions);
    const agent = await registerAgent(
        app,
        { database, env, log, metrics, sessions, tokens, mcpUrl, embedder: options.embedder ?? noEmbedder, retriever: retrieverOf(options.passages ?? []), answerer: options.answerer ?? quoting },
        { pollMs: 200, ...options },
    );
    const server = await listen(app.fetch);
    let closed = false;
    return {
        url: server.url,
        metrics,
        async close() {
            if (closed) return;
            closed = true;
            await agent.close();
            await server.close();
        },
    };
}

export async function signIn(url: string, person: Person): Promise<Caller> {
    const answer = await fetch(`${url}/api/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(people[person]) });
    const { token, user } = (await answer.json()) as { token: string; user: { id: string } };
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const read = async <T>(response: Response) => ({ status: response.status, body: (await response.json()) as T });
    return {
        token,
        id: user.id,
        get: async (path) => read(await fetch(url + path, { headers })),
        post: async (path, body) => read(await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })),
        chat: async (message, threadId) => readChat(await fetch(`${url}/api/chat`, { method: "POST", headers, body: JSON.stringify({ message, threadId }) })),
    };
}

/** Schema, people and orders, as the role `migrate` brings them, and two people more. */
export async function prepare(owner: OwnerDatabase, password?: string): Promise<void> {
    await prepareDatabase(owner, people, password);
    await seedUsers(owner, [
        { ...people.other, name: "Other", role: "user" },
        { ...people.secondAdmin, name: "Second admin", role: "admin" },
    ]);
}

/** The database of a server that `startTestPostgres` gave, as the application's role sees it. */
export function appUrl(ownerUrl: string): string {
    const url = new URL(ownerUrl);
    url.username = "agent_platform_app";
    url.password = appPassword;
    return url.href;
}

/** Prepares a server once: schema, seeds and the sign-in of the application's role. */
export async function prepareServer(ownerUrl: string): Promise<void> {
    await withOwner(ownerUrl, (owner) => prepare(owner, appPassword));
}

/** Reads all events of a stream, until it ends or `enough` says so. */
export async function readEvents(response: Response, enough: (events: SseEvent[]) => boolean = () => false): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    let buffer = "";
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
        buffer += part.value;
        const blocks = buffer.split("\n\n");
        buffer = blocks.pop() ?? "";
        for (const block of blocks) {
            const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
            const event = field("event");
            if (event !== undefined) events.push({ event, data: JSON.parse(field("data") ?? "{}") as Record<string, unknown>, id: field("id") });
        }
        if (enough(events)) {
            await reader.cancel();
            break;
        }
    }
    return events;
}

/** Asks again until the answer satisfies; fails with the last answer when it never does. */
export async function eventually<T>(what: string, ask: () => Promise<T>, satisfied: (answer: T) => boolean, ms = 60_000): Promise<T> {
    const until = Date.now() + ms;
    for (;;) {
        const answer = await ask();
        if (satisfied(answer)) return answer;
        if (Date.now() > until) throw new Error(`${what} did not come about: ${JSON.stringify(answer)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

async function readChat(response: Response): Promise<ChatReply> {
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const events = isStream ? await readEvents(response) : [];
    const of = (event: string) => events.filter((entry) => entry.event === event).map((entry) => entry.data);
    return {
        status: response.status,
        events,
        of,
        text: of("token").map((token) => String(token.text)).join(""),
        threadId: String(of("thread")[0]?.threadId ?? ""),
        ...(isStream ? {} : { error: ((await response.json()) as { error: { code: string; message: string } }).error }),
    };
}

type AsOwner = <T>(work: (owner: OwnerDatabase) => Promise<T>) => Promise<T>;

async function openDatabase(ownerUrl: string | undefined): Promise<{ database: Database; asOwner: AsOwner }> {
    if (ownerUrl !== undefined) {
        await prepareServer(ownerUrl);
        return { database: openPostgres({ url: appUrl(ownerUrl), applicationName: "agent test" }), asOwner: (work) => withOwner(ownerUrl, work) };
    }
    const database = await openMigrated();
    await database.asOwner((owner) => prepare(owner));
    return { database, asOwner: (work) => database.asOwner(work) };
}

async function listen(fetch: Parameters<typeof serve>[0]["fetch"]): Promise<{ url: string; close(): Promise<void> }> {
    const server = await new Promise<ServerType>((resolve) => {
        const starting = serve({ fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(starting));
    });
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                (server as { closeAllConnections?: () => void }).closeAllConnections?.();
            }),
    };
}

const noEmbedder: Embedder = {
    model: "none",
    dimensions: 384,
    embed: () => Promise.reject(new Error("no model in this test")),
    close: async () => undefined,
};

function retrieverOf(passages: Passage[]): Retriever {
    return { search: async () => passages };
}

/** Quotes the first passage. */
export const quoting: Answerer = {
    async *answer(_question, passages) {
        const first = passages[0];
        if (first === undefined) {
            yield { type: "token", text: "I found nothing about this in your documents." };
            return;
        }
        yield { type: "token", text: `${first.text} [1]` };
        yield { type: "citation", n: 1, documentId: first.documentId, filename: first.filename, page: first.page, passageId: first.id, quote: first.text };
    },
};
