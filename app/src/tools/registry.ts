/** The whitelist: these tools exist, and no others. */
import { z } from "zod";
import type { Principal } from "../db/database.js";
import { isAllowed, type ToolRule } from "../mcp/config.js";
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

type Person = Pick<Principal, "role" | "tenantId">;

/** The tools that a person may call: by the tool's own roles, and by the rules of the configuration where there are any. */
export function toolsFor(person: Person, rules?: readonly ToolRule[]): Tool[] {
    return toolNames.map((name) => tools[name]).filter((tool) => tool.roles.includes(person.role) && isAllowed(rules, person, tool.name));
}

/** The tool of this name if the person may call it: a name outside the whitelist looks like one that does not exist. */
export function toolFor(person: Person, name: string, rules?: readonly ToolRule[]): Tool | undefined {
    return toolsFor(person, rules).find((tool) => tool.name === name);
}

/** Whether a call of one of our own tools changes something; what is none of ours is judged elsewhere. */
export function changesSomething(name: string): boolean {
    return isToolName(name) && tools[name].effect === "write";
}

export function isToolName(name: string): name is ToolName {
    return Object.hasOwn(tools, name);
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
