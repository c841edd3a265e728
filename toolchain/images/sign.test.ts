import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../core/problem";
import { keyPairOf } from "./sign";

describe("the key that images are signed with", () => {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-key-"));
    const file = join(folder, "cosign.key");
    after(() => rmSync(folder, { recursive: true, force: true }));
    const refusal = (privateKey: string | undefined): string => {
        try {
            keyPairOf("public", privateKey);
        } catch (error) {
            assert.ok(error instanceof Problem && error.code === "AP-IMAGE-SIGNING-KEY");
            return error.why;
        }
        return "";
    };

    it("is a file that nobody but its owner reads", () => {
        assert.match(refusal(""), /COSIGN_KEY is not set/);
        assert.match(refusal(file), /there is no such file/);
        writeFileSync(file, "a key", { mode: 0o644 });
        assert.match(refusal(file), /others than its owner may read/);
        rmSync(file);
        writeFileSync(file, "a key", { mode: 0o600 });
        assert.equal(refusal(file), "");
    });

    it("may be in a key management service", () => {
        assert.deepEqual(keyPairOf("public", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k"), { publicKey: "public", privateKey: "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k" });
    });
});
