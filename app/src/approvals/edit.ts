/** Arguments that an approver changed: only what may be changed, and only to what the tool takes. */
import { ApiError } from "../http/errors.js";
import { tools } from "../tools/registry.js";
import type { Approval } from "./store.js";

/** What an approver may change of each tool's call. The rest says what the call is about. */
const CHANGEABLE: Readonly<Record<string, readonly string[]>> = { process_refund: ["amount", "reason"] };

export function editedArguments(approval: Approval, decision: { decision: "approve" | "reject"; arguments?: Record<string, unknown> }): Record<string, unknown> {
    const args = { ...approval.arguments, ...decision.arguments };
    const changeable = CHANGEABLE[approval.tool] ?? [];
    const changed = Object.keys(args).filter((name) => JSON.stringify(args[name]) !== JSON.stringify(approval.arguments[name]));
    const fixed = changed.find((name) => !changeable.includes(name));
    if (decision.decision === "reject") throw invalid("A rejection changes nothing.");
    if (changed.length === 0) throw invalid("Nothing is different from what was asked for.");
    if (fixed !== undefined) throw invalid(`"${fixed}" cannot be changed; reject this and ask for something else.`);
    if (typeof args.amount === "number" && typeof approval.arguments.amount === "number" && args.amount > approval.arguments.amount) {
        throw invalid("More than what was asked for cannot be approved.");
    }
    const tool = Object.values(tools).find(({ name }) => name === approval.tool);
    const checked = tool?.input.safeParse({ ...args, idempotencyKey: `${approval.threadId}:${approval.id}` });
    if (checked?.success !== true) throw invalid(checked?.error?.issues[0]?.message ?? "There is no such tool any more.");
    return args;
}

function invalid(reason: string): ApiError {
    return new ApiError(422, "APPROVAL_EDIT_INVALID", `These arguments cannot be approved. ${reason}`);
}
