import assert from "node:assert/strict";
import fc from "fast-check";
import { createLogger } from "./log.js";
import { maskText } from "./masking.js";

const letters = (min: number, max: number) => fc.string({ unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"), minLength: min, maxLength: max });
/** What must not be read, and text around it that could hide it. */
const telling = fc.oneof(
    fc.emailAddress({ size: "small" }).filter((address) => /^[\w.+-]+@/.test(address)),
    letters(20, 43).map((secret) => `apk_${secret}`),
    letters(20, 43).map((secret) => `scim_${secret}`),
    letters(20, 43).map((secret) => `Bearer ${secret}`),
    fc.tuple(letters(12, 30), letters(12, 60), letters(12, 43)).map((parts) => `eyJ${parts.join(".")}`),
    letters(8, 20).map((password) => `postgres://app:${password}@db.internal:5432/agents`),
    fc.constantFrom("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "4111 1111 1111 1111", "5500-0000-0000-0004"),
);
/** The part of it that would be of use to a reader. */
const heart = (text: string) => (text.startsWith("postgres") ? text.split(":")[2]!.split("@")[0]! : text.replace(/^(Bearer |apk_|scim_)/, ""));
const around = fc.constantFrom("", " ", "\n", '"', "\\", "\\n", "<", "(", "é ", "key ", "\t", "{\"x\":\"");

describe("what is logged", () => {
    function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
        const lines: string[] = [];
        write(createLogger({ level: "debug", service: "test", stream: { write: (line: string) => void lines.push(line) } }));
        for (const line of lines) JSON.parse(line);
        return lines.join("");
    }

    it("never holds what names a person or opens a door, wherever in a text and however deep", () => {
        fc.assert(
            fc.property(telling, around, around, fc.array(fc.constantFrom("a", "list", "b"), { maxLength: 6 }), (secret, before, after, path) => {
                const text = before + secret + (after === "" ? "" : ` ${after}`);
                const nested = path.reduce<unknown>((inner, name) => (name === "list" ? [inner] : { [name]: inner }), text);
                const line = logged((log) => {
                    log.info({ nested, error: new Error(text, { cause: new TypeError(text) }) }, text);
                    log.warn(text);
                    log.child({ who: text }).info("said");
                    log.info("%s", text);
                });
                assert(!line.includes(heart(secret)), line);
            }),
            { numRuns: 300 },
        );
    });

    it("never holds the value of a name that says it is secret", () => {
        const names = fc.constantFrom("password", "newPassword", "Authorization", "set-cookie", "cookie", "client_secret", "clientSecret", "refreshToken", "token", "apiKey", "api_key", "password_hash", "x-api-key", "embedding", "private_key");
        fc.assert(
            fc.property(names, letters(6, 30), fc.array(fc.constantFrom("a", "list"), { maxLength: 6 }), (name, secret, path) => {
                const nested = path.reduce<unknown>((inner, each) => (each === "list" ? [inner] : { [each]: inner }), { [name]: secret, more: { [name]: [secret] } });
                assert(!logged((log) => log.info({ nested, [name]: { deep: secret } }, "m")).includes(secret), name);
            }),
            { numRuns: 200 },
        );
    });

    it("holds every id and digest as it is, also where a part of it could be a card's number", () => {
        const hex = (length: number) => fc.string({ unit: fc.constantFrom(..."0123456789abcdef0123456789"), minLength: length, maxLength: length });
        const id = fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join("-"));
        fc.assert(fc.property(fc.oneof(id, hex(40), hex(64)), around, around, (text, before, after) => assert(maskText(before + text + after).includes(text), maskText(text))), { numRuns: 20_000 });
        for (const text of ["31241856-4289-4f24-8810-eb2b5810046f", "bb688141-0530-429e-b32b-0639833cd9af"]) assert.equal(maskText(text), text);
        assert.equal(maskText("31241856-4289-4f24-8810-eb2b5810046f 4111 1111 1111 1111"), "31241856-4289-4f24-8810-eb2b5810046f [card]");
    });

    it("holds what helps: ids, paths, numbers, messages of errors", () => {
        for (const text of ["0f8fad5b-d9cb-469f-a165-70867728950e", "/api/v2/documents/12345678901234567", "select * from users where id = $1", "2026-11-21T15:46:29.464Z", "a token of it", "ORD-1001 for 150.00 EUR", "5432 1234567890123"]) assert.equal(maskText(text), text);
        const line = logged((log) => log.info({ status: 404, tokens: 12, chunks: [1, 2], at: new Date(0), bytes: new Uint8Array(4), nothing: null }, "done"));
        for (const part of ['"status":404', '"tokens":12', '"chunks":[1,2]', '"at":"1970-01-01T00:00:00.000Z"', '"bytes":"[4 bytes]"', '"nothing":null', '"msg":"done"']) assert(line.includes(part), line);
    });
});
