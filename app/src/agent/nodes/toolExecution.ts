import { setTimeout as sleep } from "node:timers/promises";
import { audit } from "../../audit/audit.js";
import { ToolUnavailable, type ToolResult } from "../../mcp/client.js";
import { changesSomething, isToolName } from "../../tools/registry.js";
import { outcomeOf, recordCall, takeTry } from "../calls.js";
import { maxTries, type GraphDeps } from "../deps.js";
import type { PlannedCall, State, Update } from "../state.js";
import { leavable, Stopped } from "../stopping.js";
import { RetryLater, type TurnRun } from "../turn.js";

/**
 * Makes the call. One try per run of the node: the graph comes back here while tries are left, so that each
 * try is a step with a checkpoint of its own. A write carries its idempotency key in every try.
 */
export async function toolExecution(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    const call = state.call;
    if (call === null) {
        throw new Error("ToolExecution without a call");
    }
    const attempt = state.failures + 1;
    const tell = (status: "running" | "done" | "failed", result?: unknown) =>
        turn.emit({ event: "tool", data: { name: call.tool, arguments: call.arguments, status, attempt, ...(result === undefined ? {} : { result }) } });
    if (state.failures > 0) {
        await sleep(150 * 2 ** state.failures, undefined, { signal: turn.signal });
    }
    tell("running");
    const ended = await deps.database.asPrincipal(turn.principal, async (tx) => {
        // A call of another server takes its try where it uses up its approval.
        if (call.remote !== undefined) return outcomeOf(tx, call.callId);
        await recordCall(tx, turn, call, "running", { attempts: attempt });
        return undefined;
    });
    let outcome: ToolResult;
    try {
        outcome = ended ?? (await perform(deps, turn, call, attempt));
    } catch (error) {
        if (!(error instanceof ToolUnavailable)) {
            throw error;
        }
        turn.signal.throwIfAborted();
        if (turn.stop.aborted && !changesSomething(call.tool) && call.remote?.once !== true) {
            throw new Stopped();
        }
        deps.log.warn({ error, tool: call.tool, attempt, turn: turn.id, requestId: turn.requestId }, "tool call failed");
        if (attempt < maxTries) {
            return { failures: attempt };
        }
        if (changesSomething(call.tool)) {
            // It may have happened or not. Giving up would tell the person something that is not known.
            throw new RetryLater(`${call.tool} failed ${attempt} times`, { cause: error });
        }
        tell("failed");
        return end(deps, turn, state, call, "failed", { error: { code: "TOOL_UNAVAILABLE", message: "The service that does this cannot be reached right now." }, attempts: attempt });
    }
    if (outcome.status === "refused") {
        const { threshold, fourEyesAbove } = (outcome.error.details?.policy ?? {}) as { threshold?: unknown; fourEyesAbove?: unknown };
        if (outcome.error.code === "APPROVAL_REQUIRED" && typeof threshold === "number" && state.approvalPolicy === null) {
            return { approvalPolicy: { threshold, ...(typeof fourEyesAbove === "number" ? { fourEyesAbove } : {}) }, failures: 0 };
        }
        tell("failed", { error: { code: outcome.error.code, message: outcome.error.message } });
        return end(deps, turn, state, call, "refused", { error: { code: outcome.error.code, message: outcome.error.message }, attempts: attempt });
    }
    // Passages are told as citations, where they are used.
    tell("done", call.tool === "search_documents" ? undefined : outcome.result);
    return end(deps, turn, state, call, "done", { result: outcome.result, attempts: attempt });
}

async function perform(deps: GraphDeps, turn: TurnRun, call: PlannedCall, attempt: number): Promise<ToolResult> {
    if (call.remote !== undefined) {
        // Servers of others get no token of the person.
        const caller = { token: "", requestId: turn.requestId, principal: turn.principal, ...(call.remote.once ? {} : { signal: leavable(turn) }) };
        return toolboxOf(deps).call(caller, {
            name: call.tool, arguments: call.arguments, pin: call.remote.pin, threadId: turn.threadId, callId: call.callId,
            take: (tx) => takeTry(tx, turn, call, attempt),
        });
    }
    const caller = { token: await turn.token(), requestId: turn.requestId, principal: turn.principal, signal: changesSomething(call.tool) ? turn.signal : leavable(turn) };
    if (call.tool === "search_documents") {
        try {
            return { status: "done", result: { passages: await deps.retriever.search(caller, String(call.arguments.query)) } };
        } catch (error) {
            throw new ToolUnavailable("the retrieval service could not be reached", { cause: error });
        }
    }
    if (!isToolName(call.tool)) {
        return { status: "refused", error: { code: "TOOL_NOT_ALLOWED", message: "There is no such tool." } };
    }
    const args = changesSomething(call.tool) ? { ...call.arguments, idempotencyKey: `${turn.threadId}:${call.callId}` } : call.arguments;
    return deps.tools.call(caller, call.tool, args);
}

function toolboxOf(deps: GraphDeps): NonNullable<GraphDeps["toolbox"]> {
    if (deps.toolbox === undefined) throw new ToolUnavailable("this replica is not configured with the server of this tool", { sent: false });
    return deps.toolbox;
}

async function end(
    deps: GraphDeps,
    turn: TurnRun,
    state: State,
    call: PlannedCall,
    status: "done" | "failed" | "refused",
    outcome: NonNullable<Parameters<typeof recordCall>[4]>,
): Promise<Update> {
    await deps.database.asPrincipal(turn.principal, async (tx) => {
        await recordCall(tx, turn, call, status, outcome);
        if (call.tool === "search_documents") {
            // The tool server records its own calls.
            await audit(tx, turn.principal, "tool.call", call.tool, { arguments: call.arguments, outcome: status }, turn.requestId);
        }
    });
    turn.recorded.set(call.callId, { tool: call.tool, status, ...(outcome.result === undefined ? {} : { result: outcome.result }), ...(outcome.error === undefined ? {} : { error: outcome.error }) });
    return { ended: [...state.ended, { callId: call.callId, tool: call.tool, status }], call: null, failures: 0 };
}
