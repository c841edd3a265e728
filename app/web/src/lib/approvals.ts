/** Approval requests in plain words. */
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
