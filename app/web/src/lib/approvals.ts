/** Approval requests in plain words. */
import type { Approval } from "../api/types.ts";
import { humanise, money } from "./format.ts";

/** An argument as a table row. */
export interface ArgumentRow {
    name: string;
    label: string;
    value: string;
}

/** Each argument of a call, nested ones with their path, so that nothing is hidden from who decides. */
export function argumentRows(value: Record<string, unknown>, prefix = ""): ArgumentRow[] {
    return Object.entries(value ?? {}).flatMap(([key, inner]) => {
        const name = prefix + key;
        if (typeof inner === "object" && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0) {
            return argumentRows(inner as Record<string, unknown>, `${name}.`);
        }
        return [{ name, label: humanise(name), value: argumentText(inner) }];
    });
}

function argumentText(value: unknown): string {
    if (typeof value === "string") {
        return value === "" ? "(empty)" : value;
    }
    return value === null || value === undefined ? "(none)" : JSON.stringify(value);
}

/** An argument that was changed, before and after. */
export interface ChangedRow extends ArgumentRow {
    before: string;
    changed: boolean;
}

/** The arguments with what each was when it was asked for. */
export function changedRows(before: Record<string, unknown>, after: Record<string, unknown>): ChangedRow[] {
    const old = new Map(argumentRows(before).map((row) => [row.name, row.value]));
    const rows = argumentRows(after).map((row) => ({ ...row, before: old.get(row.name) ?? "(none)", changed: old.get(row.name) !== row.value }));
    const gone = argumentRows(before).filter((row) => !rows.some((other) => other.name === row.name));
    return [...rows, ...gone.map((row) => ({ ...row, before: row.value, value: "(none)", changed: true }))];
}

/** What an approver may change of a tool's call before approving it; the server decides. */
export function editableArguments(approval: Approval): { name: string; kind: "amount" | "text" | "json" }[] {
    if (approval.policy?.rule === "tool-of-server") {
        return Object.entries(approval.arguments).map(([name, value]) => ({ name, kind: typeof value === "string" ? "text" : "json" }));
    }
    const fields: Record<string, { name: string; kind: "amount" | "text" }[]> = {
        process_refund: [
            { name: "amount", kind: "amount" },
            { name: "reason", kind: "text" },
        ],
    };
    return (fields[approval.tool] ?? []).filter(({ name }) => name in approval.arguments);
}

/** What kind of request it is, in words to filter by. */
export function kindOfRequest({ policy }: Approval): string {
    const kinds: Record<string, string> = { "refund-above-threshold": "Refund", "tool-of-server": "Call of an external tool", "tool-changed": "Changed tool" };
    return kinds[policy?.rule] ?? "Other";
}

/** `1 of 2 people have approved (ann@example.com)`; empty where one is enough. */
export function votes({ approvals = [], approversNeeded = 1 }: Approval): string {
    if (approversNeeded < 2) {
        return "";
    }
    const who = approvals.map(({ email }) => email).join(", ");
    return `${approvals.length === 0 ? "None" : approvals.length} of ${approversNeeded} people ${approvals.length === 1 ? "has" : "have"} approved${who ? ` (${who})` : ""}`;
}

/** The requests that hold every word somewhere a person would look, and are of the kind. */
export function matchingRequests(requests: readonly Approval[], words: string, kind: string): Approval[] {
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    return requests.filter((request) => {
        const text = [request.summary, request.tool, request.requestedBy.email, request.decidedBy?.email, request.decisionReason, ...argumentRows(request.arguments).map(({ value }) => value)].join(" ").toLowerCase();
        return (kind === "" || kindOfRequest(request) === kind) && wanted.every((word) => text.includes(word));
    });
}

/** One sentence that says what a call will do. */
export function sentence(tool: string, args: Record<string, unknown>): string {
    const orderId = text(args.orderId ?? args.order_id ?? args.id);
    const amount = args.amount;
    const currency = text(args.currency) || "EUR";
    if (tool === "process_refund" && orderId) {
        return typeof amount === "number" ? `Refund ${money(amount, currency)} for order ${orderId}.` : `Refund order ${orderId}.`;
    }
    if (tool === "escalate_ticket") {
        return `Hand this over to a person${orderId ? ` about order ${orderId}` : ""}.`;
    }
    return `${humanise(tool)}${orderId ? ` for ${orderId}` : ""}.`;
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}

/** What a tool is called in a conversation. */
export function toolTitle(name: string, done: boolean): string {
    const titles: Record<string, [string, string]> = {
        get_order: ["Looking up the order", "Looked up the order"],
        check_refund_eligibility: ["Checking whether a refund is possible", "Checked whether a refund is possible"],
        process_refund: ["Booking the refund", "Booked the refund"],
        escalate_ticket: ["Handing over to a person", "Handed over to a person"],
        search_documents: ["Searching your documents", "Searched your documents"],
    };
    return titles[name]?.[done ? 1 : 0] ?? humanise(name);
}

/** `a1b2c3d4…` */
export function shortHash(hash: string): string {
    return hash.length > 14 ? `${hash.slice(0, 12)}…` : hash;
}
