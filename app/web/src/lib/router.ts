/** The addresses of the front and what they mean. */

export type Route =
    | { name: "chat"; threadId: string | null }
    | { name: "documents" }
    | { name: "document"; documentId: string; passageId: string | null }
    | { name: "approvals"; status: string }
    | { name: "approval"; approvalId: string }
    | { name: "admin"; section: AdminSection }
    | { name: "account" }
    | { name: "signIn"; to: string }
    | { name: "register" }
    | { name: "password" }
    | { name: "notFound" };

/** The pages of the administration. */
export const adminSections = ["people", "usage", "evaluation", "connections", "audit", "system"] as const;
export type AdminSection = (typeof adminSections)[number];

/** Reads an address. Paths under /api and /chat belong to the server and never appear here. */
export function parse(pathname: string, search = ""): Route {
    const query = new URLSearchParams(search);
    const [first, second, ...more] = pathname.split("/").filter((part) => part !== "").map(decoded);
    if (more.length > 0) {
        return { name: "notFound" };
    }
    if (first === undefined) {
        return { name: "chat", threadId: null };
    }
    if (first === "conversations" && second !== undefined) {
        return { name: "chat", threadId: second };
    }
    if (first === "documents") {
        return second === undefined ? { name: "documents" } : { name: "document", documentId: second, passageId: query.get("passage") };
    }
    if (first === "approvals") {
        return second === undefined ? { name: "approvals", status: query.get("status") ?? "pending" } : { name: "approval", approvalId: second };
    }
    if (first === "admin") {
        const section = adminSections.find((known) => known === second);
        return section ? { name: "admin", section } : second === undefined ? { name: "admin", section: adminSections[0] } : { name: "notFound" };
    }
    if (first === "audit" && second === undefined) {
        // The address it had before the administration had several pages.
        return { name: "admin", section: "audit" };
    }
    if (first === "account" && second === undefined) {
        return { name: "account" };
    }
    if ((first === "register" || first === "password") && second === undefined) {
        return { name: first };
    }
    if (first === "sign-in" && second === undefined) {
        return { name: "signIn", to: safeReturn(query.get("to")) };
    }
    return { name: "notFound" };
}

/** The address of a route. */
export function href(route: Route): string {
    switch (route.name) {
        case "chat":
            return route.threadId === null ? "/" : `/conversations/${encodeURIComponent(route.threadId)}`;
        case "documents":
            return "/documents";
        case "document":
            return `/documents/${encodeURIComponent(route.documentId)}${route.passageId ? `?passage=${encodeURIComponent(route.passageId)}` : ""}`;
        case "approvals":
            return route.status === "pending" ? "/approvals" : `/approvals?status=${encodeURIComponent(route.status)}`;
        case "approval":
            return `/approvals/${encodeURIComponent(route.approvalId)}`;
        case "admin":
            return `/admin/${route.section}`;
        case "account":
            return "/account";
        case "signIn":
            return route.to === "/" ? "/sign-in" : `/sign-in?to=${encodeURIComponent(route.to)}`;
        case "register":
        case "password":
            return `/${route.name}`;
        case "notFound":
            return "/not-found";
    }
}

/** Where to go after signing in: only ever a page of this front. */
export function safeReturn(to: string | null): string {
    const here = "http://front.invalid";
    if (!to?.startsWith("/")) {
        return "/";
    }
    try {
        const url = new URL(to, here);
        const route = url.origin === here ? parse(url.pathname, "") : null;
        return route === null || isForGuests(route) || route.name === "notFound" ? "/" : url.pathname + url.search;
    } catch {
        return "/";
    }
}

/** Whether a page is for people who are not signed in. */
export function isForGuests(route: Route): boolean {
    return route.name === "signIn" || route.name === "register" || route.name === "password";
}

function decoded(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
