/** From a signed event of another system to the row that the agent writes because of it, through the roles as processes. */
import { createHmac, randomBytes } from "node:crypto";
import { people } from "../src/testing/databases.js";
import { Report } from "./report.js";
import { database, percentile, startCompiled } from "./support.js";

const EVENTS = 60;
const EVERY_MS = 500;

export async function benchWebhooks(): Promise<void> {
    const report = new Report("webhooks", "From an event of another system to its row in the database", "npm run bench -- webhooks");
    const opened = await database();
    const env = { DATABASE_URL: opened.urls!.app, JWT_SECRET: randomBytes(48).toString("base64"), LOG_LEVEL: "warn" };
    const mcp = await startCompiled("mcp", env);
    const agent = await startCompiled("agent", { ...env, MCP_URL: `${mcp.url}/mcp`, RAG_SERVICE_URL: "http://127.0.0.1:9" });
    try {
        const post = async (path: string, body: string, headers: Record<string, string>, method = "POST") => {
            const response = await fetch(agent.url + path, { method, headers: { "content-type": "application/json", ...headers }, body });
            if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
            return (await response.json()) as Record<string, string>;
        };
        const { token } = await post("/api/login", JSON.stringify(people.admin), {});
        const { secret } = await post("/api/admin/webhooks/bench-shop", "{}", { authorization: `Bearer ${token}` }, "PUT");
        const times = await Promise.all(
            Array.from({ length: EVENTS }, async (_, n) => {
                await new Promise((resolve) => setTimeout(resolve, n * EVERY_MS));
                const mark = `Event ${n} of the benchmark`;
                const body = JSON.stringify({ id: `evt-${n}`, message: `Open a ticket: ${mark}, the parcel arrived wet.` });
                const t = Math.floor(Date.now() / 1000);
                const begun = performance.now();
                await post("/webhooks/bench-shop", body, { "x-signature": `t=${t},v1=${createHmac("sha256", secret!).update(`${t}.${body}`).digest("hex")}` });
                for (;;) {
                    const rows = await opened.database.asSystem((tx) => tx.query("select 1 from tickets where summary like $1", [`%${mark},%`]));
                    if (rows.length > 0) return performance.now() - begun;
                    await new Promise((resolve) => setTimeout(resolve, 10));
                }
            }),
        );
        report.add("event to row, median", percentile(times, 0.5) / 1000, "s", { bar: { atMost: 1 } });
        report.add("event to row, longest", Math.max(...times) / 1000, "s", { bar: { atMost: 10 } });
        report.close();
    } finally {
        await agent.end("SIGTERM");
        await mcp.end("SIGTERM");
        await opened.close();
    }
}
