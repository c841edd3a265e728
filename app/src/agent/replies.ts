/** What is said, in plain words, about what was found or done. */
import type { OrderView } from "../tools/fields.js";
import { refundWindowDays } from "../tools/eligibility.js";
import type { ToolOutcome, Understanding } from "./brain/brain.js";
import type { ApprovalOutcome, State } from "./state.js";

export const abilities = "I can answer questions about your uploaded documents, tell you about your orders, refund an order, or pass a matter on to a person.";

/** The answer to everything but a question to the documents. */
export function replyTo(state: State, outcomes: ToolOutcome[]): string {
    if (state.trouble !== null) {
        return state.trouble.message;
    }
    if (state.decision === "ask" && state.question !== null) {
        return state.question.text;
    }
    if (state.said !== null) {
        return state.said;
    }
    const failed = outcomes.find((outcome) => outcome.status !== "done");
    if (failed !== undefined) {
        return failureText(failed);
    }
    const intent = state.understanding?.intent ?? "unclear";
    if (intent === "use_tool") {
        return toolText(state, outcomes);
    }
    return plain[intent](outcomes, state.approval);
}

/** What tools of other servers answered, set apart as theirs: a fence keeps it from passing for our words or markup. */
function toolText(state: State, outcomes: ToolOutcome[]): string {
    const called = outcomes.filter((outcome) => outcome.status === "done");
    if (called.length > 0) {
        return called
            .map(({ tool, result }) => {
                const text = String((result as { text?: unknown } | undefined)?.text ?? "").slice(0, 4_000).replace(/`{3,}/g, "~~~");
                return text === "" ? `${tool} is done and answered nothing.` : `${tool} answered:\n\n\`\`\`\n${text}\n\`\`\``;
            })
            .join("\n\n");
    }
    if (state.approval !== null && state.approval.status !== "approved") {
        return state.approval.status === "rejected" ? "The call was not approved, so nothing was done." : "Nobody decided about the call in time, so nothing was done. You can ask for it again.";
    }
    const command = state.understanding?.slots.command;
    return command === undefined || command.arguments !== null
        ? "There is no tool that I may use for this, so I have done nothing."
        : `Please give the arguments of ${command.tool} as a JSON object, for example: use ${command.tool} {"id": 7}`;
}

const plain: Record<Exclude<Understanding["intent"], "use_tool">, (outcomes: ToolOutcome[], approval: ApprovalOutcome | null) => string> = {
    greeting: () => `Hello! ${abilities}`,
    help: () => `${abilities} For example: "Where is my order ORD-1001?", "Refund ORD-1002 because it arrived broken", "What does the contract say about notice periods?"`,
    unclear: () => `I am not sure what you would like me to do, so I have done nothing. ${abilities}`,
    ask_documents: () => "I found nothing about this in your documents.",
    list_orders: ordersText,
    order_status: ordersText,
    refund: refundText,
    escalate: (outcomes) => {
        const ticket = resultOf(outcomes, "escalate_ticket") as { number: number } | undefined;
        return ticket === undefined ? "The ticket could not be opened." : `I have passed this on to a person: ticket ${ticket.number} is open.`;
    },
};

function ordersText(outcomes: ToolOutcome[]): string {
    const orders = (resultOf(outcomes, "get_order") as { orders: OrderView[] } | undefined)?.orders ?? [];
    if (orders.length === 0) {
        return "You have no orders.";
    }
    if (orders.length === 1 && orders[0] !== undefined) {
        return orderText(orders[0]);
    }
    return ["Your orders:", ...orders.map((order) => `- ${order.id}: ${order.item}, ${money(order.amount, order.currency)}, ${order.status}${refundedText(order)}`)].join("\n");
}

function orderText(order: OrderView): string {
    const state = {
        processing: "is being prepared and has not been shipped yet",
        shipped: "has been shipped and is on its way",
        delivered: `was delivered${order.deliveredAt === null ? "" : ` on ${order.deliveredAt.slice(0, 10)}`}`,
        cancelled: "was cancelled",
    }[order.status];
    return `Order ${order.id} (${order.item}, ${money(order.amount, order.currency)}) ${state}${refundedText(order)}.`;
}

function refundedText(order: OrderView): string {
    return order.refunded === 0 ? "" : `; ${money(order.refunded, order.currency)} of it have been refunded`;
}

function refundText(outcomes: ToolOutcome[], approval: ApprovalOutcome | null): string {
    const booked = resultOf(outcomes, "process_refund") as { orderId: string; amount: number; currency: string } | undefined;
    if (booked !== undefined) {
        return `${approval === null ? "Done" : "The refund was approved"}: ${money(booked.amount, booked.currency)} for ${booked.orderId} have been refunded.`;
    }
    if (approval?.status === "rejected") {
        return "The refund was not approved, so nothing has been refunded. If you want to know why, ask me to pass it on to a person.";
    }
    if (approval?.status === "expired") {
        return "Nobody decided about the refund in time, so nothing has been refunded. You can ask for it again.";
    }
    const check = resultOf(outcomes, "check_refund_eligibility") as { eligible: boolean; explanation: string; order: OrderView } | undefined;
    return check === undefined ? "Nothing has been refunded." : `Order ${check.order.id} cannot be refunded: ${check.explanation}.`;
}

function failureText(outcome: ToolOutcome): string {
    switch (outcome.error?.code) {
        case "ORDER_NOT_FOUND":
            return `${outcome.error.message} Please check the number; "list my orders" shows them all.`;
        case "APPROVAL_ALTERED":
            return "What was approved no longer matches what would be done (the rules have changed since), so nothing has been refunded. Please ask for the refund again.";
        case "REFUND_WINDOW_CLOSED":
            return `${outcome.error.message} The limit is ${refundWindowDays} days after delivery.`;
        case "TOOL_UNAVAILABLE":
            return `${outcome.tool === "search_documents" ? "Your documents cannot be searched" : outcome.tool.includes("__") ? `${outcome.tool} cannot be reached` : "The order system cannot be reached"} right now. Nothing was changed; please try again in a moment.`;
        case "TOOL_REFUSED":
            return `${outcome.tool} refused: ${outcome.error.message.replace(/`/g, "'").slice(0, 500)}`;
        default:
            return outcome.error?.message ?? "That did not work, and nothing was changed.";
    }
}

function resultOf(outcomes: ToolOutcome[], tool: ToolOutcome["tool"]): unknown {
    return outcomes.find((outcome) => outcome.tool === tool && outcome.status === "done")?.result;
}

function money(amount: number, currency: string): string {
    return `${amount.toFixed(2)} ${currency}`;
}
