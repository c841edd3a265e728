/** For administrators, and approvals for approvers too: what waits for a decision, deciding it, and the record of what was done. */
import { createRoute, z } from "@hono/zod-openapi";
import { registerAudit } from "../audit/routes.js";
import { authenticate, requireAdministration } from "../auth/middleware.js";
import type { Sessions } from "../auth/sessions.js";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError, publicError } from "../http/errors.js";
import { approvalStatuses, decideApproval, findApproval, listApprovals, type Approval } from "./store.js";

const person = z.object({ id: z.uuid(), email: z.string() });
const approval = z.object({
    id: z.uuid(),
    threadId: z.uuid().nullable().openapi({ description: "Null when no conversation waits: a tool of another server has changed" }),
    requestedBy: person.extend({ id: z.string() }),
    tool: z.string(),
    arguments: z.record(z.string(), z.unknown()),
    originalArguments: z.record(z.string(), z.unknown()).nullable(),
    policy: z.object({ rule: z.enum(["refund-above-threshold", "tool-of-server", "tool-changed"]), threshold: z.number().optional(), fourEyesAbove: z.number().optional(), currency: z.string().optional(), server: z.string().optional(), tool: z.string().optional(), pin: z.string().optional() }),
    approvals: z.array(person.extend({ at: z.iso.datetime() })),
    approversNeeded: z.number(),
    reason: z.string(),
    summary: z.string(),
    hash: z.string(),
    status: z.enum(approvalStatuses),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    decidedBy: person.nullable(),
    decidedAt: z.iso.datetime().nullable(),
    decisionReason: z.string().nullable(),
    consumedAt: z.iso.datetime().nullable(),
}).openapi("Approval");

const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
const ok = <T extends z.ZodType>(schema: T, description: string) => ({ 200: { content: { "application/json": { schema } }, description } });

const list = createRoute({
    method: "get", path: "/api/admin/approvals", summary: "What waits for a decision, or was decided", security,
    request: { query: z.object({ status: z.enum([...approvalStatuses, "all"]).default("pending") }) },
    responses: ok(z.object({ approvals: z.array(approval) }), "Newest first"),
});
const one = createRoute({
    method: "get", path: "/api/admin/approvals/{id}", summary: "One approval", security, request: { params: z.object({ id: z.string() }) },
    responses: ok(approval, "The approval"),
});
const decide = createRoute({
    method: "post", path: "/api/admin/approve", summary: "Approve or reject what was asked for", security,
    description: "The hash says what the decision is about: tool, arguments, policy, conversation and call. It must be the one that was shown. "
        + "Above the policy's `fourEyesAbove` two people have to approve: after the first it stays pending. 409 `APPROVAL_DECIDED`, `APPROVAL_GIVEN`, `APPROVAL_EXPIRED` or `APPROVAL_ALTERED`; 403 `APPROVAL_OWN_REQUEST`.",
    request: {
        body: {
            required: true,
            description: "The decision",
            content: { "application/json": { schema: z.object({ approvalId: z.string(), decision: z.enum(["approve", "reject"]), hash: z.string().max(128), reason: z.string().trim().max(500).optional(), arguments: z.record(z.string(), z.unknown()).optional().openapi({ description: "Approve this instead of what was asked for: amount (not more) and reason may differ" }) }) } },
        },
    },
    responses: ok(approval, "The approval as decided; the conversation goes on by itself"),
});

const bulk = createRoute({
    method: "post", path: "/api/admin/approve/bulk", summary: "Decide several at once, each by itself", security,
    description: "In the order given. Each decision is made, recorded and refused as if it had come alone: one that fails holds up none of the others.",
    request: {
        body: {
            required: true,
            description: "The decisions",
            content: { "application/json": { schema: z.object({ decisions: z.array(z.object({ approvalId: z.string(), decision: z.enum(["approve", "reject"]), hash: z.string().max(128), reason: z.string().trim().max(500).optional() })).min(1).max(100) }) } },
        },
    },
    responses: ok(
        z.object({ results: z.array(z.object({ approvalId: z.string(), approval: approval.optional(), error: z.object({ code: z.string(), message: z.string() }).optional() })) }),
        "In the same order: the approval as it is now, or why it could not be decided",
    ),
});

export function registerAdmin(app: App, database: Database, sessions: Sessions): void {
    app.use("/api/admin/*", authenticate(sessions), requireAdministration());
    app.openapi(list, async (c) => {
        const { status } = c.req.valid("query");
        return c.json({ approvals: await database.asPrincipal(c.get("principal"), (tx) => listApprovals(tx, status)) }, 200);
    });
    app.openapi(one, async (c) => {
        const id = approvalId(c.req.valid("param").id);
        const found = await database.asPrincipal(c.get("principal"), (tx) => findApproval(tx, id));
        if (found === undefined) throw notFound();
        return c.json(found, 200);
    });
    app.openapi(decide, async (c) => {
        const decision = c.req.valid("json");
        return c.json(await decideApproval(database, c.get("principal"), { ...decision, approvalId: approvalId(decision.approvalId) }, c.get("requestId")), 200);
    });
    app.openapi(bulk, async (c) => {
        const results: { approvalId: string; approval?: Approval; error?: { code: string; message: string } }[] = [];
        for (const decision of c.req.valid("json").decisions) {
            try {
                results.push({ approvalId: decision.approvalId, approval: await decideApproval(database, c.get("principal"), { ...decision, approvalId: approvalId(decision.approvalId) }, c.get("requestId")) });
            } catch (error) {
                const { code, message, status } = publicError(error);
                if (status >= 500) c.get("log").error({ error, approval: decision.approvalId }, "one of several approvals could not be decided");
                results.push({ approvalId: decision.approvalId, error: { code, message } });
            }
        }
        return c.json({ results }, 200);
    });
    registerAudit(app, database, sessions);
}

function approvalId(id: string): string {
    if (!z.uuid().safeParse(id).success) throw notFound();
    return id;
}

function notFound(): ApiError {
    return new ApiError(404, "APPROVAL_NOT_FOUND", "There is no such approval.");
}
