import assert from "node:assert/strict";
import fc from "fast-check";
import { adminSections, href, parse, type Route, safeReturn } from "./router.ts";

const parsed = (address: string): Route => {
    const url = new URL(address, "http://front.invalid");
    return parse(url.pathname, url.search);
};

describe("router", () => {
    it("comes back to the same route from its address", () => {
        const id = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text !== "." && text !== "..");
        const routes: fc.Arbitrary<Route> = fc.oneof(
            fc.record({ name: fc.constant("chat" as const), threadId: fc.option(id) }, { noNullPrototype: true }),
            fc.constant<Route>({ name: "documents" }),
            fc.record({ name: fc.constant("document" as const), documentId: id, passageId: fc.option(id) }, { noNullPrototype: true }),
            fc.record({ name: fc.constant("approvals" as const), status: fc.constantFrom("pending", "approved", "all") }, { noNullPrototype: true }),
            fc.record({ name: fc.constant("approval" as const), approvalId: id }, { noNullPrototype: true }),
            fc.record({ name: fc.constant("admin" as const), section: fc.constantFrom(...adminSections) }, { noNullPrototype: true }),
            fc.constantFrom<Route>({ name: "account" }, { name: "register" }, { name: "password" }),
        );
        fc.assert(fc.property(routes, (route) => assert.deepEqual(parsed(href(route)), route)));
    });

    it("never uses an address that belongs to the server", () => {
        const routes: Route[] = [{ name: "chat", threadId: null }, { name: "chat", threadId: "t" }, { name: "documents" }, { name: "approvals", status: "all" }, ...adminSections.map((section): Route => ({ name: "admin", section })), { name: "account" }, { name: "signIn", to: "/account" }];
        for (const route of routes) {
            assert.doesNotMatch(href(route), /^\/(api|chat|health)/);
        }
    });

    it("returns after sign-in only to pages of this front", () => {
        assert.equal(safeReturn("/documents/d?passage=p"), "/documents/d?passage=p");
        for (const to of [null, "", "https://evil.example", "//evil.example/documents", "/\\evil.example", "javascript:alert(1)", "/sign-in?to=/x", "/nowhere", "/register", "/password"]) {
            assert.equal(safeReturn(to), "/", String(to));
        }
    });

    it("knows the old address of the audit log", () => {
        assert.deepEqual(parsed("/audit"), { name: "admin", section: "audit" });
    });

    it("does not know other addresses", () => {
        for (const address of ["/x", "/documents/a/b", "/conversations", "/audit/1", "/admin/x", "/account/1"]) {
            assert.equal(parsed(address).name, "notFound", address);
        }
    });
});
