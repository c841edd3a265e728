import { createHash } from "node:crypto";

/** What an approver agrees to. A change in any part gives another hash and so voids the approval. */
export interface ApprovalContent {
    /** The tool that will run. */
    tool: string;
    /** Exactly the arguments it will run with. */
    arguments: Record<string, unknown>;
    /** The rule that asked for the approval, with the limit in force when it was asked. */
    policy: ApprovalPolicy;
    tenantId: string;
    /** Null, with thread and turn, when the platform itself asks. */
    requestedBy: string | null;
    threadId: string | null;
    /** The turn, which is also the name of the checkpoint that waits. */
    turnId: string | null;
    /** The tool call, so that one approval never covers two calls with equal arguments. */
    callId: string;
}

/** The rule that asked, with all that it depends on. */
export type ApprovalPolicy = RefundPolicy | RemoteToolPolicy | ChangedToolPolicy;

/** A call of a tool of another server that may have an effect. */
export interface RemoteToolPolicy {
    rule: "tool-of-server";
    server: string;
    tool: string;
    /** Hash of the definition that the call was decided by: a tool that has changed since is not the one that was approved. */
    pin: string;
}

/** A tool of another server says something else than when it was agreed to. */
export interface ChangedToolPolicy {
    rule: "tool-changed";
    server: string;
    tool: string;
}

/** The rule that decides whether a refund needs a second pair of eyes. */
export interface RefundPolicy {
    rule: "refund-above-threshold";
    threshold: number;
    /** Above this two people have to agree. */
    fourEyesAbove: number;
    currency: "EUR";
}

/** SHA-256, hex, of the canonical form of an approval's content. */
export function approvalHash(content: ApprovalContent): string {
    return createHash("sha256").update(canonicalJson({ version: 1, ...content })).digest("hex");
}

/**
 * JSON with sorted keys and without undefined members: the same for a value
 * before and after it has been stored as jsonb, which keeps no key order.
 */
export function canonicalJson(value: unknown): string {
    if (Array.isArray(value)) {
        return `[${value.map(item => canonicalJson(item ?? null)).join(",")}]`;
    }
    if (value !== null && typeof value === "object") {
        const members = Object.entries(value)
            .filter(([, member]) => member !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
            .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
        return `{${members.join(",")}}`;
    }
    return JSON.stringify(value ?? null);
}

/** The policy in force for a limit in EUR. */
export function refundPolicy(threshold: number, fourEyesAbove: number): RefundPolicy {
    return { rule: "refund-above-threshold", threshold, fourEyesAbove, currency: "EUR" };
}

/** How many people have to agree to these arguments. */
export function approversNeeded(policy: ApprovalPolicy, args: Record<string, unknown>): number {
    if (policy.rule !== "refund-above-threshold") return 1;
    const amount = Number(args.amount);
    // What cannot be compared is judged strictly.
    return Number.isFinite(amount) && amount <= policy.fourEyesAbove ? 1 : 2;
}
