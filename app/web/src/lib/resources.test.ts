import assert from "node:assert/strict";
import { Resources } from "./resources.ts";

/** Answers that arrive when the test says so. */
function server() {
    const asked: { answer(data: unknown): Promise<void>; fail(error: Error): Promise<void> }[] = [];
    const settled = async (act: () => void): Promise<void> => {
        act();
        await new Promise(setImmediate);
    };
    const loader = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
            asked.push({ answer: (data) => settled(() => resolve(data)), fail: (error) => settled(() => reject(error)) });
        });
    return { asked, loader };
}

describe("data from the server", () => {
    it("is what was loaded, and stays while it is loaded again", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        assert.deepEqual(resources.read("orders"), { data: undefined, error: null, loading: true });
        void resources.load("orders", loader);
        await asked[0]!.answer(["one"]);
        assert.deepEqual(resources.read("orders"), { data: ["one"], error: null, loading: false });
        void resources.load("orders", loader);
        assert.deepEqual(resources.read("orders"), { data: ["one"], error: null, loading: true });
    });

    it("keeps what it had when a load fails, and says why", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        resources.change("orders", () => ["one"]);
        void resources.load("orders", loader);
        await asked[0]!.fail(new Error("the line is cut"));
        const { data, error, loading } = resources.read("orders");
        assert.deepEqual({ data, loading }, { data: ["one"], loading: false });
        assert.match(error!.message, /the line is cut/);
    });

    it("is not undone by an answer from before: news that came meanwhile are added to it", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        void resources.load("jobs", loader);
        resources.change("jobs", (jobs = {}) => ({ ...(jobs as object), a: "done" }));
        assert.deepEqual(resources.read("jobs").data, { a: "done" });
        await asked[0]!.answer({ a: "running", b: "running" });
        assert.deepEqual(resources.read("jobs").data, { a: "done", b: "running" });
    });

    it("is asked for once more after an answer under way, however many want it, so that the last answer is of the last question", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        const first = resources.load("documents", loader);
        const [second, third] = [resources.load("documents", loader), resources.load("documents", loader)];
        assert.equal(asked.length, 1);
        await asked[0]!.answer("before");
        await first;
        assert.equal(asked.length, 2);
        await asked[1]!.answer("after");
        await Promise.all([second, third]);
        assert.deepEqual(resources.read("documents"), { data: "after", error: null, loading: false });
        assert.equal(asked.length, 2);
    });

    it("is asked for once more also when the answer under way fails", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        void resources.load("documents", loader);
        const again = resources.load("documents", loader);
        await asked[0]!.fail(new Error("gone"));
        await asked[1]!.answer("there");
        await again;
        assert.deepEqual(resources.read("documents"), { data: "there", error: null, loading: false });
    });

    it("is forgotten with what was on its way: the next person sees nothing of it", async () => {
        const resources = new Resources();
        const { asked, loader } = server();
        void resources.load("documents", loader);
        void resources.load("documents", loader);
        resources.forget();
        await new Promise(setImmediate);
        assert.equal(asked.length, 1);
        void resources.load("documents", loader);
        await asked[0]!.answer("of the one before");
        assert.equal(resources.read("documents").data, undefined);
        await asked[1]!.answer("mine");
        assert.equal(resources.read("documents").data, "mine");
        assert.equal(asked.length, 2);
    });

    it("tells who listens, until they do not", async () => {
        const resources = new Resources();
        let told = 0;
        const stop = resources.listen(() => told++);
        resources.change("a", () => 1);
        resources.change("a", () => 1);
        assert.equal(told, 1);
        stop();
        resources.change("a", () => 2);
        assert.equal(told, 1);
    });
});
