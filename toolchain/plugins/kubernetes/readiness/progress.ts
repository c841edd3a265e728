/** How far an object is on its way to being ready. */
import type { ClusterAccess } from "../cluster";
import type { KubeObject } from "../objects";

export type Progress =
    | { state: "ready" }
    /** `message` says what it waits for. */
    | { state: "waiting"; message: string }
    /** It will not become ready by waiting. */
    | { state: "failed"; message: string };

/** Looks once at an object. It may ask the cluster for what belongs to the object, such as its pods. */
export type Check = (live: KubeObject, cluster: ClusterAccess) => Promise<Progress>;

export const ready: Progress = { state: "ready" };

export function waiting(message: string): Progress {
    return { state: "waiting", message };
}

export function failed(message: string): Progress {
    return { state: "failed", message };
}

export interface Condition {
    type: string;
    status: string;
    reason?: string;
    message?: string;
}

export function condition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
    return conditions?.find((candidate) => candidate.type === type);
}

/** `reason: message`, or what there is of it. */
export function because(found: { reason?: string; message?: string } | undefined): string {
    return [found?.reason, found?.message].filter(Boolean).join(": ");
}

export function lines(...parts: (string | undefined)[]): string {
    return parts.filter((part) => part !== undefined && part !== "").join("; ");
}
