import assert from "node:assert/strict";
import { clientName } from "./client.ts";

describe("clientName", () => {
    it("calls programs what people call them", () => {
        assert.equal(clientName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0"), "Edge on Windows");
        assert.equal(clientName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"), "Safari on iOS");
        assert.equal(clientName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox on Linux");
        assert.equal(clientName("curl/8.5.0"), "curl");
        assert.equal(clientName(""), "Unknown program");
        assert.equal(clientName("backup-robot 2"), "backup-robot 2");
    });
});
