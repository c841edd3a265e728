import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answering } from "./bringUp";

describe("a deployment that has just come up", () => {
    let server: Server | undefined;
    afterEach(() => server?.close());

    it("is called up only when the front and both services behind it answer", async () => {
        const asked = new Map<string, number>();
        server = createServer(({ url = "" }, response) => {
            const times = (asked.get(url) ?? 0) + 1;
            asked.set(url, times);
            const status = url === "/" ? 200 : url === "/api/v2/documents" && times < 3 ? 503 : 401;
            response.writeHead(status).end();
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        await answering(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        assert.equal(asked.get("/api/v2/documents"), 3);
    });
});
