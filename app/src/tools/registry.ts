/** The whitelist: these tools exist, and no others. */
import { z } from "zod";
import type { Principal } from "../db/database.js";
import { checkRefundEligibility } from "./checkRefundEligibility.js";
import { escalateTicket } from "./escalateTicket.js";
import { getOrder } from "./getOrder.js";
import { processRefund } from "./processRefund.js";
import { toolNames, type Tool, type ToolName } from "./types.js";

export const tools: Readonly<Record<ToolName, Tool>> = {
    get_order: erase(getOrder),
    check_refund_eligibility: erase(checkRefundEligibility),
    process_refund: erase(processRefund),
    escalate_ticket: erase(escalateTicket),
};

/** The tools that a role may call. */
export function toolsFor(role: Principal["role"]): Tool[] {
    return toolNames.map((name) => tools[name]).filter((tool) => tool.roles.includes(role));
}

/** The tool of this name if the role may call it: a name outside the whitelist looks like one that does not exist. */
export function toolFor(role: Principal["role"], name: string): Tool | undefined {
    return toolsFor(role).find((tool) => tool.name === name);
}

/** JSON Schema of what a tool takes, as the MCP server announces it. */
export function inputSchema(tool: Tool): Record<string, unknown> {
    return z.toJSONSchema(tool.input, { io: "input" });
}

/** JSON Schema of what a tool returns. */
export function outputSchema(tool: Tool): Record<string, unknown> {
    return z.toJSONSchema(tool.output, { io: "output" });
}

/** Each tool checks its input by its own schema before `execute`, so that the types can be forgotten here. */
function erase<Input, Output>(tool: Tool<Input, Output>): Tool {
    return { ...tool, execute: (input, context) => tool.execute(tool.input.parse(input), context) };
}
