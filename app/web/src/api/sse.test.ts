import assert from "node:assert/strict";
import fc from "fast-check";
import { type SseEvent, SseParser } from "./sse.ts";

function parse(...chunks: string[]): SseEvent[] {
    const parser = new SseParser();
    return chunks.flatMap((chunk) => parser.push(chunk));
}

describe("SseParser", () => {
    it("reads events, names, ids and several data lines", () => {
        assert.deepEqual(parse("id: 7\nevent: token\ndata: a\ndata:b\n\ndata: c\n\n"), [
            { id: "7", event: "token", data: "a\nb" },
            { id: "7", event: "message", data: "c" },
        ]);
    });

    it("takes CR, LF and CRLF, also when a CRLF arrives in two pieces", () => {
        const expected = [{ id: "", event: "message", data: "x\ny" }];
        assert.deepEqual(parse("data: x\r\ndata: y\r\n\r\n"), expected);
        assert.deepEqual(parse("data: x\rdata: y\r\r"), expected);
        assert.deepEqual(parse("data: x\r", "\ndata: y\r", "\n\r", "\n"), expected);
    });

    it("ignores comments, unknown fields and events without data", () => {
        assert.deepEqual(parse(": still here\n\nevent: nothing\n\ncolour: red\ndata: y\n\n"), [{ id: "", event: "message", data: "y" }]);
    });

    it("gives nothing for an event that is cut off", () => {
        assert.deepEqual(parse("data: whole\n\ndata: half"), [{ id: "", event: "message", data: "whole" }]);
    });

    it("keeps an empty data line, one leading space less, and drops a byte order mark", () => {
        assert.deepEqual(parse("\uFEFFdata\ndata:  two\n\n"), [{ id: "", event: "message", data: "\n two" }]);
    });

    it("remembers the retry delay and refuses an id with a null character", () => {
        const parser = new SseParser();
        parser.push("retry: 1500\nid: 3\nid: bad\0id\nretry: soon\ndata: x\n\n");
        assert.equal(parser.retry, 1500);
        assert.equal(parser.lastEventId, "3");
    });

    it("gives the same events however the stream is cut and whichever line ending it uses", () => {
        const word = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n\0]/g, ""));
        const event = fc.record({ event: word.filter((name) => name !== ""), id: word, data: fc.array(word, { minLength: 1, maxLength: 3 }) });
        const cuts = fc.array(fc.nat(), { maxLength: 12 });
        const ending = fc.constantFrom("\n", "\r", "\r\n");
        fc.assert(
            fc.property(fc.array(event, { maxLength: 6 }), cuts, ending, (events, positions, newline) => {
                const text = events.map((one) => [`id: ${one.id}`, `event: ${one.event}`, ...one.data.map((line) => `data: ${line}`), "", ""].join(newline)).join("");
                const at = [...new Set(positions.map((position) => position % (text.length + 1)))].sort((a, b) => a - b);
                const chunks = [0, ...at].map((start, i) => text.slice(start, at[i] ?? text.length));
                assert.deepEqual(
                    parse(...chunks),
                    events.map((one) => ({ id: one.id, event: one.event, data: one.data.join("\n") })),
                );
            }),
        );
    });
});
