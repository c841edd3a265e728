/** How many requests wait for a decision, kept fresh for the navigation of an administrator. */
import { createContext, type ReactNode, useContext } from "react";
import { admin } from "../api/endpoints.ts";
import type { Approval } from "../api/types.ts";
import { usePoll } from "./hooks.ts";
import { type Resource, useResource } from "./resource.ts";

const refreshEvery = 4000;
const Context = createContext<Resource<Approval[]> | null>(null);

/** Keeps the list of pending requests fresh for everything inside. */
export function PendingApprovals({ enabled, children }: { enabled: boolean; children: ReactNode }) {
    const resource = useResource<Approval[]>(enabled ? "approvals/pending" : null, () => admin.approvals("pending"));
    usePoll(() => void resource.reload(), enabled ? refreshEvery : null);
    return <Context value={resource}>{children}</Context>;
}

/** The pending requests. */
export function usePending(): Resource<Approval[]> {
    const resource = useContext(Context);
    if (!resource) {
        throw new Error("usePending outside of PendingApprovals");
    }
    return resource;
}

/** Their number. */
export function usePendingCount(): number {
    return useContext(Context)?.data?.length ?? 0;
}
