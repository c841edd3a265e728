import assert from "node:assert/strict";
import { describeProblem, Problem, readProblem } from "./problem";

describe("problems", () => {
    const problem = new Problem("AP-USAGE", { what: "two things are wrong:\n  one\n  another", why: "for a reason", fix: "do this" });

    it("name code, what, why, fix and where to read more", () => {
        assert.equal(describeProblem(problem), "AP-USAGE  two things are wrong:\n  one\n  another\n  why  for a reason\n  fix  do this\n  more docs/errors.md#ap-usage");
    });

    it("are recognised in what another process has printed", () => {
        const read = readProblem(`error: something before\n${describeProblem(problem)}\nand after`);
        assert.deepEqual([read?.code, read?.message, read?.why, read?.fix], ["AP-USAGE", problem.message, problem.why, problem.fix]);
        assert.equal(readProblem("no problem at all"), undefined);
    });
});
