import type { Brain, Decision, DecisionInput, Intent, Memory, Slots, Understanding } from "./brain.js";
import { decideNext } from "./decide.js";
import { examples } from "./examples.js";
import { findCommand } from "./command.js";
import { findSlots } from "./slots.js";

/** Gives one unit-length vector a text. */
export type Embed = (texts: string[]) => Promise<ArrayLike<number>[]>;

/** Below this likeness to every example a message is not taken for a request to act. */
const similarityLimit = 0.5;

/**
 * Understands by likeness to labelled examples and finds details by patterns.
 * It knows what it was shown and nothing else: whatever is not clearly one of
 * the actions is treated as a question to the documents, never as an action.
 * Without vectors (the model is missing or fails) the patterns alone decide.
 */
export function offlineBrain(embed?: Embed): Brain {
    let learnt: Promise<Example[]> | undefined;

    async function nearest(message: string): Promise<{ intent: Intent; likeness: number } | undefined> {
        if (embed === undefined) {
            return undefined;
        }
        try {
            learnt ??= learn(embed);
            const [known, [vector]] = await Promise.all([learnt, embed([withoutDetails(message)])]);
            return vector === undefined ? undefined : vote(known, vector);
        } catch {
            // Tried again with the next message; until then the patterns decide.
            learnt = undefined;
            return undefined;
        }
    }

    return {
        async prepare() {
            await nearest("hello");
        },
        understand: async (message, memory, _tenantId, offered) => {
            const command = offered === undefined ? undefined : findCommand(message);
            return command === undefined ? understand(message, memory, nearest) : { intent: "use_tool", confidence: 0.95, slots: { command }, by: "pattern" };
        },
        decide: async (input: DecisionInput): Promise<Decision> => decideNext(input),
    };
}

interface Example {
    intent: Intent;
    vector: ArrayLike<number>;
}

async function learn(embed: Embed): Promise<Example[]> {
    const lines = Object.entries(examples).flatMap(([intent, texts]) => texts.map(text => ({ intent: intent as Intent, text })));
    const vectors = await embed(lines.map(line => withoutDetails(line.text)));
    return lines.map((line, index) => ({ intent: line.intent, vector: vectors[index] ?? [] }));
}

/** The intent of the nearest example, where its second nearest of the same intent supports it. */
function vote(learnt: Example[], vector: ArrayLike<number>): { intent: Intent; likeness: number } {
    const best = new Map<Intent, number[]>();
    for (const example of learnt) {
        const scores = best.get(example.intent) ?? [];
        scores.push(dot(example.vector, vector));
        best.set(example.intent, scores);
    }
    let winner: { intent: Intent; likeness: number } = { intent: "unclear", likeness: 0 };
    for (const [intent, scores] of best) {
        scores.sort((a, b) => b - a);
        const likeness = 0.75 * (scores[0] ?? 0) + 0.25 * (scores[1] ?? 0);
        if (likeness > winner.likeness) {
            winner = { intent, likeness };
        }
    }
    return winner;
}

async function understand(message: string, memory: Memory, nearest: (message: string) => Promise<{ intent: Intent; likeness: number } | undefined>): Promise<Understanding> {
    const slots = findSlots(message);
    const followUp = answerToQuestion(message, memory, slots);
    if (followUp !== undefined) {
        return followUp;
    }
    const certain = byPattern(message);
    if (certain !== undefined) {
        return { intent: certain, confidence: 0.95, slots, by: "pattern" };
    }
    const near = await nearest(message);
    if (near !== undefined && near.likeness >= similarityLimit && (near.intent !== "refund" || speaksOfRefund(message))) {
        return { intent: near.intent, confidence: Math.min(1, near.likeness), slots, by: "similarity" };
    }
    const words = message.trim().split(/\s+/).length;
    const intent: Intent = slots.orderId !== undefined && words <= 4 ? "order_status" : words >= 3 || /\?\s*$/.test(message) ? "ask_documents" : "unclear";
    return { intent, confidence: near?.likeness ?? 0.3, slots, by: "default" };
}

/** A short reply to a question that was asked back ("ORD-1002", "40 euros", "the box was empty"). */
function answerToQuestion(message: string, memory: Memory, slots: Understanding["slots"]): Understanding | undefined {
    const pending = memory.pending;
    if (pending === undefined || byPattern(message) !== undefined) {
        return undefined;
    }
    // Of several orders none was chosen yet.
    const { orderId: _orderId, severalOrders, ...rest } = pending.slots;
    const merged: Slots = { ...(severalOrders === true ? rest : pending.slots), ...slots };
    if (/^\s*#?\d{3,9}\s*$/.test(message) && pending.missing === "orderId") {
        // The number is the order's, not an amount.
        delete merged.unclearAmount;
        if (pending.slots.unclearAmount === true) merged.unclearAmount = true;
    }
    const bare = /^\s*(?:€\s*)?(\d+(?:[.,]\d{1,2})?)\s*$/.exec(message)?.[1];
    if (pending.missing === "orderId" && merged.orderId === undefined && /^\s*#?\d{3,9}\s*$/.test(message)) {
        merged.orderId = `ORD-${message.replace(/\D/g, "")}`;
    } else if (pending.missing === "amount" && merged.amount === undefined && bare !== undefined) {
        merged.amount = Number(bare.replace(",", "."));
    } else if (pending.missing === "amount" && /^\s*(?:yes,?\s*)?(?:all|everything|the (?:full|whole|entire)|full|whole|in full)\b/i.test(message)) {
        delete merged.amount;
        delete merged.unclearAmount;
        return { intent: pending.intent, confidence: 0.9, slots: merged, by: "follow-up" };
    } else if (pending.missing === "description" && message.trim().length >= 10 && !/\?\s*$/.test(message)) {
        return { intent: pending.intent, confidence: 0.8, slots: merged, by: "follow-up" };
    }
    if (merged.amount !== undefined) {
        delete merged.unclearAmount;
    }
    const answered = pending.missing === "description" ? false : merged[pending.missing] !== undefined;
    return answered ? { intent: pending.intent, confidence: 0.9, slots: merged, by: "follow-up" } : undefined;
}

const asksAbout = /\b(?:policy|policies|terms|document|documents|contract|agreement|manual|handbook|guide|report|paper|faq|chapter|section|page)\b/i;

function speaksOfRefund(message: string): boolean {
    return /\b(?:refund\w*|reimburs\w*|money back|pay me back|give (?:me )?back|return)\b/i.test(message);
}

/** Phrasings that leave no doubt. What asks *about* refunds in documents is no wish for one. */
function byPattern(message: string): Intent | undefined {
    const text = message.trim();
    if (asksAbout.test(text) && !/\bORD[-\s_#]*\d{3,}/i.test(text) && !/\bticket\b/i.test(text)) {
        return "ask_documents";
    }
    if (/^(?:hi|hello|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?|thank you(?: very much)?|bye|goodbye)[\s!.,]*$/i.test(text)) {
        return "greeting";
    }
    if (/^(?:help|what can you do|what do you do)[\s?!.]*$/i.test(text)) {
        return "help";
    }
    if (/\b(?:do not|don't|dont|never|no need to|stop|cancel)\b[^.!?]{0,20}\b(?:refund|reimburse)/i.test(text)) {
        return "unclear";
    }
    if (/\b(?:refund|reimburse)\s+(?:me|it|this|that|them|my|the|order|ORD|only|just|half|€|\$|£|\d)/i.test(text)
        || /^(?:please\s+)?refund(?:\s+please)?[\s!.]*$/i.test(text)
        || /\b(?:want|need|like|get|have|request|issue|give me|demand)\b[^.!?]{0,30}\b(?:refund|money back|reimbursement)/i.test(text)
        || /\brefund\b[^?]*\bORD[-\s_#]*\d{3,}/i.test(text)) {
        return /^(?:how|what|when|why|who|which)\b/i.test(text) ? "ask_documents" : "refund";
    }
    if (/\b(?:human|real person|supervisor|manager|boss|support agent|complaint)\b/i.test(text) && /\b(?:talk|speak|connect|escalate|want|get|need|file|call|transfer)\b/i.test(text)
        || /\bescalate\b/i.test(text) || /\b(?:open|create|file|raise)\b[^.!?]{0,20}\bticket\b/i.test(text)) {
        return "escalate";
    }
    if (/\b(?:list|show|see|view|what are)\b[^.!?]{0,15}\b(?:all\s+)?(?:my\s+)?(?:orders|purchases)\b/i.test(text) || /\border history\b/i.test(text)) {
        return "list_orders";
    }
    if (/\b(?:where|status|track|when|show|details|arrive\w*|deliver\w*|ship\w*)\b/i.test(text) && (/\bORD[-\s_#]*\d{3,}/i.test(text) || /\bmy (?:order|package|parcel|delivery)\b/i.test(text))) {
        return "order_status";
    }
    return undefined;
}

/** Numbers say nothing about what is wanted, so they do not take part in the comparison. */
function withoutDetails(message: string): string {
    return message.replace(/\bORD[-\s_#]*\d+\b/gi, "the order").replace(/\d+(?:[.,]\d+)*/g, "").slice(0, 600);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
    let sum = 0;
    for (let index = 0; index < b.length; index++) {
        sum += (a[index] ?? 0) * (b[index] ?? 0);
    }
    return sum;
}
