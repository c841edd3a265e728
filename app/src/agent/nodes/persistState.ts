import type { Memory } from "../brain/brain.js";
import type { GraphDeps } from "../deps.js";
import type { State, Update } from "../state.js";
import type { TurnRun } from "../turn.js";

/** Writes what the next turn should know: the order that was talked about, and the question that is open. */
export async function persistState(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    const memory = remember(state);
    await deps.database.asPrincipal(turn.principal, (tx) =>
        tx.query(
            `insert into agent_state (thread_id, tenant_id, memory, last_node, last_turn_id) values ($1, $2, $3::jsonb, 'PersistState', $4)
             on conflict (thread_id) do update set memory = excluded.memory, last_node = excluded.last_node, last_turn_id = excluded.last_turn_id, updated_at = now()`,
            [turn.threadId, turn.principal.tenantId, JSON.stringify(memory), turn.id],
        ));
    return { memory };
}

function remember(state: State): Memory {
    const { understanding, memory } = state;
    const orderId = understanding?.slots.severalOrders === true ? undefined : (understanding?.slots.orderId ?? memory.orderId);
    const slots = understanding === null ? {} : { ...understanding.slots, ...(orderId === undefined || understanding.intent !== "refund" ? {} : { orderId }) };
    return {
        ...(orderId === undefined ? {} : { orderId }),
        ...(state.decision === "ask" && state.question !== null && understanding !== null
            ? { pending: { intent: understanding.intent, missing: state.question.missing, slots: withoutMissing(slots, state.question.missing) } }
            : {}),
    };
}

/** An amount that cannot be used must not fill the gap that is being asked about. */
function withoutMissing(slots: NonNullable<Memory["pending"]>["slots"], missing: string): NonNullable<Memory["pending"]>["slots"] {
    const { amount, currency, ...rest } = slots;
    return missing === "amount" ? rest : { ...rest, ...(amount === undefined ? {} : { amount }), ...(currency === undefined ? {} : { currency }) };
}
