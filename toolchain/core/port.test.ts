import assert from "node:assert/strict";
import { createServer } from "node:net";
import { freePort, requireFree } from "./port";

describe("ports", () => {
    it("that are free stay so: they are none of those that the system gives to whoever connects or asks for any", async () => {
        const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
        for (const port of ports) assert.ok(port >= 20_000 && port < 30_000, `${port}`);
    });

    it("that are free can be listened on, and those in use are named with what to do", async () => {
        const port = await freePort();
        await requireFree(port, "127.0.0.1", "npm run up");
        const server = createServer();
        await new Promise<void>(listening => server.listen(port, "127.0.0.1", listening));
        try {
            await assert.rejects(requireFree(port, "127.0.0.1", "npm run up"), { code: "AP-PORT-TAKEN", fix: new RegExp(`npm run up -- --port ${port + 1}$`) });
        } finally {
            await new Promise(closed => server.close(closed));
        }
    });
});
