/** What an API key may be used for. What is not listed here needs a person's own session. */
import type { Role } from "../db/database.js";

export const scopes = ["documents:read", "documents:write", "chat", "approvals", "admin"] as const;
export type Scope = (typeof scopes)[number];

const RULES: readonly [path: RegExp, scope: (method: string) => Scope | "any"][] = [
    [/^\/api\/me$/, () => "any"],
    [/^\/search$/, () => "documents:read"],
    [/^\/api\/v2\//, (method) => (method === "GET" || method === "HEAD" ? "documents:read" : "documents:write")],
    [/^(\/api)?\/chat$|^\/api\/(threads|orders)(\/|$)|^\/mcp$/, () => "chat"],
    [/^\/api\/admin\/(approve(\/bulk)?$|approvals(\/|$))/, () => "approvals"],
    [/^\/api\/admin\//, () => "admin"],
];

/** Whether a key with these scopes may do this. */
export function permits(held: readonly Scope[], method: string, path: string): boolean {
    const rule = RULES.find(([pattern]) => pattern.test(path));
    if (rule === undefined) return false;
    const needed = rule[1](method);
    return needed === "any" || held.includes(needed);
}

/** What somebody of this role may give to a key. A key never does more than its owner could. */
export function scopesOf(role: Role): readonly Scope[] {
    return scopes.filter((scope) => (scope !== "approvals" || role !== "user") && (scope !== "admin" || role === "admin"));
}

/** The part of the administration that approvers have too. */
export function isApprovalPath(path: string): boolean {
    return /^\/api\/admin\/(approve(\/bulk)?$|approvals(\/|$))/.test(path);
}
