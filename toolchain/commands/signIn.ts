/** The first two people, as a deployment's outputs name them. */

export interface Account {
    email: string;
    /** Absent where Pulumi does not know it. */
    password?: string;
    /** The command that reads it, then. */
    passwordBy?: string;
}

/** Absent where nobody signs in: a cluster without services. */
export type SignIn = Partial<Record<"admin" | "user", Account>>;

/** A line for each of them, ready to print; empty where nobody signs in. */
export function signInLines({ user, admin }: SignIn): string {
    return ([["user", user], ["admin", admin]] as const).flatMap(([role, account]) => (account === undefined ? [] : [`  ${role.padEnd(5)}  ${account.email}  ${account.password ?? account.passwordBy ?? ""}\n`])).join("");
}
