import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../http/log.js";
import { isPublicAddress, OutgoingRefused, postOutgoing, requireOutgoing } from "../http/outgoing.js";
import { embeddedDatabase, type TestDatabase } from "../testing/databases.js";
import { notify, signatureOf, startNotifier } from "./notify.js";

describe("addresses that users name", () => {
    it("are public https ones and nothing else", () => {
        for (const url of ["http://example.com/x", "https://localhost/x", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.8/", "https://service.local/", "https://postgres/", "https://user:pw@example.com/", "ftp://example.com/", "not an address", "https://0x7f000001/", "https://[::ffff:127.0.0.1]/", "https://2130706433/"]) {
            assert.throws(() => requireOutgoing(url), OutgoingRefused, url);
        }
        assert.equal(requireOutgoing("https://hooks.example.com/a").host, "hooks.example.com");
        assert.equal(requireOutgoing("http://hooks:8080/a", { allowed: ["hooks:8080"] }).host, "hooks:8080");
        for (const address of ["192.168.1.1", "100.64.0.1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:0a00:0001::", "x"]) assert.equal(isPublicAddress(address), false, address);
        for (const address of ["93.184.216.34", "2606:2800:220:1::1"]) assert.equal(isPublicAddress(address), true, address);
    });

    it("are refused when their name leads inside", async () => {
        // Whatever resolves this name, it never is public.
        await assert.rejects(postOutgoing("https://localhost.localdomain/", "{}", {}));
    });
});

describe("notifications", function () {
    this.timeout(60_000);
    let opened: TestDatabase;
    before(async () => (opened = await embeddedDatabase()));
    after(() => opened.close());

    it("arrive signed, again until they are taken, and only for those who want them", async () => {
        const received: { headers: IncomingHttpHeaders; body: string }[] = [];
        const server = createServer((request, response) => {
            let body = "";
            request.on("data", (chunk: Buffer) => (body += chunk.toString()));
            request.on("end", () => {
                received.push({ headers: request.headers, body });
                // Taken at the third try.
                response.writeHead(received.length < 3 ? 503 : 204).end();
            });
        }).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        await opened.database.asPrincipal(opened.admin, async (tx) => {
            await tx.query("insert into notification_targets (tenant_id, url, secret) values ($1, $2, 'a-secret')", [opened.admin.tenantId, `http://${host}/hook`]);
            await notify(tx, opened.admin.tenantId, "approval.requested", { id: "1" });
        });
        await opened.database.asPrincipal(opened.stranger, (tx) => notify(tx, opened.stranger.tenantId, "approval.requested", { id: "2" }));
        const notifier = await startNotifier(opened.database, createLogger({ level: "silent", service: "test" }), { allowed: [host], backoffMs: 5, pollMs: 20 });
        for (let i = 0; i < 200 && received.length < 3; i++) await new Promise((resolve) => setTimeout(resolve, 20));
        // With a pause: the embedded database answers at once, and nobody else would get a turn.
        for (let left = 1; left > 0; await sleep(5)) left = (await opened.database.asSystem((tx) => tx.query("select 1 from notifications"))).length;
        await notifier.close();
        server.close();
        assert.equal(received.length, 3);
        const { body, headers } = received[2]!;
        assert.deepEqual({ ...(JSON.parse(body) as object), id: "", at: "" }, { id: "", at: "", event: "approval.requested", approval: { id: "1" } });
        const time = Number(/^t=(\d+),/.exec(String(headers["x-signature"]))![1]);
        assert.equal(headers["x-signature"], signatureOf("a-secret", time, body));
    });
});
