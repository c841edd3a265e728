import type { Decision, DecisionInput, ToolOutcome } from "./brain.js";

/** The plan of the offline brain: what to do next, given what is understood and what the tools answered so far. */
export function decideNext(input: DecisionInput): Decision {
    const failed = input.outcomes.find(outcome => outcome.status !== "done");
    if (failed !== undefined) {
        return { kind: "answer" };
    }
    switch (input.understanding.intent) {
        case "ask_documents":
            return once(input, { tool: "search_documents", arguments: { query: input.message.slice(0, 1_000) } });
        case "list_orders":
            return once(input, { tool: "get_order", arguments: {} });
        case "order_status":
            return orderStatus(input);
        case "refund":
            return refund(input);
        case "escalate":
            return escalate(input);
        case "use_tool":
            return command(input);
        default:
            return { kind: "answer" };
    }
}

function orderStatus(input: DecisionInput): Decision {
    const { slots } = input.understanding;
    const orderId = slots.severalOrders === true ? undefined : (slots.orderId ?? input.memory.orderId);
    // Without a number the list of all orders is a better answer than a question back.
    return once(input, { tool: "get_order", arguments: orderId === undefined ? {} : { orderId } });
}

function refund(input: DecisionInput): Decision {
    const { slots } = input.understanding;
    const orderId = slots.orderId ?? input.memory.orderId;
    if (slots.severalOrders === true) {
        return { kind: "ask", missing: "orderId", question: "I refund one order at a time. Which one first?" };
    }
    if (orderId === undefined) {
        return { kind: "ask", missing: "orderId", question: "Which order should be refunded? Please give its number, for example ORD-1001." };
    }
    const check = outcomeOf(input, "check_refund_eligibility");
    if (check === undefined) {
        return { kind: "call", call: { tool: "check_refund_eligibility", arguments: { orderId } } };
    }
    const found = check.result as { eligible: boolean; refundable: number; currency: string };
    if (!found.eligible || outcomeOf(input, "process_refund") !== undefined) {
        return { kind: "answer" };
    }
    if (slots.currency !== undefined && slots.currency !== found.currency) {
        return { kind: "ask", missing: "amount", question: `Order ${orderId} was paid in ${found.currency}. How much should be refunded in ${found.currency}?` };
    }
    if (slots.amount === undefined && slots.unclearAmount === true) {
        return { kind: "ask", missing: "amount", question: `How much of ${orderId} should be refunded, in ${found.currency}? Up to ${found.refundable.toFixed(2)} is possible; "all" means all of it.` };
    }
    const amount = slots.amount ?? found.refundable;
    if (amount > found.refundable) {
        return {
            kind: "ask",
            missing: "amount",
            question: `At most ${found.refundable.toFixed(2)} ${found.currency} of ${orderId} can be refunded. How much should it be?`,
        };
    }
    return { kind: "call", call: { tool: "process_refund", arguments: { orderId, amount, reason: slots.reason ?? "Requested by the customer" } } };
}

function escalate(input: DecisionInput): Decision {
    const { slots } = input.understanding;
    const asked = input.memory.pending?.intent === "escalate";
    const words = input.message.trim().split(/\s+/).length;
    if (!asked && words < 4 && input.memory.orderId === undefined) {
        return { kind: "ask", missing: "description", question: "I will pass this on to a person. In a sentence or two: what is it about?" };
    }
    const orderId = slots.orderId ?? input.memory.orderId;
    return once(input, {
        tool: "escalate_ticket",
        arguments: { summary: input.message.slice(0, 2_000), ...(orderId === undefined ? {} : { orderId }) },
    });
}

/** Only what was named outright, with its arguments: which of a stranger's tools might be meant is not guessed. */
function command(input: DecisionInput): Decision {
    const { command: named } = input.understanding.slots;
    const tool = input.offered?.find(({ name, server, tool: inner }) => named !== undefined && (name === named.tool || `${server}.${inner}` === named.tool));
    if (tool === undefined || named === undefined || named.arguments === null || input.outcomes.length > 0) {
        return { kind: "answer" };
    }
    return { kind: "call", call: { tool: tool.name, arguments: named.arguments } };
}

function once(input: DecisionInput, call: { tool: ToolOutcome["tool"]; arguments: Record<string, unknown> }): Decision {
    return outcomeOf(input, call.tool) === undefined ? { kind: "call", call } : { kind: "answer" };
}

function outcomeOf(input: DecisionInput, tool: ToolOutcome["tool"]): ToolOutcome | undefined {
    return input.outcomes.find(outcome => outcome.tool === tool);
}
