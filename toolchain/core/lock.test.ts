import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "./lock";

describe("withLock", function () {
    this.timeout(60_000);
    let folder = "";
    beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "ap-lock-")); });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const dead = JSON.stringify({ pid: 2 ** 22 + 1, since: "", purpose: "died" });

    it("runs the work, and leaves nothing behind", async () => {
        assert.equal(await withLock(join(folder, "lock"), "test", async () => existsSync(join(folder, "lock"))), true);
        assert.deepEqual(readdirSync(folder), []);
    });

    it("waits for a living holder and says who it is", async () => {
        const order: string[] = [];
        const path = join(folder, "lock");
        let finish = () => {};
        const first = withLock(path, "the first", () => new Promise<void>(resolve => { finish = resolve; }).then(() => { order.push("first"); }));
        await withLock(path, "the second", async () => { order.push("second"); }, holder => {
            order.push(`waiting for ${holder.purpose}`);
            finish();
        });
        await first;
        assert.deepEqual(order, ["waiting for the first", "first", "second"]);
    });

    it("takes over from the dead, and from an empty file", async () => {
        for (const content of [dead, ""]) {
            writeFileSync(join(folder, "lock"), content);
            assert.equal(await withLock(join(folder, "lock"), "test", async () => "done"), "done");
            assert.deepEqual(readdirSync(folder), []);
        }
    });

    it("takes over although another died while taking over", async () => {
        const { createHash } = await import("node:crypto");
        writeFileSync(join(folder, "lock"), dead);
        writeFileSync(join(folder, `lock.after-${createHash("sha256").update(dead).digest("hex").slice(0, 16)}`), dead.replace("died", "died too"));
        assert.equal(await withLock(join(folder, "lock"), "test", async () => "done"), "done");
        assert.deepEqual(readdirSync(folder), []);
    });

    it("never lets two in, however many wait and die", async () => {
        const script = join(folder, "contend.ts");
        // Inside, a folder that only one can make tells whether someone else is there as well. Every third one is killed.
        writeFileSync(script, `
            import { appendFileSync, mkdirSync, rmSync, rmdirSync } from "node:fs";
            import { withLock } from ${JSON.stringify(join(__dirname, "lock.ts"))};
            const [folder, number] = [process.argv[2]!, Number(process.argv[3])];
            async function main() {
                for (let round = 0; round < 30; round++) await withLock(folder + "/lock", String(number), async () => {
                    try { mkdirSync(folder + "/inside"); } catch { appendFileSync(folder + "/report", "two\\n"); }
                    await new Promise(resolve => setTimeout(resolve, 1));
                    try { rmdirSync(folder + "/inside"); } catch { appendFileSync(folder + "/report", "two\\n"); }
                    appendFileSync(folder + "/report", "one\\n");
                    if (number % 3 === 0 && round === number) process.kill(process.pid, "SIGKILL");
                });
            }
            void main();`);
        writeFileSync(join(folder, "lock"), dead);
        const codes = await Promise.all(Array.from({ length: 9 }, (_, number) => new Promise<number | null>(resolve => {
            spawn(process.execPath, ["--import", "tsx", script, folder, String(number)], { stdio: "inherit", cwd: join(__dirname, "../..") }).on("close", resolve);
        })));
        const report = readFileSync(join(folder, "report"), "utf8").trim().split("\n");
        assert.deepEqual(codes.map(code => code === null), [true, false, false, true, false, false, true, false, false]);
        assert.equal(report.filter(line => line === "two").length, 0);
        assert.equal(report.length, 6 * 30 + 1 + 4 + 7);
        assert.deepEqual(readdirSync(folder).filter(name => name.startsWith("lock") && name !== "lock"), []);
    });
});
