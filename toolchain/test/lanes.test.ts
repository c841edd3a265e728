import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { runLanes } from "./lanes";
import type { Suite } from "./suites";

function suiteOf(name: string, seconds: number): Suite {
    return { name, about: `is ${name}`, files: [], kind: "mocha", needs: [], timeout: 1_000, seconds };
}

describe("lanes of suites", () => {
    const suites = ["a", "b", "c", "d"].map((name, index) => suiteOf(name, index));

    it("run each suite once, at most as many at once as there are lanes, the longest first", async () => {
        const begun: string[] = [];
        let now = 0;
        let most = 0;
        const ended = await runLanes(suites, 2, () => undefined, async suite => {
            begun.push(suite.name);
            most = Math.max(most, ++now);
            await sleep(5);
            now--;
            return { passed: 1, failed: 0, skipped: 0, failures: [], files: {} };
        });
        assert.deepEqual(begun, ["d", "c", "b", "a"]);
        assert.equal(most, 2);
        assert.deepEqual(ended.map(one => one.suite.name), ["a", "b", "c", "d"], "told in the order of the list");
    });

    it("never mix what two suites print", async () => {
        let text = "";
        await runLanes(suites, 3, piece => (text += piece), async (suite, output) => {
            for (let line = 0; line < 5; line++) {
                output(`${suite.name}${line}\n`);
                await sleep(1);
            }
            return { passed: 1, failed: 0, skipped: 0, failures: [], files: {} };
        });
        for (const { name } of suites) assert.match(text, new RegExp(`is ${name}\n${name}0\n${name}1\n${name}2\n${name}3\n${name}4\n`));
    });

    it("show a single lane as it goes", async () => {
        const pieces: string[] = [];
        await runLanes([suites[0]!], 1, piece => pieces.push(piece), async (_, output) => {
            output("first\n");
            assert.equal(pieces.at(-1), "first\n");
            return { passed: 0, failed: 1, skipped: 0, failures: [], files: {} };
        });
    });
});
