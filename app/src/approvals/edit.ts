/** Arguments that an approver changed: only what may be changed, and only to what the tool takes. */
import type { Queryable } from "../db/database.js";
import { ApiError } from "../http/errors.js";
import { compileChecks, type ToolDefinition } from "../mcp/definition.js";
import { tools } from "../tools/registry.js";
import type { Approval } from "./store.js";

/** What an approver may change of each tool's call. The rest says what the call is about. */
const CHANGEABLE: Readonly<Record<string, readonly string[]>> = { process_refund: ["amount", "reason"] };

export async function editedArguments(tx: Queryable, approval: Approval, decision: { decision: "approve" | "reject"; arguments?: Record<string, unknown> }): Promise<Record<string, unknown>> {
    const args = { ...approval.arguments, ...decision.arguments };
    // Of a tool of another server all that its own schema admits: what the call is about, only that server knows.
    const changeable = approval.policy.rule === "tool-of-server" ? Object.keys(approval.arguments) : (CHANGEABLE[approval.tool] ?? []);
    const changed = Object.keys(args).filter((name) => JSON.stringify(args[name]) !== JSON.stringify(approval.arguments[name]));
    const fixed = changed.find((name) => !changeable.includes(name));
    if (decision.decision === "reject") throw invalid("A rejection changes nothing.");
    if (changed.length === 0) throw invalid("Nothing is different from what was asked for.");
    if (fixed !== undefined) throw invalid(`"${fixed}" cannot be changed; reject this and ask for something else.`);
    if (typeof args.amount === "number" && typeof approval.arguments.amount === "number" && args.amount > approval.arguments.amount) {
        throw invalid("More than what was asked for cannot be approved.");
    }
    if (approval.policy.rule === "tool-of-server") {
        const problem = await problemOfPinned(tx, approval.policy, args);
        if (problem !== undefined) throw invalid(problem);
        return args;
    }
    const tool = Object.values(tools).find(({ name }) => name === approval.tool);
    const checked = tool?.input.safeParse({ ...args, idempotencyKey: `${approval.threadId}:${approval.id}` });
    if (checked?.success !== true) throw invalid(checked?.error?.issues[0]?.message ?? "There is no such tool any more.");
    return args;
}

/** What is wrong with these arguments by the definition that the call was decided by, and that is still the one agreed to. */
async function problemOfPinned(tx: Queryable, { server, tool, pin }: { server: string; tool: string; pin: string }, args: Record<string, unknown>): Promise<string | undefined> {
    const [pinned] = await tx.query<{ definition: ToolDefinition }>("select definition from mcp_tool_pins where server = $1 and tool = $2 and hash = $3 and drift_hash is null", [server, tool, pin]);
    return pinned === undefined ? "The tool is not the one any more that this was asked of." : compileChecks(pinned.definition).input(args);
}

function invalid(reason: string): ApiError {
    return new ApiError(422, "APPROVAL_EDIT_INVALID", `These arguments cannot be approved. ${reason}`);
}
