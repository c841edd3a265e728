import type { Role } from "../api/types.ts";

/** What each role is called. */
export const roleLabels: Record<Role, string> = { user: "User", approver: "Approver", admin: "Administrator" };

/** For lists to choose from. */
export const roleOptions: { value: Role; label: string }[] = [
    { value: "user", label: "User: asks and adds documents" },
    { value: "approver", label: "Approver: also decides approvals" },
    { value: "admin", label: "Administrator: may do everything" },
];

/** The server's least length of a password. */
export const passwordLength = 12;
