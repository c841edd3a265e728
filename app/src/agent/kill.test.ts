import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startTestPostgres, type TestPostgres } from "../../../tests/support/postgres.js";
import { childOptions } from "../process.js";
import { appUrl, createWorld, eventually, signIn, type Caller, type World } from "./testing/world.js";

/** A real agent process; `line` waits for what it prints. */
interface Agent {
    url: string;
    line(text: string): Promise<void>;
    kill(): Promise<void>;
}

describe("an agent process that is killed with SIGKILL", function () {
    this.timeout(400_000);
    const secret = randomBytes(48).toString("base64");
    let server: TestPostgres;
    let world: World;
    let admin: Caller;
    const agents: Agent[] = [];
    before(async () => {
        server = await startTestPostgres();
        // Serves the tools and the administrator; its engine takes up nothing, so that the processes must.
        world = await createWorld({ ownerUrl: server.url, secret, parallel: 0 });
        admin = await world.signIn("admin");
    });
    afterEach(async () => {
        await Promise.all(agents.splice(0).map((agent) => agent.kill()));
    });
    after(async () => {
        await world?.close();
        await server?.stop();
    });

    async function startProcess(hangAt = ""): Promise<Agent> {
        const child: ChildProcess = spawn(process.execPath, [...childOptions(), fileURLToPath(new URL("./testing/agentProcess.ts", import.meta.url))], {
            env: { PATH: process.env.PATH, ROLE: "agent", DATABASE_URL: appUrl(server.url), JWT_SECRET: secret, MCP_URL: world.mcpUrl, HANG_AT: hangAt },
            stdio: ["ignore", "pipe", "inherit"],
        });
        const lines: string[] = [];
        const reader = createInterface({ input: child.stdout! });
        reader.on("line", (line) => lines.push(line));
        const line = async (text: string) => void (await eventually(`"${text}" of the agent process`, async () => lines.join("\n"), (all) => all.includes(text) || child.exitCode !== null, 180_000));
        await line("ready");
        const agent = {
            url: lines.find((entry) => entry.startsWith("ready"))!.slice(6),
            line,
            async kill() {
                if (child.exitCode === null && child.signalCode === null) {
                    child.kill("SIGKILL");
                    await once(child, "exit");
                }
            },
        };
        agents.push(agent);
        return agent;
    }

    const refunds = (id: string) => world.database.asSystem((tx) => tx.query("select 1 from refunds where order_id = $1", [id]));
    async function approve(): Promise<void> {
        const { body } = await admin.get<{ approvals: { id: string; hash: string }[] }>("/api/admin/approvals");
        assert.equal(body.approvals.length, 1);
        const answer = await admin.post("/api/admin/approve", { approvalId: body.approvals[0]!.id, hash: body.approvals[0]!.hash, decision: "approve" });
        assert.equal(answer.status, 200);
    }
    async function lastAnswer(caller: Caller, threadId: string): Promise<{ text: string; status: string }> {
        const { body } = await eventually("the end of the turn", () => caller.get<{ status: string; messages: { text: string; status: string }[] }>(`/api/threads/${threadId}`), ({ body }) => body.status === "idle", 120_000);
        return body.messages.at(-1)!;
    }

    it("while it waits for an approval: another process goes on after the approval", async () => {
        const first = await startProcess();
        const user = await signIn(first.url, "user");
        const asked = await user.chat("Refund ORD-1001");
        assert.deepEqual(asked.of("done").map((done) => done.status), ["waiting"]);
        await first.kill();
        await approve();
        assert.equal((await refunds("ORD-1001")).length, 0);
        const second = await startProcess();
        assert.match((await lastAnswer(await signIn(second.url, "user"), asked.threadId)).text, /The refund was approved: 249\.00/);
        assert.equal((await refunds("ORD-1001")).length, 1);
    });

    for (const [moment, id] of [["before", "ORD-1901"], ["after", "ORD-1902"]] as const) {
        it(`while it executes the refund (${moment} the booking): another process finishes it, and it is booked once`, async () => {
            await world.addOrder(id, 180);
            const first = await startProcess(`${moment}:ToolExecution:process_refund`);
            const user = await signIn(first.url, "user");
            const asked = await user.chat(`Refund ${id}`);
            await approve();
            await first.line("reached");
            assert.equal((await refunds(id)).length, moment === "before" ? 0 : 1);
            await first.kill();
            const second = await startProcess();
            const answer = await lastAnswer(await signIn(second.url, "user"), asked.threadId);
            assert.match(answer.text, /The refund was approved/);
            assert.equal(answer.status, "complete");
            assert.equal((await refunds(id)).length, 1);
        });
    }

    it("in the middle of a turn without approval: another process, which runs already, answers", async () => {
        const first = await startProcess("before:Respond");
        const second = await startProcess();
        const user = await signIn(first.url, "user");
        const answering = user.chat("Refund ORD-1002").catch(() => undefined);
        await first.line("reached");
        const { body } = await user.get<{ threads: { id: string }[] }>("/api/threads");
        await first.kill();
        await answering;
        const elsewhere = await signIn(second.url, "user");
        assert.match((await lastAnswer(elsewhere, body.threads[0]!.id)).text, /Done: 39\.90 EUR/);
        assert.equal((await refunds("ORD-1002")).length, 1);
    });
});
