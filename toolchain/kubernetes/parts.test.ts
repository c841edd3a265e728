/** The small pure parts of the node: images, the pause program, name servers, names and addresses. */
import { strict as assert } from "node:assert";
import { spawn, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { storedAs } from "./images";
import { describeInstallation } from "./installation";
import { buildImage, tar } from "./oci";
import { pauseProgram } from "./pause";
import { commandLine, endProcesses, identify, isAlive } from "./process";
import { parseServers } from "./resolver";

describe("parts of the node", () => {
    let folder = "";
    beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "ap-parts-")); });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("archives are what tar reads", () => {
        writeFileSync(join(folder, "a.tar"), tar([{ path: "bin/hello", content: Buffer.from("hello"), mode: 0o755 }, { path: "empty", content: Buffer.alloc(0), mode: 0o644 }]));
        execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
        assert.equal(readFileSync(join(folder, "bin/hello"), "utf8"), "hello");
        assert.equal(readFileSync(join(folder, "empty"), "utf8"), "");
    });

    it("images name their parts by digest, and are the same for the same content", () => {
        const build = () => buildImage({ name: "a.test/b:1", files: [{ path: "x", content: Buffer.from("y"), mode: 0o755 }], entrypoint: ["/x"], user: "1" }, "amd64");
        assert.deepEqual(build(), build());
        const { archive, reference, digest } = build();
        assert.equal(reference, `a.test/b@${digest}`);
        writeFileSync(join(folder, "a.tar"), archive);
        execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
        const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as { manifests: { digest: string }[] };
        const blob = readFileSync(join(folder, "blobs", "sha256", index.manifests[0]!.digest.slice("sha256:".length)));
        assert.equal(`sha256:${createHash("sha256").update(blob).digest("hex")}`, digest);
    });

    it("images are stored under the name that the kubelet looks for", () => {
        assert.deepEqual(["app", "agent-platform/app@sha256:1", "localhost/app", "registry.test:5000/app", "a.test/b"].map(storedAs),
            ["docker.io/library/app", "docker.io/agent-platform/app@sha256:1", "localhost/app", "registry.test:5000/app", "a.test/b"]);
    });

    (process.platform === "linux" ? it : it.skip)("the pause program waits until it is killed", async () => {
        const path = join(folder, "pause");
        writeFileSync(path, pauseProgram(process.arch), { mode: 0o755 });
        const child = spawn(path);
        const exit = new Promise<NodeJS.Signals | null>(resolve => child.on("exit", (_, signal) => resolve(signal)));
        const id = identify(child.pid!)!;
        assert.ok(isAlive(id));
        const ignoresChildren = () => /^SigIgn:\s*0*10000$/m.test(readFileSync(`/proc/${child.pid}/status`, "utf8"));
        // It is the first thing that it does, but it has to get there.
        for (let wait = 0; wait < 500 && !ignoresChildren(); wait++) await sleep(10);
        assert.ok(ignoresChildren(), "it ignores the end of its children, so that none stays a zombie");
        await endProcesses([id], 5000);
        assert.equal(await exit, "SIGTERM");
        assert.equal(isAlive(id), false);
        assert.equal(commandLine(id.pid), undefined);
    });

    it("only name servers that pods can reach are used", () => {
        assert.deepEqual(parseServers("# x\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch a b\nnameserver fe80::1\nnameserver 9.9.9.9\n nameserver 1.1.1.1\nnameserver 8.8.8.8"), ["10.0.0.1", "9.9.9.9", "1.1.1.1"]);
        assert.deepEqual(parseServers(""), []);
    });

    it("no two installations share an address, a name or a folder", () => {
        const all = Array.from({ length: 11 }, (_, index) => describeInstallation(`/home/${index}`, index));
        for (const pick of [0, 1, 2, 3].map(at => (each: typeof all[number]) => [each.network.podRange, each.network.serviceRange, each.network.hostInterface, each.run][at])) {
            assert.equal(new Set(all.map(pick)).size, all.length);
        }
        assert.ok(all.every(each => each.network.hostInterface.length <= 15), "the kernel's limit for names of interfaces");
    });
});
