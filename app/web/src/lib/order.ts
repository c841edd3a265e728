/** Finding orders in whatever shape a tool returned them. */
import type { Order } from "../api/types.ts";

/** The orders in a tool's result; none when it holds something else. */
export function ordersIn(result: unknown): Order[] {
    const value = parsed(result);
    if (Array.isArray(value)) {
        return value.flatMap(ordersIn);
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    if (looksLikeOrder(value)) {
        return [value];
    }
    const { orders, order, structuredContent, content, text } = value as Record<string, unknown>;
    for (const inner of [orders, order, structuredContent, content, text]) {
        const found = inner === undefined ? [] : ordersIn(inner);
        if (found.length > 0) {
            return found;
        }
    }
    return [];
}

function looksLikeOrder(value: object): value is Order {
    const { id, amount, item } = value as Record<string, unknown>;
    return typeof id === "string" && typeof amount === "number" && typeof item === "string";
}

function parsed(value: unknown): unknown {
    if (typeof value !== "string" || !/^\s*[[{]/.test(value)) {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
