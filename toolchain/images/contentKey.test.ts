import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { collect, contentKey, sha256, type Entry } from "./contentKey";

const entry = fc.record({ path: fc.string({ minLength: 1 }), sha256: fc.string(), executable: fc.boolean() });
const entries = fc.uniqueArray(entry, { selector: (one) => one.path, maxLength: 8 });
const facts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 });

describe("content keys", () => {
    it("do not depend on the order of files or facts", () => {
        fc.assert(
            fc.property(entries, facts, fc.nat(), (files, named, turn) => {
                const turned = [...files.slice(turn % (files.length || 1)), ...files.slice(0, turn % (files.length || 1))].reverse();
                const reversed = Object.fromEntries(Object.entries(named).reverse());
                assert.equal(contentKey(turned, reversed), contentKey(files, named));
            }),
        );
    });

    it("differ whenever a file or a fact differs", () => {
        const canonical = (files: readonly Entry[], named: Record<string, string>) =>
            JSON.stringify([[...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map((one) => [one.path, one.sha256, one.executable]), Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))]);
        fc.assert(
            fc.property(entries, facts, entries, facts, (a, x, b, y) => {
                assert.equal(contentKey(a, x) === contentKey(b, y), canonical(a, x) === canonical(b, y));
            }),
        );
    });

    it("cannot be fooled by moving text from one part to the next", () => {
        assert.notEqual(contentKey([], { ab: "c" }), contentKey([], { a: "bc" }));
        assert.notEqual(contentKey([{ path: "a", sha256: "bc", executable: false }], {}), contentKey([{ path: "ab", sha256: "c", executable: false }], {}));
        assert.notEqual(contentKey([], { file: "x" }), contentKey([{ path: "file", sha256: "x", executable: false }], {}));
    });
});

describe("collecting files", () => {
    let folders: string[] = [];
    afterEach(() => {
        for (const folder of folders) rmSync(folder, { recursive: true, force: true });
        folders = [];
    });
    const make = (files: Record<string, string>, time: number, mask: number) => {
        const root = mkdtempSync(join(tmpdir(), "agent-platform-collect-"));
        folders.push(root);
        for (const [path, content] of Object.entries(files)) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), content);
            chmodSync(join(root, path), 0o666 & ~mask);
            utimesSync(join(root, path), time, time);
        }
        return root;
    };

    it("sees content and the executable bit, not times, places or the umask", () => {
        const files = { "src/a.ts": "a", "src/deep/b.ts": "b", "one.json": "{}" };
        const here = make(files, 1, 0o022);
        const there = make(files, 1_000_000, 0o077);
        assert.deepEqual(collect(here, ["src", "one.json"]), collect(there, ["one.json", "src"]).sort((a, b) => (a.path.startsWith("src") ? -1 : 1) - (b.path.startsWith("src") ? -1 : 1)));
        chmodSync(join(there, "src/a.ts"), 0o755);
        assert.notEqual(contentKey(collect(here, ["src"]), {}), contentKey(collect(there, ["src"]), {}));
    });

    it("leaves out what is skipped, missing or a link", () => {
        const root = make({ "src/a.ts": "a", "src/a.test.ts": "t", "src/node_modules/x.js": "x" }, 1, 0o022);
        symlinkSync("/etc/passwd", join(root, "src/link"));
        const found = collect(root, ["src", "absent"], (path) => path.endsWith(".test.ts") || path.includes("node_modules"));
        assert.deepEqual(found, [{ path: "src/a.ts", sha256: sha256("a"), executable: false }]);
    });
});
