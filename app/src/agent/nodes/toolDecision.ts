import type { OfferedTool } from "../../mcp/toolbox.js";
import { toolFor } from "../../tools/registry.js";
import { callIdOf, outcomesOf } from "../calls.js";
import type { ToolCall } from "../brain/brain.js";
import { maxCalls, type GraphDeps } from "../deps.js";
import type { State, Trouble, Update } from "../state.js";
import { leavable } from "../stopping.js";
import type { TurnRun } from "../turn.js";

/**
 * The next step of the turn. Whatever the brain proposes is held against the whitelist of the person's role
 * and the tool's schema here, before anything is called.
 */
export async function toolDecision(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    if (state.understanding === null) {
        throw new Error("ToolDecision before IntentClassifier");
    }
    const outcomes = await outcomesOf(deps.database, turn, state.ended);
    const offered = state.understanding.intent === "use_tool" ? ((await deps.toolbox?.offered(turn.principal)) ?? []) : [];
    const decision = await deps.brain.decide({ message: turn.text, understanding: state.understanding, memory: state.memory, outcomes, offered, tenantId: turn.principal.tenantId, signal: state.ended.length === 0 ? leavable(turn) : turn.signal });
    if (decision.kind === "answer") {
        return { decision: "answer", call: null, said: decision.text ?? null };
    }
    if (decision.kind === "ask") {
        return { decision: "ask", call: null, question: { missing: decision.missing, text: decision.question } };
    }
    const tool = offered.find(({ name }) => name === decision.call.tool);
    const trouble = problemWith(deps, decision.call, turn, state.ended.length, tool);
    if (trouble !== undefined) {
        return { decision: "answer", call: null, trouble };
    }
    const ordinal = state.ended.length;
    return {
        decision: "call",
        call: { callId: callIdOf(turn.id, ordinal), ordinal, tool: decision.call.tool, arguments: decision.call.arguments, ...(tool === undefined ? {} : { remote: { server: tool.server, tool: tool.tool, pin: tool.pin, needsApproval: tool.needsApproval, once: tool.once } }) },
        failures: 0,
        approval: null,
        approvalPolicy: null,
    };
}

function problemWith(deps: GraphDeps, call: ToolCall, turn: TurnRun, callsSoFar: number, offered: OfferedTool | undefined): Trouble | undefined {
    if (callsSoFar >= maxCalls) {
        return { code: "TOO_MANY_STEPS", message: "I stopped because this took more steps than allowed." };
    }
    if (call.tool === "search_documents") {
        return undefined;
    }
    if (offered !== undefined) {
        const problem = deps.toolbox?.check(call.tool, call.arguments);
        return problem === undefined ? undefined : { code: "TOOL_ARGUMENTS_INVALID", message: `I could not put this into a valid call of ${call.tool} (${problem}). Please say it differently.` };
    }
    const tool = toolFor(turn.principal, call.tool, deps.toolRules);
    if (tool === undefined) {
        return { code: "TOOL_NOT_ALLOWED", message: "That is nothing I may do for you." };
    }
    const candidate = tool.effect === "write" ? { ...call.arguments, idempotencyKey: `${turn.threadId}:${callIdOf(turn.id, callsSoFar)}` } : call.arguments;
    const checked = tool.input.safeParse(candidate);
    if (!checked.success) {
        const issue = checked.error.issues[0];
        return { code: "TOOL_ARGUMENTS_INVALID", message: `I could not put this into a valid request (${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}). Please say it differently.` };
    }
    return undefined;
}
