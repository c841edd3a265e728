/**
 * Turns of the agent without any model's time: 100 people, each of whom says something every five seconds, against one agent
 * process and one process of tools over a real PostgreSQL. Retrieval answers at once, because it is measured by itself.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDelegate } from "../src/agent/delegate.js";
import type { ClaimedTurn } from "../src/agent/turns.js";
import { createTokens } from "../src/auth/tokens.js";
import { scopeTransaction } from "../src/db/database.js";
import type { RoleProcess } from "../src/testing/processes.js";
import { usage } from "./processes.js";
import { Report } from "./report.js";
import { database, percentile, startCompiled } from "./support.js";

const EVERY_MS = 5_000;
/** How long people talk before it counts, and while it does. */
const WARM_MS = 10_000;
const MEASURED_MS = 30_000;

const messages = ["Where is my order ORD-3001?", "list my orders", "What does the handbook say about leave?", "what about ORD-3001?"];

/** @param people the bar is for 100 */
export async function benchTurns(people = 100): Promise<void> {
    const report = new Report("turns", `Turns of the agent: ${people} people, one message every ${EVERY_MS / 1000} s each, one agent process`, "npm run bench -- turns");
    const opened = await database();
    const secret = randomBytes(48).toString("base64");
    const rag = await passages();
    const env = { DATABASE_URL: opened.urls!.app, JWT_SECRET: secret, LOG_LEVEL: "warn", ...(process.env.BENCH_NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS }) };
    const mcp = await startCompiled("mcp", env);
    const agent = await startCompiled("agent", { ...env, MCP_URL: `${mcp.url}/mcp`, RAG_SERVICE_URL: rag.url });
    try {
        const tokens = await signedIn(opened, secret, people);
        await alone(report, agent, tokens[0]!);
        const times: number[] = [];
        const errors: string[] = [];
        let counting = false;
        const begin = performance.now();
        const until = begin + WARM_MS + MEASURED_MS;
        const cpuNow = () => ({ agent: cpuOf(agent.process.pid!), mcp: cpuOf(mcp.process.pid!), database: usage().database });
        let before = cpuNow();
        setTimeout(() => {
            counting = true;
            before = cpuNow();
        }, WARM_MS);
        await Promise.all(
            tokens.map(async (token, person) => {
                let threadId: string | undefined;
                for (let next = begin + (person / people) * EVERY_MS, turn = person; next < until; next += EVERY_MS, turn++) {
                    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
                    const counts = counting;
                    // From the moment that the person meant to speak: an agent that falls behind does not get away with it.
                    const said = await say(agent.url, token, messages[turn % messages.length]!, threadId);
                    if (counts) times.push(performance.now() - next);
                    threadId = said.threadId ?? threadId;
                    if (said.error !== undefined) errors.push(said.error);
                }
            }),
        );
        const seconds = MEASURED_MS / 1000;
        const after = cpuNow();
        report.add("turn, median", percentile(times, 0.5), "ms");
        report.add("turn, P95", percentile(times, 0.95), "ms", { bar: { atMost: 200 } });
        report.add("turn, longest", Math.max(...times), "ms");
        report.add("turns a second", times.length / seconds, "/s");
        report.add("turns that failed", errors.length, "", { bar: { atMost: 0 }, note: [...new Set(errors)].join(", ") });
        report.add("CPU of the agent for a turn", ((after.agent - before.agent) / times.length) * 1000, "ms");
        report.add("CPU of the tools for a turn", ((after.mcp - before.mcp) / times.length) * 1000, "ms");
        report.add("CPU of PostgreSQL for a turn", ((after.database - before.database) / times.length) * 1000, "ms");
        report.add("memory of the agent afterwards", residentOf(agent.process.pid!) / 2 ** 20, "MiB", { bar: { atMost: 250 } });
        report.close();
    } finally {
        await agent.end("SIGTERM");
        await mcp.end("SIGTERM");
        rag.close();
        await opened.close();
    }
}

/** One person, one turn after the other, once everything is warm: what a turn costs when nothing waits for anything. */
async function alone(report: Report, agent: RoleProcess, token: string): Promise<void> {
    const times: number[] = [];
    let threadId: string | undefined;
    let cpu = 0;
    for (let turn = 0; turn < 250; turn++) {
        if (turn === 150) cpu = cpuOf(agent.process.pid!);
        const begun = performance.now();
        ({ threadId } = await say(agent.url, token, messages[turn % messages.length]!, threadId));
        if (turn >= 150) times.push(performance.now() - begun);
    }
    report.add("one after the other: turn, median", percentile(times, 0.5), "ms");
    report.add("one after the other: CPU of the agent for a turn", ((cpuOf(agent.process.pid!) - cpu) / times.length) * 1000, "ms");
}

async function say(url: string, token: string, message: string, threadId: string | undefined): Promise<{ threadId?: string; error?: string }> {
    try {
        const response = await fetch(`${url}/api/chat`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ message, threadId }) });
        const text = await response.text();
        if (!response.ok) return { error: `${response.status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? ""}` };
        const found = /"threadId":"([^"]+)"/.exec(text)?.[1];
        return /^event: done$/m.test(text) ? { threadId: found } : { threadId: found, error: /"code":"(\w+)"/.exec(text)?.[1] ?? "no end" };
    } catch (error) {
        return { error: (error as Error).message };
    }
}

/** People with an order each, signed in. */
async function signedIn(opened: Awaited<ReturnType<typeof database>>, secret: string, people: number): Promise<string[]> {
    const ids = await opened.asOwner((owner) =>
        owner.transaction(async (tx) => {
            await scopeTransaction(tx, "system");
            const rows = await tx.query<{ id: string }>("insert into users (tenant_id, email, name, role, password_hash) select $1, 'person' || n || '@bench.test', 'Person', 'user', '-' from generate_series(1, $2::int) n returning id", [opened.user.tenantId, people]);
            await tx.query(
                `insert into orders (tenant_id, id, owner_id, item, amount_cents, status, ordered_at, delivered_at)
                 select $1, 'ORD-' || (3000 + n), id, 'Thing', 5000, 'delivered', now(), now() from unnest($2::uuid[]) with ordinality as u(id, n)`,
                [opened.user.tenantId, rows.map(({ id }) => id)],
            );
            return rows.map(({ id }) => id);
        }));
    const delegate = createDelegate(opened.database, createTokens(secret));
    return Promise.all(ids.map((userId) => delegate({ principal: { userId, tenantId: opened.user.tenantId, role: "user" } } as ClaimedTurn).token()));
}

async function passages(): Promise<{ url: string; close(): void }> {
    // One short passage: choosing the sentence to quote asks the model too, and is no part of this.
    const passage = { id: "11111111-1111-4111-8111-111111111111", documentId: "22222222-2222-4222-8222-222222222222", filename: "handbook.pdf", page: 1, heading: "Leave", text: "Everybody has 30 days of leave.", score: 1, similarity: 0.9 };
    const found = JSON.stringify({ passages: [passage], short: false, method: "exact" });
    const server = createServer((request, response) => {
        request.resume();
        response.writeHead(200, { "content-type": "application/json" }).end(found);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** Seconds of CPU that a process has used. */
export function cpuOf(pid: number): number {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}

/** Bytes that a process holds in memory. */
export function residentOf(pid: number): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
