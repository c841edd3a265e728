import type { Slots } from "./brain.js";

/** Finds order number, amount and reason in a message. */
export function findSlots(message: string): Slots {
    const slots: Slots = {};
    const orderId = findOrderId(message);
    if (orderId !== undefined) {
        slots.orderId = orderId;
    }
    const money = findAmount(message);
    if (money !== undefined) {
        slots.amount = money.amount;
        if (money.currency !== undefined) {
            slots.currency = money.currency;
        }
    }
    if (money === undefined && meansPart(message)) {
        slots.unclearAmount = true;
    }
    if (countOrders(message) > 1) {
        slots.severalOrders = true;
    }
    const reason = findReason(message);
    if (reason !== undefined) {
        slots.reason = reason;
    }
    return slots;
}

/** `ORD-1001`, `ord 1001`, `order number 1001`, `order #1001`, `#1001`. */
export function findOrderId(message: string): string | undefined {
    const match = /\bORD[-\s_#]*(\d{3,9})\b/i.exec(message)
        ?? /\border\s*(?:number|no\.?|id)?\s*[:#]?\s*(\d{3,9})\b/i.exec(message)
        ?? /(?:^|\s)#(\d{3,9})\b/.exec(message);
    return match?.[1] === undefined ? undefined : `ORD-${match[1]}`;
}

const number = String.raw`\d{1,3}(?:[.,'\s\u00a0]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?`;
const sign = String.raw`€|\$|£|EUR|USD|GBP|CHF|euros?|dollars?|pounds?|francs?|bucks`;
const patterns = [
    new RegExp(String.raw`(?<sign>€|\$|£|\b(?:EUR|USD|GBP|CHF))\s*(?<number>${number})(?![\d.,]*\d)`, "iu"),
    new RegExp(String.raw`(?<![\w-])(?<number>${number})\s*(?<sign>${sign})(?!\w)`, "iu"),
    // A bare number counts only where the sentence says that it is an amount.
    new RegExp(String.raw`\b(?:amount of|refund(?: me)?(?: only| just)?|only|just|partial refund of|give me back|back)\s+(?<number>${number})(?![\d.,]*\d)(?!\s*(?:days?|weeks?|months?|items?|pieces?|percent|%))`, "iu"),
];

/** An amount in any common way of writing it: `€120`, `120 EUR`, `1.234,50 €`, `1,234.50 euros`, `refund 40`. */
export function findAmount(message: string): { amount: number; currency?: string } | undefined {
    const text = withoutOrders(message);
    for (const pattern of patterns) {
        const groups = pattern.exec(text)?.groups;
        if (groups?.number !== undefined) {
            const amount = parseAmount(groups.number);
            if (amount !== undefined && amount > 0) {
                const currency = groups.sign === undefined ? undefined : currencyOf(groups.sign);
                return currency === undefined ? { amount } : { amount, currency };
            }
        }
    }
    return undefined;
}

/**
 * Reads a number with `.` or `,` as decimal mark. A mark followed by exactly
 * three digits separates thousands, followed by one or two it is the decimal mark.
 */
export function parseAmount(text: string): number | undefined {
    const compact = text.replace(/[\s\u00a0']/g, "");
    const decimal = /[.,](\d{1,2})$/.exec(compact);
    const whole = (decimal === null ? compact : compact.slice(0, decimal.index)).replace(/[.,]/g, "");
    const value = Number(`${whole}.${decimal?.[1] ?? "0"}`);
    return Number.isFinite(value) ? value : undefined;
}

function currencyOf(sign: string): string | undefined {
    const key = sign.toLowerCase();
    if (key === "€" || key.startsWith("eur")) {
        return "EUR";
    }
    if (key === "$" || key === "usd" || key.startsWith("dollar") || key === "bucks") {
        return "USD";
    }
    if (key === "£" || key === "gbp" || key.startsWith("pound")) {
        return "GBP";
    }
    return key === "chf" || key.startsWith("franc") ? "CHF" : undefined;
}

/** Fractions, percentages and numbers that could be an amount; durations and the like are none. */
function meansPart(message: string): boolean {
    const text = withoutOrders(message);
    return /\b(?:half|third|quarter|partial(?:ly)?|part of|some of|the difference|shipping (?:costs?|fees?))\b|\d\s*(?:%|percent)/i.test(text)
        || /(?<![\w.,-])\d+(?:[.,]\d+)?(?![\w.,]*\d)(?!\s*(?:days?|weeks?|months?|years?|hours?|minutes?|times?|am|pm|o'clock)\b)/i.test(text);
}

function countOrders(message: string): number {
    return new Set([...message.matchAll(/\bORD[-\s_#]*(\d{3,9})\b/gi)].map((match) => match[1])).size;
}

function withoutOrders(message: string): string {
    return message.replace(/\bORD[-\s_#]*\d+\b/gi, " ").replace(/\border\s*(?:number|no\.?|id)?\s*[:#]?\s*\d{3,9}\b/gi, " ").replace(/(^|\s)#\d{3,9}\b/g, " ");
}

/** What follows "because", "since", "as", "reason:", or a plain statement that something is broken. */
export function findReason(message: string): string | undefined {
    const said = /\b(?:because(?: of)?|since|reason(?: is|:)|due to)\s+(?<reason>[^\n]+)/iu.exec(message)?.groups?.reason
        ?? /(?<reason>\b(?:it|they|the \w+|one)\b[^.!?\n]{0,40}\b(?:broken|damaged|defective|faulty|wrong|missing|late|cracked|torn|too (?:small|big|large)|not work(?:ing)?|never arrived|does(?: not|n't) work|stopped working)\b[^.!?\n]{0,80})/iu.exec(message)?.groups?.reason;
    const reason = said?.trim().replace(/[.!?\s]+$/, "");
    return reason === undefined || reason === "" ? undefined : reason.slice(0, 300);
}
