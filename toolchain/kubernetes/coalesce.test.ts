import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { coalesce } from "./coalesce";

describe("coalesced work", () => {
    it("answers a crowd of changes with one round, and those during a round with one more", async () => {
        let rounds = 0;
        let atOnce = 0;
        const changed = coalesce(async () => {
            assert.equal(++atOnce, 1, "never two at once");
            rounds++;
            await sleep(20);
            atOnce--;
        }, error => assert.fail(String(error)), 5);
        for (let i = 0; i < 100; i++) changed();
        await sleep(15);
        assert.equal(rounds, 1);
        for (let i = 0; i < 100; i++) changed();
        await sleep(80);
        assert.equal(rounds, 2);
        changed.stop();
    });

    it("tries a round again that has failed, and says so", async () => {
        const told: unknown[] = [];
        let rounds = 0;
        let succeed: () => void;
        const success = new Promise<void>(resolve => (succeed = resolve));
        const changed = coalesce(async () => {
            if (++rounds === 1) throw new Error("not yet");
            succeed();
        }, error => told.push(error));
        changed();
        // The retry does not keep a process alive; this timer does.
        const alive = setInterval(() => undefined, 50);
        await success;
        clearInterval(alive);
        assert.deepEqual(told.map(String), ["Error: not yet"]);
        changed.stop();
    });

    it("does nothing after it was stopped", async () => {
        const changed = coalesce(async () => assert.fail("stopped"), error => assert.fail(String(error)));
        changed();
        changed.stop();
        changed();
        await sleep(10);
    });
});
