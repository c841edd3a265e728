/** The product's HTTP API as a test speaks it: plain fetch, nothing of the application's own code. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

export interface Job {
    id: string;
    documentId: string;
    state: "queued" | "running" | "done" | "failed" | "cancelled";
    attempt: number;
    progress: { stage: string; pagesDone: number; pagesTotal: number | null; chunksDone: number; chunksTotal: number | null; embedded: number };
    error: { code: string; message: string } | null;
}

export interface Answer {
    threadId: string;
    text: string;
    citations: { n: number; documentId: string; page: number | null; passageId: string; quote: string }[];
    tools: { name: string; status: string; result?: unknown }[];
    approval: { approvalId: string; tool: string; arguments: Record<string, unknown> } | undefined;
    status: string | undefined;
    error: { code: string; message: string } | undefined;
}

export interface Approval {
    id: string;
    threadId: string;
    tool: string;
    arguments: Record<string, unknown>;
    hash: string;
    status: string;
}

export interface Thread {
    status: string;
    messages: { role: string; text: string }[];
}

export interface Order {
    id: string;
    amount: number;
    refunds: { amount: number }[];
}

export class Client {
    private token = "";
    private account?: { email: string; password: string };
    private signedInAt = 0;

    constructor(readonly base: string) {}

    static async signedIn(base: string, account: { email: string; password: string }): Promise<Client> {
        const client = new Client(base);
        client.account = account;
        await client.signIn();
        return client;
    }

    /** Tokens live a quarter of an hour; some tests take longer. */
    private async signIn(): Promise<void> {
        const account = this.account!;
        this.signedInAt = Date.now();
        this.token = "";
        this.token = (await this.json<{ token: string }>("POST", "/api/login", account)).token;
    }

    async request(method: string, path: string, body?: string | FormData, headers: Record<string, string> = {}): Promise<Response> {
        if (this.token !== "" && Date.now() - this.signedInAt > 10 * 60_000) await this.signIn();
        return fetch(this.base + path, { method, body, headers: { ...(this.token ? { authorization: `Bearer ${this.token}` } : {}), ...headers } });
    }

    /** A call that must succeed. */
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
        const response = await this.request(method, path, body === undefined ? undefined : JSON.stringify(body), body === undefined ? {} : { "content-type": "application/json" });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
        return JSON.parse(text) as T;
    }

    async upload(filename: string, bytes: Uint8Array): Promise<{ jobId: string; documentId: string; duplicate: boolean }> {
        const form = new FormData();
        form.set("file", new Blob([new Uint8Array(bytes)]), filename);
        const response = await this.request("POST", "/api/v2/upload", form);
        const text = await response.text();
        assert.ok(response.ok, `upload answered ${response.status}: ${text.slice(0, 300)}`);
        return JSON.parse(text) as { jobId: string; documentId: string; duplicate: boolean };
    }

    job(id: string): Promise<Job> {
        return this.json("GET", `/api/v2/jobs/${id}`);
    }

    /** Polls through restarts of any pod. */
    async finished(jobId: string, limit = 180_000): Promise<Job> {
        return eventually(`job ${jobId} ends`, limit, async () => {
            const job = await this.job(jobId);
            return ["done", "failed", "cancelled"].includes(job.state) ? job : undefined;
        });
    }

    async ask(message: string, threadId?: string): Promise<Answer> {
        const response = await this.request("POST", "/api/chat", JSON.stringify({ message, threadId }), { "content-type": "application/json" });
        const answer: Answer = { threadId: threadId ?? "", text: "", citations: [], tools: [], approval: undefined, status: undefined, error: undefined };
        if (!response.ok) {
            answer.error = ((await response.json()) as { error: Answer["error"] }).error;
            return answer;
        }
        for (const { event, data } of parseEvents(await response.text())) {
            if (event === "thread") answer.threadId = data.threadId as string;
            if (event === "token") answer.text += data.text as string;
            if (event === "citation") answer.citations.push(data as Answer["citations"][number]);
            if (event === "tool") answer.tools.push(data as Answer["tools"][number]);
            if (event === "approval") answer.approval = data as Answer["approval"];
            if (event === "done") answer.status = data.status as string;
            if (event === "error") answer.error = data as Answer["error"];
        }
        return answer;
    }

    thread(id: string): Promise<Thread> {
        return this.json("GET", `/api/threads/${id}`);
    }

    async approvals(status = "pending"): Promise<Approval[]> {
        return (await this.json<{ approvals: Approval[] }>("GET", `/api/admin/approvals?status=${status}`)).approvals;
    }

    decide(approval: Approval, decision: "approve" | "reject"): Promise<Approval> {
        return this.json("POST", "/api/admin/approve", { approvalId: approval.id, hash: approval.hash, decision });
    }

    async order(id: string): Promise<Order> {
        const { orders } = await this.json<{ orders: Order[] }>("GET", "/api/orders");
        const order = orders.find(candidate => candidate.id === id);
        assert.ok(order, `there is no order ${id}`);
        return order;
    }
}

/** Tries until `probe` gives a value; errors count as "not yet", and the last one is told when time is up. */
export async function eventually<T>(what: string, limit: number, probe: () => Promise<T | undefined>): Promise<T> {
    let last: unknown;
    for (const end = Date.now() + limit; Date.now() < end; await sleep(500)) {
        try {
            const value = await probe();
            if (value !== undefined) return value;
        } catch (error) {
            last = error;
        }
    }
    throw new Error(`${what}: not within ${limit / 1000} s`, { cause: last });
}

function parseEvents(text: string): { event: string; data: Record<string, unknown> }[] {
    return text.split(/\r?\n\r?\n/).flatMap(block => {
        const event = /^event: ?(.*)$/m.exec(block)?.[1];
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) as Record<string, unknown> }];
    });
}
